import { sql } from 'kysely'
import type pg from 'pg'
import { PorticoError } from '#errors'
import { rows } from '../administer.ts'

/**
 * The administrator reads and writes in these schemas, from the first look at the baseline's record on. Where one is
 * somebody else's, its triggers, views and functions would run with the administrator's rights. An event trigger keeps
 * them by now; this looks for what was put there before it was.
 *
 * @throws PorticoError POSTGRES_FAILED naming the schema and the way out
 */
export async function refuseForeignSchemas(client: pg.ClientBase): Promise<void> {
  const [found] = await rows(
    client,
    sql<{ name: string; owner: string }>`
      select n.nspname as name, r.rolname as owner
      from pg_namespace n join pg_roles r on r.oid = n.nspowner
      where n.nspname in ('cron', 'net', 'portico', 'portico_worker', 'vault')
        and not r.rolsuper and r.rolname <> current_user
      order by 1`,
  )
  if (!found) return
  const { name, owner } = found
  throw new PorticoError('POSTGRES_FAILED', {
    message: `The schema ${name} belongs to ${owner}, and is Portico's own or an extension's: what ${owner} put there would run with the administrator's rights. Move it away and start again: portico db query 'alter schema ${name} rename to ${name}_before'`,
    details: { schema: name, owner },
  })
}
