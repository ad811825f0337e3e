import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'kysely'
import type pg from 'pg'
import { rows, transaction } from '../administer.ts'
import type { ProjectOptions } from './options.ts'
import { runOnce } from './seeds.ts'
import type { ProjectSession } from './session.ts'

/**
 * Makes what migrations may count on: privileges, secrets, roles.
 *
 * @returns whether the database is fresh: no first start has come to its end on it
 */
export async function prepare(
  session: ProjectSession,
  admin: pg.ClientBase,
  options: ProjectOptions,
): Promise<boolean> {
  const fresh = await begin(admin, options.exposeNewTables ?? true)
  await keepSecrets(admin, options.vault ?? {})
  const roles = join(options.supabase, 'roles.sql')
  if (fresh && existsSync(roles)) await runOnce(session, 'roles', options.root, [roles])
  return fresh
}

async function begin(admin: pg.ClientBase, exposeNewTables: boolean): Promise<boolean> {
  return await transaction(admin, async () => {
    // A database with a history was filled by someone else: another Portico, or the Supabase CLI.
    const [first] = await rows(
      admin,
      sql<{ fresh: boolean }>`insert into portico.project (seeded_at)
        select case when exists (select from supabase_migrations.schema_migrations) then now() end
        on conflict do nothing returning seeded_at is null as fresh`,
    )
    if (first?.fresh && !exposeNewTables) await hideNewTables(admin)
    const [project] = await rows(admin, sql<{ fresh: boolean }>`select seeded_at is null as fresh from portico.project`)
    return project?.fresh ?? false
  })
}

async function hideNewTables(admin: pg.ClientBase): Promise<void> {
  const makers = await rows(
    admin,
    sql<{ name: string }>`select rolname as name from pg_roles
      where rolname in ('postgres', current_user) and pg_has_role(oid, 'usage')`,
  )
  for (const { name } of makers) {
    for (const what of ['tables', 'sequences', 'routines'] as const) {
      await rows(
        admin,
        sql`alter default privileges for role ${sql.id(name)} in schema public
          revoke all on ${sql.raw(what)} from anon, authenticated, service_role`,
      )
    }
  }
}

async function keepSecrets(admin: pg.ClientBase, secrets: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, secret] of Object.entries(secrets)) {
    await rows(
      admin,
      sql`select case
        when exists (select from vault.secrets where name = ${name})
        then vault.update_secret((select id from vault.secrets where name = ${name}), ${secret})::text
        else vault.create_secret(${secret}, ${name})::text
      end`,
    )
  }
}
