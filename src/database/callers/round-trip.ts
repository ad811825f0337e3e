import type pg from 'pg'
import { PreparedStatements } from './prepared-statements.ts'

/** SQL with its parameters, as Kysely compiles them. */
export interface Statement {
  readonly text: string
  readonly values: readonly unknown[]
}

/** A row as Postgres' text of each column. */
export type TextRow = readonly (string | null)[]

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
  readonly #undone: boolean
  readonly #answers: TextRow[][]
  #done = 0
  #names: string[] = []
  #held: PreparedStatements | undefined
  #settle: { resolve(answers: readonly (readonly TextRow[])[]): void; reject(error: unknown): void } | undefined

  /** @param undone whether the statements are run for their answers alone: nothing they did stays */
  constructor(role: string, statements: readonly Statement[], prepared: boolean, undone = false) {
    this.#role = role
    this.#answers = statements.slice(1).map(() => [])
    this.#statements = undone ? [...statements, ...undo] : statements
    this.#undone = undone
    this.#prepared = prepared
  }

  /** The rows of each statement after the first. */
  on(client: pg.ClientBase): Promise<readonly (readonly TextRow[])[]> {
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
    if (this.#done > 0) this.#answers[this.#done - 1]?.push(row.fields)
  }

  handleCommandComplete(): void {
    this.#done++
  }

  handleEmptyQuery(): void {
    this.handleCommandComplete()
  }

  handlePortalSuspended(): void {}

  /** The transaction is over and rolled back; what was to be prepared after the error was not. */
  handleError(error: Error): void {
    this.#held?.forget(this.#names.slice(this.#done))
    const wanted = this.#undone && this.#done === this.#statements.length - 1
    if (wanted) this.#settle?.resolve(this.#answers)
    else this.#settle?.reject(error)
  }

  /** Only here is the implicit transaction known to be committed. */
  handleReadyForQuery(): void {
    this.#settle?.resolve(this.#answers)
  }
}

/** Deferred constraints are checked as a commit would; then an error ends the implicit transaction. */
const undo: readonly Statement[] = [
  { text: 'set constraints all immediate', values: [] },
  { text: `select 'portico: undone as asked'::int`, values: [] },
]

const unnamed = { name: '', known: false }

function toWire(value: unknown): WireValue {
  if (value === null || value === undefined) return null
  if (typeof value === 'string' || Buffer.isBuffer(value)) return value
  if (typeof value === 'object') return JSON.stringify(value)
  return String(value)
}
