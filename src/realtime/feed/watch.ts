import type { TableName } from './change.ts'
import type { ChangeFeed } from './feed.ts'
import { keyOf } from './intake.ts'

/** Tells that tables have changed, and not how: for queries that are asked again. */
export interface ChangeSource {
  /**
   * Has `onChange` called after changes of one of the tables, TRUNCATE included, once statements that begin then see
   * them, and when some may have been missed: once a turn of the event loop, however many there were. Resolves with
   * what ends it, when no change goes by any more.
   *
   * @param tables those that inherit from one, and its partitions, are named beside it
   * @throws FeedUnavailable when this database tells of no changes
   */
  watch(tables: readonly TableName[], onChange: () => void): Promise<() => void>
}

/** For whoever only wants to know that some of these tables have changed, once however many rows did. */
export function createChangeSource(feed: ChangeFeed): ChangeSource {
  return {
    async watch(tables, onChange) {
      const watched = new Set(tables.map(keyOf))
      let due = false
      let stopped = false
      const change = () => {
        if (due || stopped) return
        due = true
        setImmediate(() => {
          due = false
          if (!stopped) onChange()
        })
      }
      const stop = await feed.read({
        touched(changed) {
          if (changed.some((table) => watched.has(keyOf(table)))) change()
        },
        missed: change,
      })
      return () => {
        stopped = true
        stop()
      }
    },
  }
}
