import { randomUUID } from 'node:crypto'
import { isRecord } from '../protocol/index.ts'
import type { TableBinding } from './table-changes.ts'

/** What a channel is to do, from the `config` of its join: `{ broadcast, presence, private, postgres_changes }`. */
export interface JoinRequest {
  readonly isPrivate: boolean
  readonly broadcast: {
    /** Answer each broadcast. */
    readonly ack: boolean
    /** Hear one's own broadcasts. */
    readonly self: boolean
    /** Say when messages of the database arrive. */
    readonly replicationReady: boolean
    /** Earlier messages, `since` a time in milliseconds since 1970. */
    readonly replay: { readonly since: unknown; readonly limit: unknown } | undefined
  }
  readonly presence: { readonly enabled: boolean; readonly key: string }
  readonly tables: readonly TableBinding[]
  /** Milliseconds that the answer waits for `tables` to be subscribed to; none where undefined. */
  readonly waitForTables: number | undefined
}

/** The same, and what is needed for the answer alone. */
export interface ReadJoin {
  readonly request: JoinRequest
  /** The user's, where it is not an API key. */
  readonly token: string | undefined
  /** What the client wrote for each of `request.tables`, which it wants to see again. */
  readonly written: readonly Readonly<Record<string, unknown>>[]
}

let bindings = 0

/**
 * Reads a join's payload. What is not as it should be counts as if it were not there, as in supabase/realtime, whose
 * clients have sent all kinds of things in their time.
 */
export function readJoin(payload: unknown): ReadJoin {
  const { config, access_token, user_token } = record(payload)
  const { broadcast, presence, postgres_changes, postgres_changes_options, private: isPrivate } = record(config)
  const { wait, timeout } = record(postgres_changes_options)
  const { ack, self, replication_ready, replay } = record(broadcast)
  const { enabled, key } = record(presence)
  const written = (Array.isArray(postgres_changes) ? postgres_changes : []).filter(isRecord)
  const token = [user_token, access_token].find((given) => typeof given === 'string')
  const request = {
    isPrivate: isTrue(isPrivate),
    broadcast: {
      ack: isTrue(ack),
      self: isTrue(self),
      replicationReady: isTrue(replication_ready),
      replay: isRecord(replay) ? { since: replay.since, limit: replay.limit ?? 25 } : undefined,
    },
    presence: { enabled: isTrue(enabled), key: keyOf(key) },
    tables: written.map(bindingOf),
    waitForTables: isTrue(wait)
      ? Math.min(typeof timeout === 'number' && timeout > 0 ? timeout : 15_000, 20_000)
      : undefined,
  }
  return { request, token: token?.startsWith('sb_') ? undefined : token, written }
}

function bindingOf({ event, schema, table, filter, select }: Readonly<Record<string, unknown>>): TableBinding {
  bindings = (bindings + 1) % 2 ** 31
  return {
    id: bindings,
    event: typeof event === 'string' ? event : '*',
    schema: typeof schema === 'string' ? schema : 'public',
    ...(typeof table === 'string' && { table }),
    ...(typeof filter === 'string' && filter !== '' && { filter }),
    ...(Array.isArray(select) && { select: select.filter((name) => typeof name === 'string') }),
  }
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {}
}

/** Some clients write `"true"`. */
function isTrue(value: unknown): boolean {
  return value === true || (typeof value === 'string' && value.toLowerCase() === 'true')
}

function keyOf(key: unknown): string {
  if (typeof key === 'number') return String(key)
  return typeof key === 'string' && key !== '' ? key : randomUUID()
}
