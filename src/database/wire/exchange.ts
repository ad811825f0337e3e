import type { Line } from './line.ts'
import type { TextRow, Wanted } from './message-reader.ts'
import type { MessageWriter } from './message-writer.ts'
import type { PreparedStatements } from './prepared-statements.ts'

/** What is sent up to one Sync, and what is made of the answer. */
export interface Exchange {
  readonly wanted: Wanted
  /** Whether it only reads and is known to take little time, so that others may go behind it, and it behind others. */
  readonly brief: boolean
  /** When it was asked, in milliseconds of `performance.now()`. */
  readonly since: number
  /** Nobody waits for its answer any more. */
  readonly dropped: boolean
  /** Writes its messages, without the Sync. */
  write(out: MessageWriter, prepared: PreparedStatements | undefined): void
  row(fields: TextRow): void
  value(size: number | null, line: Line): void
  bytes(from: Buffer, start: number, end: number): void
  commandComplete(): void
  failed(error: Error): void
  /** It is over, without an error, and took so many milliseconds at most. */
  done(took: number): void
  /** The server has been at it for so many milliseconds, and is. */
  late(milliseconds: number): void
  /** Drops this one, and returns one that asks the same; undefined for what was dropped before. */
  renew(): Exchange | undefined
}
