import { sql } from 'kysely'
import { AuthError } from '../auth-error.ts'
import type { AuthContext } from '../context.ts'
import { nilUuid } from '../users/index.ts'

/** What `query=COLUMN:TEXT` may look into, by the name that clients give it. */
const columns: Readonly<Record<string, readonly string[]>> = {
  author: ['actor_username', 'actor_name'],
  action: ['action'],
  type: ['log_type'],
}

/** One page of what happened, the latest first. */
export async function listAuditLog(
  { db }: Pick<AuthContext, 'db'>,
  { page, perPage, query }: { readonly page: number; readonly perPage: number; readonly query: string },
) {
  const filter = readFilter(query)
  const matching = db
    .selectFrom('auth.audit_log_entries')
    .where('instance_id', '=', nilUuid)
    .$if(filter !== undefined, (entries) =>
      entries.where((eb) =>
        eb.or((filter?.fields ?? []).map((field) => sql<boolean>`payload ->> ${field} ilike ${`%${filter?.text}%`}`)),
      ),
    )
  const [{ total }, entries] = await Promise.all([
    matching.select((eb) => eb.fn.countAll<string>().as('total')).executeTakeFirstOrThrow(),
    matching
      .select(['id', 'payload', 'created_at', 'ip_address'])
      .orderBy('created_at', 'desc')
      .orderBy('id')
      .limit(perPage)
      .offset((page - 1) * perPage)
      .execute(),
  ])
  return { entries, total: Number(total) }
}

function readFilter(query: string): { readonly fields: readonly string[]; readonly text: string } | undefined {
  if (query === '') return undefined
  const at = query.indexOf(':')
  const fields = Object.hasOwn(columns, query.slice(0, at)) ? columns[query.slice(0, at)] : undefined
  if (at < 0 || !fields) throw new AuthError(400, 'validation_failed', `Invalid query scope: ${query}`)
  return { fields, text: query.slice(at + 1) }
}
