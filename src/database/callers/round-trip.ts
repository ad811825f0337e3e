import type pg from 'pg'
import { PreparedStatements } from './prepared-statements.ts'

/** SQL with its parameters, as Kysely compiles them. */
export interface Statement {
  readonly text: string
  readonly values: readonly unknown[]
}

type WireValue = string | Buffer | null

/** The part of node-postgres' connection that a round trip speaks through. */
export interface Wire {
  readonly stream: { cork(): void; uncork(): void }
  parse(query: { name: string; text: string }): void
  bind(config: { statement: string; values: readonly WireValue[] }): void
  execute(config: object): void
  close(message: { type: 'S'; name: string }): void
  sync(): void
}

/**
 * The first statement says who the caller is, the others do the work: Bind and Execute of each, then one Sync.
 * What lies between two Syncs is one implicit transaction, so transaction-local settings end with it, errors
 * included, and there is one round trip instead of BEGIN, SET, query and COMMIT.
 * Speaks node-postgres' interface of a custom query ("Submittable").
 */
export class RoundTrip {
  readonly #role: string
  readonly #statements: readonly Statement[]
  readonly #prepared: boolean
  readonly #answers: (string | null)[] = []
  #done = 0
  #names: string[] = []
  #held: PreparedStatements | undefined
  #settle: { resolve(answers: (string | null)[]): void; reject(error: unknown): void } | undefined

  constructor(role: string, statements: readonly Statement[], prepared: boolean) {
    this.#role = role
    this.#statements = statements
    this.#prepared = prepared
  }

  on(client: pg.ClientBase): Promise<(string | null)[]> {
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject }
      client.query(this as unknown as pg.Submittable)
    })
  }

  submit(wire: Wire): Error | null {
    const values = this.#statements.map((statement) => statement.values.map(toWire))
    this.#held = this.#prepared ? PreparedStatements.of(wire) : undefined
    wire.stream.cork()
    this.#statements.forEach((statement, i) => {
      const { name, known } = this.#held?.take(i === 0 ? '' : this.#role, statement.text) ?? unnamed
      this.#names.push(name)
      if (!known) wire.parse({ name, text: statement.text })
      wire.bind({ statement: name, values: values[i] ?? [] })
      wire.execute({})
    })
    for (const name of this.#held?.evicted() ?? []) wire.close({ type: 'S', name })
    wire.sync()
    wire.stream.uncork()
    return null
  }

  handleRowDescription(): void {}

  handleDataRow(row: { fields: (string | null)[] }): void {
    if (this.#done > 0) this.#answers[this.#done - 1] = row.fields[0] ?? null
  }

  handleCommandComplete(): void {
    if (this.#done > 0) this.#answers[this.#done - 1] ??= null
    this.#done++
  }

  handleEmptyQuery(): void {
    this.handleCommandComplete()
  }

  handlePortalSuspended(): void {}

  /** The transaction is over and rolled back; what was to be prepared after the error was not. */
  handleError(error: Error): void {
    this.#held?.forget(this.#names.slice(this.#done))
    this.#settle?.reject(error)
  }

  /** Only here is the implicit transaction known to be committed. */
  handleReadyForQuery(): void {
    this.#settle?.resolve(this.#answers)
  }
}

const unnamed = { name: '', known: false }

function toWire(value: unknown): WireValue {
  if (value === null || value === undefined) return null
  if (typeof value === 'string' || Buffer.isBuffer(value)) return value
  if (typeof value === 'object') return JSON.stringify(value)
  return String(value)
}
