import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import pg from 'pg'
import { applyPlatform, projectOptions } from '#app'
import {
  applyMigrations,
  createMigrationFile,
  isSupabaseElsewhere,
  listMigrations,
  pushMigrations,
  readAppliedMigrations,
  repairHistory,
} from '#database'
import { PorticoError } from '#errors'
import { pc } from '../colours.ts'
import type { DatabaseOptions, ProjectOptions } from '../options.ts'
import { stepsOn } from '../steps.ts'
import { isStructured, type StructuredForm, structured } from '../structured.ts'
import { withProjectDatabase } from './project-database.ts'

export async function newMigration(name: string, { project }: ProjectOptions): Promise<void> {
  const folder = join(resolve(project), 'supabase', 'migrations')
  console.log(relative(process.cwd(), await createMigrationFile(folder, name)))
}

export interface ListMigrationsOptions extends DatabaseOptions {
  readonly output: 'pretty' | StructuredForm
}

export async function listAllMigrations({ output, ...options }: ListMigrationsOptions): Promise<void> {
  await withProjectDatabase(options, { state: historyState(options) }, async ({ config, database }) => {
    const { supabase } = config.project
    const migrations = await listMigrations({ connections: database.connections, supabase }).catch(explain)
    if (isStructured(output)) {
      const records = migrations.map(({ version, name, path, applied }) => ({
        version,
        name,
        applied,
        file: path ?? null,
      }))
      return console.log(structured(output, records, 'migrations'))
    }
    if (migrations.length === 0) console.log('There is no migration. Make one with: portico migration new NAME')
    for (const { version, name, path, applied } of migrations) {
      const state = applied ? (path === undefined ? pc.yellow('file gone') : 'applied  ') : pc.yellow('pending  ')
      console.log(`${state}  ${version}  ${name}`)
    }
  })
}

function explain(error: unknown): never {
  const unbuilt = error instanceof pg.DatabaseError && error.code === '42P01'
  if (!unbuilt) throw error
  throw new PorticoError('NOT_READY', {
    message: 'Nothing was ever applied to this database. Begin with: portico migration up, or portico start',
    cause: error,
  })
}

export interface PushOptions extends DatabaseOptions {
  readonly dryRun?: boolean
  readonly includeAll?: boolean
}

/**
 * Applies what is pending: to the project's own database, whose platform is brought up to date before, or to that of a
 * Supabase elsewhere, of which only the history is touched besides.
 */
export async function migrateUp({ dryRun = false, includeAll = false, ...options }: PushOptions): Promise<void> {
  const observe = stepsOn(process.stderr)
  const done = await withProjectDatabase(options, { state: 'bare' }, async ({ config, database }) => {
    const { connections } = database
    const { root, supabase } = config.project
    if (options.dbUrl !== undefined && (await isSupabaseElsewhere(connections))) {
      return await pushMigrations({ connections, root, supabase, includeAll, dryRun, observe })
    }
    if (dryRun)
      return (await listMigrations({ connections, supabase }).catch(explain)).filter(({ applied }) => !applied)
    await applyPlatform(config, database)
    return await applyMigrations(projectOptions(config, connections, observe))
  })
  if (dryRun) for (const { version, name } of done) console.log(`pending    ${version}  ${name}`)
  const told = dryRun ? `Would apply ${done.length}.` : `Applied ${done.length}.`
  console.log(done.length === 0 ? 'Nothing to apply.' : told)
}

export interface RepairOptions extends DatabaseOptions {
  readonly status: 'applied' | 'reverted'
  readonly yes?: boolean
}

/** Corrects the history, and runs nothing. */
export async function repairMigrations(
  versions: readonly string[],
  { status, yes, ...options }: RepairOptions,
): Promise<void> {
  if (versions.length === 0 && !yes) {
    throw new PorticoError('BAD_USER_INPUT', {
      message: `This makes the whole history ${status === 'applied' ? 'that of all files' : 'empty'}. Name versions, or add --yes.`,
    })
  }
  await withProjectDatabase(options, { state: historyState(options) }, async ({ config, database }) => {
    const { root, supabase } = config.project
    const repaired = await repairHistory({ connections: database.connections, root, supabase }, status, versions)
    for (const version of repaired) console.log(`${status.padEnd(9)}  ${version}`)
  })
}

/** Writes the files of migrations that the history has and the folder lacks. */
export async function fetchMigrations(options: DatabaseOptions): Promise<void> {
  await withProjectDatabase(options, { state: historyState(options) }, async ({ config, database }) => {
    const folder = join(config.project.supabase, 'migrations')
    await mkdir(folder, { recursive: true })
    const files = await readdir(folder)
    for (const { version, name, statements } of await readAppliedMigrations(database)) {
      if (!/^\d+$/.test(version) || files.some((file) => file.startsWith(`${version}_`))) continue
      // What stands in a database is not trusted to be a file's name.
      const path = join(folder, `${version}_${name.replaceAll(/[^\w-]+/g, '_') || 'remote'}.sql`)
      await writeFile(path, statements.map((statement) => `${statement};\n`).join(''), { flag: 'wx' })
      console.log(relative(process.cwd(), path))
    }
  })
}

/** Looking changes nothing in a database of one's own. */
function historyState({ dbUrl }: DatabaseOptions): 'platform' | 'bare' {
  return dbUrl === undefined ? 'platform' : 'bare'
}
