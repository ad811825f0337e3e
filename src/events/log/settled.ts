import type { EventsDatabase } from '../database.ts'
import { writers } from '../presence.ts'

/** Up to which id the log is settled: every event up to there is visible, or will never be. */
export interface Settled {
  /** As far as was found out. */
  readonly known: bigint
  /** Finds out more. Resolves to whether there is more. */
  advance(): Promise<boolean>
}

/**
 * Ids are given out in the order of writing, but seen in the order of committing: where transactions that write one key
 * overlap, a higher id may be there while a lower one is still to come. Such a transaction holds a shared lock from
 * before its first id until it ends. So once the last id given out is noted, and after that all who hold the lock, no
 * lower id can come when those have ended. Transactions that begin meanwhile do not count, so none can starve the log.
 */
export function createSettled({ pool }: EventsDatabase): Settled {
  let known = 0n
  let waiting: { readonly upTo: bigint; readonly for: ReadonlySet<string> } | undefined
  let asking: Promise<bigint> | undefined

  async function ask(): Promise<bigint> {
    // In this order, and as two statements: the second one sees everybody whose id the first one counts.
    const last = await pool.query<{ id: string }>(
      'select case when is_called then last_value else 0 end as id from portico.events_id_seq',
    )
    const { rows } = await pool.query<{ under_way: string[] }>(writers)
    const underWay = rows[0]?.under_way ?? []
    if (waiting && !underWay.some((one) => waiting?.for.has(one))) {
      known = waiting.upTo
      waiting = undefined
    }
    const upTo = BigInt(last.rows[0]?.id ?? 0)
    if (underWay.length === 0) known = upTo
    else waiting ??= { upTo, for: new Set(underWay) }
    return known
  }

  return {
    get known() {
      return known
    },
    async advance() {
      const before = known
      // Lanes that ask at the same time share the answer.
      asking ??= ask().finally(() => {
        asking = undefined
      })
      return (await asking) > before
    },
  }
}
