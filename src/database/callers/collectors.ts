import type { Line, TextRow } from '../wire/index.ts'
import type { ByteSink, Bytes, Collector } from './round-trip.ts'

/** Every row and column of each statement, as texts. */
export function collectRows(statements: number): Collector<readonly (readonly TextRow[])[]> {
  const answers: TextRow[][] = Array.from({ length: statements }, () => [])
  return {
    wantsBytes: false,
    row: (statement, fields) => void answers[statement]?.push(fields),
    value: () => {},
    bytes: () => true,
    answer: () => answers,
  }
}

/** A value that is sent on while it arrives. */
export interface Streaming {
  /** Bytes; what is smaller is answered as a whole. */
  readonly above: number
  /** Called when a value of so many bytes begins. */
  open(size: number, flow: Flow): ByteSink
}

export interface Flow {
  /** Asks for more after a write that said enough. */
  resume(): void
  /** What is left of the value is not wanted: the connection is given up rather than read to its end. */
  abandon(): void
}

/** The one value of each statement, in bytes. A value that was streamed is answered with its size and no chunks. */
export function collectBytes(
  statements: number,
  streaming: Streaming | undefined,
): Collector<readonly (Bytes | null)[]> {
  const answers: ({ chunks: Buffer[]; size: number } | null)[] = new Array(statements).fill(null)
  let sink: ByteSink | undefined
  return {
    wantsBytes: true,
    row: () => {},
    value(statement, size, line: Line) {
      sink = undefined
      answers[statement] = size === null ? null : { chunks: [], size }
      if (streaming && size !== null && size > streaming.above) {
        sink = streaming.open(size, { resume: () => line.resume(), abandon: () => line.destroy() })
      }
    },
    bytes(statement, chunk) {
      if (sink) return sink.write(chunk)
      answers[statement]?.chunks.push(chunk)
      return true
    },
    answer: () => answers,
  }
}
