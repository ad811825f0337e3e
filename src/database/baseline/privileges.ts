import { sql } from 'kysely'
import type pg from 'pg'
import { PorticoError } from '#errors'
import { rows } from '../administer.ts'

interface Administrator {
  readonly name: string
  readonly version: number
  readonly super: boolean
  readonly createrole: boolean
  readonly bypassrls: boolean
  readonly owner: boolean
  readonly bypassers: boolean
}

/** What a role that is no superuser needs to build the platform's schema. */
export const neededPrivileges = [
  'Postgres 15 or later',
  'CREATEROLE',
  'BYPASSRLS on Postgres 16 or later; on 15, where only a superuser can give it, a role service_role that has it',
  'ownership of the database',
] as const

/**
 * Looks before leaping: an administrator that lacks something is told everything it lacks, and nothing is changed.
 *
 * @throws PorticoError CONFIG_INVALID
 */
export async function checkPrivileges(client: pg.ClientBase): Promise<void> {
  const [me] = await rows(
    client,
    sql<Administrator>`
      select r.rolname as name, current_setting('server_version_num')::int as version, r.rolsuper as super,
        r.rolcreaterole as createrole, r.rolbypassrls as bypassrls,
        pg_has_role(d.datdba, 'usage') as owner,
        (select count(*) = 4 from pg_roles b where b.rolbypassrls
          and b.rolname in ('postgres', 'service_role', 'supabase_read_only_user', 'supabase_etl_admin')) as bypassers
      from pg_roles r, pg_database d
      where r.rolname = current_user and d.datname = current_database()`,
  )
  if (!me) return
  const lacking: string[] = []
  if (me.version < 150_000) lacking.push('Postgres 15 or later')
  if (!me.super) {
    if (!me.createrole) lacking.push('the attribute CREATEROLE')
    if (me.version >= 160_000 ? !me.bypassrls : !me.bypassers) {
      lacking.push(
        me.version >= 160_000
          ? 'the attribute BYPASSRLS'
          : 'to be a superuser (before Postgres 16 only one can make service_role bypass row-level security)',
      )
    }
    if (!me.owner) lacking.push('ownership of the database')
  }
  if (lacking.length === 0) return
  throw new PorticoError('CONFIG_INVALID', {
    message: `--db-url: the role ${me.name} cannot administer this database. It lacks: ${lacking.join('; ')}.`,
    details: { role: me.name, lacking },
  })
}
