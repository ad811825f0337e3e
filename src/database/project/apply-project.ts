import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'kysely'
import type pg from 'pg'
import type { Observe } from '#observe'
import { administer, lockDatabase, rows } from '../administer.ts'
import type { Connections } from '../connections.ts'
import { applyMigration, type Migration, readMigrations } from './migrations.ts'
import { filesOf, runOnce } from './seeds.ts'
import { actsBy, ProjectSession } from './session.ts'

export interface ProjectOptions {
  readonly connections: Connections
  /** The project's folder: what names of files in messages are relative to. */
  readonly root: string
  /** Its `supabase` folder, with `roles.sql` and `migrations`. */
  readonly supabase: string
  /** `[db.migrations]`. Schema files are run only where there is no migration at all: migrations are made from them. */
  readonly migrations: { readonly enabled: boolean; readonly schemaPaths: readonly string[] }
  /** `[db.seed]` */
  readonly seed: { readonly enabled: boolean; readonly sqlPaths: readonly string[] }
  /** `[db.vault]`: secrets by name, put into the vault at every start. */
  readonly vault?: Readonly<Record<string, string>>
  /**
   * `[api].auto_expose_new_tables`. False takes the API's roles out of the default privileges of `public` before
   * the first migration, so that a table is reached only by explicit grants.
   */
  readonly exposeNewTables?: boolean
  readonly observe: Observe
}

export interface ProjectResult {
  /** Whether this database had nothing of the project before, or its first start never came to an end. */
  readonly fresh: boolean
  readonly migrations: readonly Migration[]
  readonly seeds: readonly string[]
}

/**
 * Brings a database to what the project's folder says: `roles.sql` and seeds once, at the first start; migrations as
 * they come. Whatever was complete stays if a later file fails, or the process is killed; the next call goes on from
 * there. Call after {@link applyBaseline}.
 *
 * @throws PorticoError SQL_FILE_FAILED, EXTENSION_UNAVAILABLE, CONFIG_INVALID
 */
export async function applyProject(options: ProjectOptions): Promise<ProjectResult> {
  const { root, supabase, observe, seed } = options
  return await withSession(options, async (session, admin) => {
    const fresh = await isFresh(admin)
    if (fresh && options.exposeNewTables === false) await hideNewTables(session.client)
    await keepSecrets(admin, options.vault ?? {})
    const roles = join(supabase, 'roles.sql')
    if (fresh && existsSync(roles)) await runOnce(session, 'roles', root, [roles])
    const migrations = await applyPending(session, options)
    let seeds: readonly string[] = []
    if (fresh) {
      if (seed.enabled) {
        const { files, empty } = filesOf(supabase, seed.sqlPaths)
        for (const pattern of empty) warn(observe, `No file matches the seed ${pattern} of supabase/config.toml.`)
        seeds = await phase(observe, 'seed', files.length, () => runOnce(session, 'seed', root, files))
      }
      await rows(admin, sql`update portico.project set seeded_at = now()`)
    }
    return { fresh, migrations, seeds }
  })
}

/** Applies the migrations that are not yet applied, and nothing else. Returns them. */
export async function applyMigrations(options: ProjectOptions): Promise<readonly Migration[]> {
  return await withSession(options, (session) => applyPending(session, options))
}

/** The project's migrations in order, those applied and those not. */
export async function listMigrations(
  options: Pick<ProjectOptions, 'connections' | 'supabase'>,
): Promise<readonly Migration[]> {
  return await administer(options.connections.for('supabase_admin'), (admin) =>
    readMigrations(admin, join(options.supabase, 'migrations')),
  )
}

async function applyPending(session: ProjectSession, options: ProjectOptions): Promise<readonly Migration[]> {
  const { root, supabase, migrations, observe } = options
  if (!migrations.enabled) return []
  const all = await readMigrations(session.client, join(supabase, 'migrations'))
  if (all.length === 0) {
    const { files } = filesOf(supabase, migrations.schemaPaths)
    await runOnce(session, 'migration', root, files)
    return []
  }
  const pending = all.filter(({ applied }) => !applied)
  const last = all.findLast(({ applied }) => applied)
  for (const migration of pending) {
    if (last && migration.version < last.version) {
      warn(observe, `The migration ${migration.version} is older than ${last.version}, which was applied before it.`)
    }
    await phase(observe, `migration ${migration.version}_${migration.name}`, 1, () =>
      applyMigration(session, root, migration),
    )
  }
  return pending.map((migration) => ({ ...migration, applied: true }))
}

async function withSession<T>(
  { connections, observe }: Pick<ProjectOptions, 'connections' | 'observe'>,
  work: (session: ProjectSession, admin: pg.ClientBase) => Promise<T>,
): Promise<T> {
  return await administer(connections.for('supabase_admin'), async (admin) => {
    await lockDatabase(admin)
    const by = await actsBy(admin)
    return await administer(connections.for(by === 'login' ? 'postgres' : 'supabase_admin'), (client) =>
      work(new ProjectSession(client, by === 'becoming', observe), admin),
    )
  })
}

/** A database with a history was filled by someone else: another Portico, or the Supabase CLI. */
async function isFresh(admin: pg.ClientBase): Promise<boolean> {
  await rows(
    admin,
    sql`insert into portico.project (seeded_at)
      select case when exists (select from supabase_migrations.schema_migrations) then now() end
      on conflict do nothing`,
  )
  const [project] = await rows(admin, sql<{ fresh: boolean }>`select seeded_at is null as fresh from portico.project`)
  return project?.fresh ?? false
}

async function hideNewTables(client: pg.ClientBase): Promise<void> {
  for (const what of ['tables', 'sequences', 'routines']) {
    await client.query(`alter default privileges for role postgres in schema public
      revoke all on ${what} from anon, authenticated, service_role`)
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

function warn(observe: Observe, text: string): void {
  observe({ kind: 'message', level: 'warn', text })
}

async function phase<T>(observe: Observe, name: string, count: number, work: () => Promise<T>): Promise<T> {
  if (count === 0) return await work()
  const start = performance.now()
  observe({ kind: 'phase', name, state: 'begin' })
  try {
    const result = await work()
    observe({ kind: 'phase', name, state: 'end', ms: performance.now() - start })
    return result
  } catch (error) {
    observe({ kind: 'phase', name, state: 'fail', ms: performance.now() - start, error })
    throw error
  }
}
