import type { CallerPool } from '#database'
import type { Asking } from './authorizer.ts'
import type { JoinRequest } from './join-request.ts'
import type { DatabaseMessage } from './table-changes.ts'

/** So many messages at most are told again. */
const most = 25

/** Nothing can be told again, and the join fails; its message is the client's. */
export class ReplayRefused extends Error {
  override readonly name = 'ReplayRefused'
}

/**
 * The last messages of a private channel that the database has kept, oldest first (`config.broadcast.replay`), of those that
 * the caller may see.
 *
 * @throws ReplayRefused
 */
export async function readReplay(
  callers: CallerPool,
  { topic, caller, headers }: Asking,
  { isPrivate, broadcast: { replay } }: JoinRequest,
): Promise<readonly DatabaseMessage[]> {
  if (!replay) return []
  if (!isPrivate) throw new ReplayRefused('Replay is not allowed for public channels')
  const { since, limit } = replay
  if (!Number.isInteger(since) || !Number.isInteger(limit) || Math.abs(Number(since)) > latest) {
    throw new ReplayRefused('Replay params are not valid')
  }
  const request = { method: 'GET', path: '/realtime/v1/websocket', headers, settings: { 'realtime.topic': topic } }
  const values = [topic, since, Math.max(1, Math.min(Number(limit), most))]
  const [rows = []] = await callers.rows(caller, request, [{ text, values }], { reads: true })
  return rows.map(([id, event, payload, bytes]) => ({
    ...{ id: id ?? '', topic, event: event ?? '', private: true },
    payload: bytes ? Buffer.from(bytes, 'hex') : (payload ?? 'null'),
  }))
}

/** The last day of the year 9999, in milliseconds since 1970. */
const latest = 253_402_300_799_999

const text = `
  select id, event, payload, encode(binary_payload, 'hex')
  from (
    select id, event, payload, binary_payload, inserted_at
    from realtime.messages
    where topic = $1 and private and extension = 'broadcast'
      and inserted_at >= to_timestamp($2::float8 / 1000)::timestamp
      and inserted_at < (now() + interval '1 minute')::timestamp
    order by inserted_at desc
    limit $3
  ) as last
  order by inserted_at`
