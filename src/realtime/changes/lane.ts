import type { TableName } from '../feed/index.ts'
import type { Kind } from './subscriber.ts'
import type { Change } from './tell.ts'

/** The changes of one table on their way to those who compare with patterns, or to those who do not. */
export interface Lane {
  readonly table: TableName
  readonly kind: Kind
  /** Of the first change that has not been looked at. */
  readonly next: number
  put(changes: readonly Change[]): void
  /** Resolves once there is room for more: at once, unless it is far behind. */
  room(): Promise<void>
  /** Milliseconds since the first that has not been looked at came. */
  lag(): number
}

export interface LaneOptions {
  readonly table: TableName
  readonly kind: Kind
  /** Looks at some changes; does not reject. */
  readonly work: (changes: readonly Change[]) => Promise<void>
  /** They have been looked at, which `next` says as well. */
  readonly worked: () => void
  /** So many waited for so long that they are told to nobody. */
  readonly dropped: () => void
  /** There is nothing left to look at. */
  readonly idle: () => void
}

/** Changes that are worked on together at most. */
const together = 500

/** Bytes and changes that wait before all the others are made to wait. */
const mostBytes = 4 * 1024 * 1024
const mostChanges = 10_000

/** Milliseconds after which nobody waits any more for a table that is so far behind. */
const patience = { plain: 30_000, pattern: 5_000 }

export function createLane({ table, kind, work, worked, dropped, idle }: LaneOptions): Lane {
  let waiting: { readonly change: Change; readonly since: number }[] = []
  let bytes = 0
  let next: number | undefined
  let oldest = 0
  let taken = Promise.withResolvers<void>()

  const isFull = () => bytes > mostBytes || waiting.length > mostChanges

  async function run(): Promise<void> {
    while (waiting.length > 0) {
      oldest = waiting[0]?.since ?? 0
      const batch = waiting.slice(0, together).map(({ change }) => change)
      waiting = waiting.slice(together)
      for (const { size } of batch) bytes -= size
      next = batch[0]?.place
      taken.resolve()
      taken = Promise.withResolvers()
      await work(batch)
      next = waiting[0]?.change.place
      if (next === undefined) idle()
      worked()
    }
  }

  function drop(): void {
    waiting = []
    bytes = 0
    dropped()
  }

  return {
    ...{ table, kind },
    get next() {
      return next ?? Number.POSITIVE_INFINITY
    },
    put(changes) {
      const since = performance.now()
      for (const change of changes) {
        waiting.push({ change, since })
        bytes += change.size
      }
      if (next !== undefined) return
      next = changes[0]?.place
      void run()
    },
    lag: () => (next === undefined ? 0 : performance.now() - oldest),
    async room() {
      while (isFull()) {
        const left = (waiting[0]?.since ?? 0) + patience[kind] - performance.now()
        if (left <= 0) return drop()
        const late = setTimeout(taken.resolve, left + 1)
        await taken.promise
        clearTimeout(late)
      }
    },
  }
}
