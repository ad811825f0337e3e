import {
  type Exchange,
  isOutOfStep,
  type Line,
  type MessageWriter,
  type PreparedStatements,
  type TextRow,
  type Wanted,
  type WireValue,
} from '../wire/index.ts'

/** SQL with its parameters, as Kysely compiles them. */
export interface Statement {
  readonly text: string
  readonly values: readonly unknown[]
}

/** What a round trip makes of the rows that are answered. */
export interface Collector<Answer> {
  readonly wanted: Wanted
  row(statement: number, fields: TextRow): void
  value(statement: number, size: number | null, line: Line): void
  /** False: no more before the line is told to resume. */
  bytes(statement: number, from: Buffer, start: number, end: number): boolean
  /** Nothing more comes. */
  ended(): void
  answer(): Answer
}

/**
 * The first statement says who the caller is, the others do the work: Bind and Execute of each, then one Sync.
 * What lies between two Syncs is one implicit transaction, so transaction-local settings end with it, errors
 * included, and there is one round trip instead of BEGIN, SET, query and COMMIT.
 */
export class RoundTrip<Answer> implements Exchange {
  readonly #options: RoundTripOptions<Answer>
  readonly #statements: readonly Statement[]
  #collector: Collector<Answer>
  #done = 0
  #names: string[] = []
  #held: PreparedStatements | undefined
  #line: Line | undefined
  #tries = 0

  constructor(options: RoundTripOptions<Answer>) {
    this.#options = options
    this.#statements = options.undone ? [...options.statements, ...undo] : options.statements
    this.#collector = options.collect()
  }

  /** Nothing of the first statement: who the caller is, is known. */
  get wanted(): Wanted {
    return this.#done > 0 ? this.#collector.wanted : 'nothing'
  }

  write(out: MessageWriter, prepared: PreparedStatements | undefined): void {
    this.#tries++
    this.#held = prepared
    this.#statements.forEach(({ text, values }, i) => {
      const { name, known } = prepared?.take(i === 0 ? '' : this.#options.role, text) ?? unnamed
      this.#names.push(name)
      if (!known) out.parse(name, text)
      out.run(name, values.map(toWire))
    })
    for (const name of prepared?.evicted() ?? []) out.close(name)
  }

  row(fields: TextRow): void {
    this.#collector.row(this.#done - 1, fields)
  }

  value(size: number | null, line: Line): void {
    this.#line = line
    this.#collector.value(this.#done - 1, size, line)
  }

  bytes(from: Buffer, start: number, end: number): void {
    if (!this.#collector.bytes(this.#done - 1, from, start, end)) this.#line?.pause()
  }

  commandComplete(): void {
    this.#done++
  }

  /** The transaction is over and rolled back; what was to be prepared after the error was not. */
  failed(error: Error): void {
    this.#collector.ended()
    const { undone = false, collect, again, settle } = this.#options
    this.#held?.forget(this.#names.slice(this.#done))
    if (undone && this.#done === this.#statements.length - 1) return void settle.resolve(this.#collector.answer())
    // Nothing was done, and a new connection knows what it has prepared.
    const retry = this.#held !== undefined && isOutOfStep(error) && this.#tries === 1
    const failed = { statement: this.#done - 1 } satisfies FailedStatement
    if (!retry) return void settle.reject(Object.assign(error, failed))
    this.#done = 0
    this.#names = []
    this.#collector = collect()
    again(this)
  }

  /** Only here is the implicit transaction known to be committed. */
  done(): void {
    this.#collector.ended()
    this.#options.settle.resolve(this.#collector.answer())
  }
}

/** What the error of a round trip tells besides: which statement failed, the caller's identity not counted. */
export interface FailedStatement {
  readonly statement: number
}

export interface RoundTripOptions<Answer> {
  readonly role: string
  readonly statements: readonly Statement[]
  readonly collect: () => Collector<Answer>
  /** Whether the statements are run for their answers alone: nothing they did stays. */
  readonly undone?: boolean
  /** Runs it once more, on another connection. */
  readonly again: (trip: Exchange) => void
  readonly settle: { resolve(answer: Answer): void; reject(error: unknown): void }
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
