import { join, resolve } from 'node:path'
import { sql } from 'kysely'
import type pg from 'pg'
import type { Observe } from '#observe'
import { administer, asAdministrator, lockDatabase, rows } from '../administer.ts'
import { actsBy } from './acts-by.ts'
import { applyMigration, type Migration, readMigrations } from './migrations.ts'
import type { ProjectOptions } from './options.ts'
import { prepare } from './prepare.ts'
import { filesOf, runOnce } from './seeds.ts'
import { ProjectSession } from './session.ts'

/** What was applied. */
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
    const fresh = await prepare(session, admin, options)
    const migrations = await applyPending(session, options)
    let seeds: readonly string[] = []
    if (fresh) {
      if (seed.enabled) {
        const { files, empty } = filesOf(supabase, seed.sqlPaths)
        // Everybody has the default, and not everybody a seed.
        const expected = empty.filter((pattern) => resolve(supabase, pattern) !== join(supabase, 'seed.sql'))
        for (const pattern of expected) warn(observe, `No file matches the seed ${pattern} of supabase/config.toml.`)
        seeds = await phase(observe, 'seed', files.length, () => runOnce(session, 'seed', root, files))
      }
      await rows(admin, sql`update portico.project set seeded_at = now()`)
    }
    return { fresh, migrations, seeds }
  })
}

/** Applies the migrations that are not yet applied, and no seed: that is left to the first start. Returns them. */
export async function applyMigrations(options: ProjectOptions): Promise<readonly Migration[]> {
  return await withSession(options, async (session, admin) => {
    await prepare(session, admin, options)
    return await applyPending(session, options)
  })
}

/**
 * Runs the files that declare what the schema is to be, in their order, in place of the migrations: on a database that
 * has only the baseline.
 *
 * @param files absolute
 */
export async function applySchemaFiles(options: ProjectOptions, files: readonly string[]): Promise<void> {
  await withSession(options, async (session, admin) => {
    await prepare(session, admin, options)
    await runOnce(session, 'migration', options.root, files)
  })
}

/** The project's migrations in order, those applied and those not. */
export async function listMigrations(
  options: Pick<ProjectOptions, 'connections' | 'supabase'>,
): Promise<readonly Migration[]> {
  return await asAdministrator(options.connections.for('supabase_admin'), (admin) =>
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
  const pending = until(all, migrations.until).filter(({ applied }) => !applied)
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

function until(all: readonly Migration[], limit: ProjectOptions['migrations']['until']): readonly Migration[] {
  if (limit === undefined) return all
  if ('last' in limit) return all.slice(0, Math.max(0, all.length - limit.last))
  return all.filter(({ version }) => version <= limit.version)
}

async function withSession<T>(
  { connections, observe }: Pick<ProjectOptions, 'connections' | 'observe'>,
  work: (session: ProjectSession, admin: pg.ClientBase) => Promise<T>,
): Promise<T> {
  return await asAdministrator(connections.for('supabase_admin'), async (admin) => {
    await lockDatabase(admin)
    const by = await actsBy(admin)
    return await administer(connections.for(by === 'login' ? 'postgres' : 'supabase_admin'), (client) =>
      work(new ProjectSession(client, by === 'becoming', observe), admin),
    )
  })
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
