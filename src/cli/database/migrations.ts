import { join, relative, resolve } from 'node:path'
import pg from 'pg'
import { projectOptions } from '#app'
import { applyMigrations, createMigrationFile, listMigrations } from '#database'
import { PorticoError } from '#errors'
import { pc } from '../colours.ts'
import type { DatabaseOptions, ProjectOptions } from '../options.ts'
import { stepsOn } from '../steps.ts'
import { withProjectDatabase } from './project-database.ts'

export async function newMigration(name: string, { project }: ProjectOptions): Promise<void> {
  const folder = join(resolve(project), 'supabase', 'migrations')
  console.log(relative(process.cwd(), await createMigrationFile(folder, name)))
}

export async function listAllMigrations(options: DatabaseOptions): Promise<void> {
  // Looking changes nothing in a database of one's own.
  const state = options.dbUrl === undefined ? 'platform' : 'bare'
  await withProjectDatabase(options, { state }, async ({ config, database }) => {
    const { supabase } = config.project
    const migrations = await listMigrations({ connections: database.connections, supabase }).catch(explain)
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

export async function migrateUp(options: DatabaseOptions): Promise<void> {
  const observe = stepsOn(process.stderr)
  await withProjectDatabase(options, { state: 'platform' }, async ({ config, database }) => {
    const applied = await applyMigrations(projectOptions(config, database.connections, observe))
    console.log(applied.length === 0 ? 'Nothing to apply.' : `Applied ${applied.length}.`)
  })
}
