import type { Observe } from '#observe'
import type { Commit } from './change.ts'
import type { FeedReader } from './feed.ts'
import type { Read } from './intake.ts'

/** Bytes of rows that wait for somebody before Postgres is made to wait. */
const mostWaiting = 4 * 1024 * 1024
/** Transactions, likewise. */
const mostTransactions = 1000

export function isTooMuch(waiting: { readonly length: number }, bytes: number): boolean {
  return bytes > mostWaiting || waiting.length > mostTransactions
}

/** What waits for one reader: none waits for another that is slow, until it is far behind. */
export interface Mailbox {
  readonly isFull: boolean
  put(batch: readonly Read[]): void
  /** Nothing more is handed out. */
  close(): void
}

/** @param emptied called when it takes up what has come */
export function createMailbox(reader: FeedReader, emptied: () => void, observe: Observe): Mailbox {
  let waiting: Commit[] = []
  let bytes = 0
  let working = false

  async function work(): Promise<void> {
    working = true
    while (waiting.length > 0) {
      const commits = waiting
      waiting = []
      bytes = 0
      emptied()
      await reader.take?.(commits).catch(report)
    }
    working = false
  }

  function report(error: unknown): void {
    observe({ kind: 'message', level: 'error', text: 'changes could not be delivered', error })
  }

  return {
    get isFull() {
      return isTooMuch(waiting, bytes)
    },
    put(batch) {
      try {
        reader.touched?.(batch.flatMap(({ touched }) => [...touched.values()]))
      } catch (error) {
        report(error)
      }
      if (!reader.take) return
      for (const read of batch) {
        const rows = read.rows.filter(({ table }) => reader.wants?.(table))
        if (rows.length === 0) continue
        waiting.push({ committedAt: read.committedAt, rows })
        for (const { size } of rows) bytes += size
      }
      if (!working) void work()
    },
    close() {
      waiting = []
    },
  }
}
