import pg from 'pg'
import { PorticoError } from '#errors'
import type { DatabaseOptions } from '../options.ts'
import { withEventLog } from './event-log.ts'

export interface ReplayOptions extends DatabaseOptions {
  readonly all?: boolean
  readonly name?: string
}

/** Writes events to the end of the log again: all of those named, or none. */
export async function replayEvents(ids: readonly string[], { all, name, ...options }: ReplayOptions): Promise<void> {
  const wrong = ids.find((id) => !/^\d{1,18}$/.test(id))
  if (wrong !== undefined) throw refused(`${wrong} is no id of an event: portico events list shows them.`)
  if (ids.length > 0 === (all === true)) throw refused('Name events by their ids, or all dead letters with --all.')
  if (name !== undefined && !all) throw refused('--name goes with --all.')
  await withEventLog(options, async (client) => {
    const chosen = all
      ? `select id from portico.events where source = 'webhook' and state = 'dead' and ($1::text is null or name = $1) order by id`
      : 'select id from unnest($1::bigint[]) as id order by id'
    try {
      const { rows } = await client.query<{ id: string; was: string }>({
        text: `select (portico.replay_event(chosen.id)).id as id, chosen.id as was from (${chosen}) as chosen`,
        values: [all ? (name ?? null) : ids],
      })
      for (const { id, was } of rows) console.log(`${was} is replayed as ${id}`)
      if (rows.length === 0) console.log('There are no dead letters.')
    } catch (error) {
      if (error instanceof pg.DatabaseError && error.code?.startsWith('P0')) throw refused(error.message)
      throw error
    }
  })
}

function refused(message: string): PorticoError {
  return new PorticoError('BAD_USER_INPUT', { message })
}
