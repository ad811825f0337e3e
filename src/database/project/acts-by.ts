import { sql } from 'kysely'
import type pg from 'pg'
import { rows } from '../administer.ts'

/**
 * How a project's connection comes to act as `postgres`: a superuser becomes it; any other administrator logs in as it,
 * unless `postgres` is the server's own superuser, whom it cannot become: then the administrator runs the SQL itself.
 */
export async function actsBy(admin: pg.ClientBase): Promise<'becoming' | 'login' | 'administrator'> {
  const [me] = await rows(
    admin,
    sql<{ super: boolean; member: boolean }>`
      select rolsuper as super, pg_has_role('postgres', 'member') as member from pg_roles where rolname = current_user`,
  )
  if (me?.super) return 'becoming'
  return me?.member ? 'login' : 'administrator'
}
