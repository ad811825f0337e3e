import type { Observe } from '#observe'
import type { FeedReader } from './feed.ts'
import type { Read } from './intake.ts'
import type { Sight } from './seen.ts'

/** Bytes of rows that wait for their readers before Postgres is made to wait. */
const mostWaiting = 4 * 1024 * 1024
/** Transactions, likewise. */
const mostTransactions = 1000

export interface Flow {
  pause(): void
  resume(): void
  /** Nothing can be said of what comes. */
  end(): void
}

/** Hands transactions to the readers in order: all that have come meanwhile together, once others see what they did. */
export interface Pump {
  push(transaction: Read): void
  /** Nothing more is handed out. */
  stop(): void
}

export function createPump(readers: ReadonlySet<FeedReader>, sight: Sight, flow: Flow, observe: Observe): Pump {
  let queue: Read[] = []
  let bytes = 0
  let working = false
  let paused = false
  let stopped = false

  function push(transaction: Read): void {
    if (stopped) return
    queue.push(transaction)
    bytes += transaction.size
    if (!paused && (bytes > mostWaiting || queue.length > mostTransactions)) {
      paused = true
      flow.pause()
    }
    if (!working) void work()
  }

  async function work(): Promise<void> {
    working = true
    while (queue.length > 0 && !stopped) {
      const batch = queue
      queue = []
      bytes = 0
      if (paused) {
        paused = false
        flow.resume()
      }
      try {
        await sight.seen([...new Set(batch.map(({ xid }) => xid))])
      } catch {
        // Readers are told that they missed something once there is another stream.
        return flow.end()
      }
      if (!stopped) await Promise.all([...readers].map((reader) => give(reader, batch)))
    }
    working = false
  }

  async function give(reader: FeedReader, batch: readonly Read[]): Promise<void> {
    try {
      reader.touched?.(batch.flatMap(({ touched }) => [...touched.values()]))
      if (!reader.take) return
      const commits = batch
        .map(({ rows, committedAt }) => ({ committedAt, rows: rows.filter(({ table }) => reader.wants?.(table)) }))
        .filter(({ rows }) => rows.length > 0)
      if (commits.length > 0) await reader.take(commits)
    } catch (error) {
      observe({ kind: 'message', level: 'error', text: 'changes could not be delivered', error })
    }
  }

  return {
    push,
    stop() {
      stopped = true
      queue = []
    },
  }
}
