import { PorticoError } from '#errors'
import { type Bytes, HeldBytes, mayHold } from '../bytes/index.ts'
import type { Line, TextRow } from '../wire/index.ts'
import type { Collector } from './question.ts'

/** Every row and column of each statement, as texts. */
export function collectRows(statements: number): Collector<readonly (readonly TextRow[])[]> {
  const answers: TextRow[][] = Array.from({ length: statements }, () => [])
  return {
    wanted: 'texts',
    row: (statement, fields) => void answers[statement]?.push(fields),
    value: () => {},
    bytes: () => true,
    ended: () => {},
    answer: () => answers,
  }
}

/** A value that is sent on while it arrives. */
export interface Streaming {
  /** Bytes; what is smaller is answered as a whole, and so is what others on the connection wait behind. */
  readonly above: number
  /** Called when a value of so many bytes begins. */
  open(size: number, flow: Flow): ByteSink
}

/** Takes a value that is not to be held as a whole. */
export interface ByteSink {
  /** Copies some bytes. False: no more before `resume` is called. */
  write(from: Buffer, start: number, end: number): boolean
}

export interface Flow {
  /** Asks for more after a write that said enough. */
  resume(): void
  /** What is left of the value is not wanted: the connection is given up rather than read to its end. */
  abandon(): void
}

/** A row's first column as the bytes that Postgres sent, null for a null, and the others as texts. */
export interface BytesRow {
  readonly bytes: Bytes | null
  readonly others: TextRow
}

/** How many values are streamed at one time; what is beyond the most is held as a whole. */
export interface Streams {
  open: number
  readonly most: number
}

/** The one row of each statement; undefined, or beyond the end, for none. A value that was streamed is answered as null. */
export class BytesCollector implements Collector<readonly (BytesRow | undefined)[]> {
  readonly wanted = 'bytes'
  readonly #streaming: Streaming | undefined
  readonly #streams: Streams
  readonly #answers: ({ bytes: HeldBytes | null; others: TextRow } | undefined)[] = []
  #held: HeldBytes | undefined
  #sink: ByteSink | undefined
  #streamed = false

  constructor(streaming: Streaming | undefined, streams: Streams) {
    this.#streaming = streaming
    this.#streams = streams
  }

  value(statement: number, size: number | null, line: Line): void {
    this.#sink = undefined
    this.#held = undefined
    if (size !== null && this.#streaming && size > this.#streaming.above && !line.isFollowed && this.#mayStream()) {
      // Once it has ended, the connection is somebody else's.
      this.#sink = this.#streaming.open(size, {
        resume: () => this.#streamed && line.resume(),
        abandon: () => this.#streamed && line.destroy(),
      })
    }
    if (size !== null && !this.#sink) this.#held = this.#hold(size, line)
    this.#answers[statement] = { bytes: this.#held ?? null, others: none }
  }

  #mayStream(): boolean {
    if (!this.#streamed && this.#streams.open >= this.#streams.most) return false
    if (!this.#streamed) this.#streams.open++
    this.#streamed = true
    return true
  }

  ended(): void {
    if (this.#streamed) this.#streams.open--
    this.#streamed = false
  }

  /** What is too much to be held is not read: its connection is given up. */
  #hold(size: number, line: Line): HeldBytes | undefined {
    if (mayHold(size)) return new HeldBytes(size)
    line.destroy(new PorticoError('NOT_READY', { message: 'Too many large answers are under way. Ask again.' }))
    return undefined
  }

  bytes(_statement: number, from: Buffer, start: number, end: number): boolean {
    if (this.#sink) return this.#sink.write(from, start, end)
    this.#held?.add(from, start, end)
    return true
  }

  row(statement: number, fields: TextRow): void {
    const answer = this.#answers[statement]
    if (answer) answer.others = fields
  }

  answer(): readonly (BytesRow | undefined)[] {
    return this.#answers
  }
}

const none: TextRow = []
