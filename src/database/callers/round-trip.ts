import {
  type Brevity,
  type Exchange,
  isOutOfStep,
  type Line,
  type MessageWriter,
  type PreparedStatements,
  type TextRow,
  type Wanted,
  type WireValue,
} from '../wire/index.ts'
import type { Collector, Question, Statement } from './question.ts'

/**
 * The first statement says who the caller is, the others do the work: Bind and Execute of each, then one Sync.
 * What lies between two Syncs is one implicit transaction, so transaction-local settings end with it, errors
 * included, and there is one round trip instead of BEGIN, SET, query and COMMIT.
 */
export class RoundTrip<Answer> implements Exchange {
  readonly brief: boolean
  readonly since: number
  readonly #options: RoundTripOptions<Answer>
  readonly #before: Before | undefined
  readonly #opening: Statement | undefined
  readonly #statements: readonly Statement[]
  readonly #collector: Collector<Answer>
  /** Of the statements; below 0 before what the transaction begins with. */
  #done: number
  #names: string[] = []
  #held: PreparedStatements | undefined
  #line: Line | undefined
  #dropped = false

  /** @param before that it is asked again; then it goes alone */
  constructor(options: RoundTripOptions<Answer>, before?: Before) {
    this.#options = options
    this.#before = before
    const { opening, statements, collect, reads, undone } = options.question
    this.#opening = opening
    this.#done = opening ? -1 : 0
    this.#statements = undone ? [...statements, ...undo] : statements
    this.#collector = collect()
    this.since = before?.since ?? performance.now()
    this.brief = !before && reads && !undone && options.brevity.isBrief(this.#main)
  }

  /** The statement that tells how long it takes. */
  get #main(): string {
    return this.#statements.at(-1)?.text ?? ''
  }

  get dropped(): boolean {
    return this.#dropped
  }

  /** Nothing of the first statement: who the caller is, is known. */
  get wanted(): Wanted {
    return this.#done > 0 && !this.#dropped ? this.#collector.wanted : 'nothing'
  }

  write(out: MessageWriter, prepared: PreparedStatements | undefined): void {
    this.#held = prepared
    // First: after an error the server skips what is behind it.
    for (const name of prepared?.evicted() ?? []) out.close(name)
    if (this.#opening) this.#send(this.#opening, '', out)
    const { role } = this.#options.question
    this.#statements.forEach((statement, i) => void this.#send(statement, i === 0 ? '' : role, out))
  }

  #send({ text, values }: Statement, role: string, out: MessageWriter): void {
    const { name, known } = this.#held?.take(role, text) ?? unnamed
    this.#names.push(name)
    if (!known) out.parse(name, text)
    out.run(name, values.map(toWire))
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
    this.#held?.forget(this.#names.slice(this.#opening ? this.#done + 1 : this.#done))
    if (this.#dropped) return
    const { undone } = this.#options.question
    if (undone && this.#done === this.#statements.length - 1)
      return void this.#options.resolve(this.#collector.answer())
    // Nothing was done, and a new connection knows what it has prepared.
    if (this.#held !== undefined && isOutOfStep(error) && !this.#before?.isOutOfStep) {
      return void this.#options.again(this.#renewed(true))
    }
    this.#options.reject(Object.assign(error, { statement: this.#done - 1 } satisfies FailedStatement))
  }

  /** Only here is the implicit transaction known to be committed. */
  done(took: number): void {
    this.#collector.ended()
    const { question, brevity } = this.#options
    if (question.reads) brevity.took(this.#main, took)
    if (!this.#dropped) this.#options.resolve(this.#collector.answer())
  }

  late(milliseconds: number): void {
    const { question, brevity } = this.#options
    if (question.reads) brevity.late(this.#main, milliseconds)
  }

  renew(): Exchange | undefined {
    return this.#dropped ? undefined : this.#renewed(this.#before?.isOutOfStep ?? false)
  }

  #renewed(isOutOfStep: boolean): Exchange {
    this.#dropped = true
    const next = new RoundTrip(this.#options, { since: this.since, isOutOfStep })
    this.#options.renewed(next)
    return next
  }
}

/** What came of it when it was asked before. */
interface Before {
  readonly since: number
  readonly isOutOfStep: boolean
}

/** What the error of a round trip tells besides: which statement failed, the caller's identity not counted. */
export interface FailedStatement {
  readonly statement: number
}

export interface RoundTripOptions<Answer> {
  readonly question: Question<Answer>
  readonly brevity: Brevity
  /** Runs one that asks the same, on another connection. */
  again(trip: Exchange): void
  /** Told of the one that takes its place. */
  renewed(trip: Exchange): void
  resolve(answer: Answer): void
  reject(error: unknown): void
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
