import { answerOf, asText, formats } from '../database/index.ts'
import type { DatabaseOptions } from '../options.ts'
import { withEventLog } from './event-log.ts'

export interface ListOptions extends DatabaseOptions {
  readonly state?: string
  readonly name?: string
  readonly limit: number
  readonly output: keyof typeof formats
}

/** Prints events of the log, the latest first. */
export async function listEvents({ state, name, limit, output, ...options }: ListOptions): Promise<void> {
  await withEventLog(options, async (client) => {
    const result = await client.query<unknown[]>({
      text: `select id, state, name, key, attempts, created_at, case state when 'pending' then due_at end as due_at,
          last_status, last_error
        from portico.events
        where ($1::text is null or state = $1) and ($2::text is null or name = $2)
        order by id desc limit $3`,
      values: [state ?? null, name ?? null, limit],
      rowMode: 'array',
      types: asText,
    })
    process.stdout.write(formats[output](answerOf(result)))
  })
}
