import { mkdir } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import pc from 'picocolors'
import { projectOptions } from '#app'
import { applyMigrations, createMigrationFile, listMigrations } from '#database'
import type { DatabaseOptions, ProjectOptions } from '../options.ts'
import { stepsOn } from '../steps.ts'
import { withProjectDatabase } from './project-database.ts'

export async function newMigration(name: string, { project }: ProjectOptions): Promise<void> {
  const folder = join(resolve(project), 'supabase', 'migrations')
  await mkdir(folder, { recursive: true })
  console.log(relative(process.cwd(), await createMigrationFile(folder, name)))
}

export async function listAllMigrations(options: DatabaseOptions): Promise<void> {
  await withProjectDatabase(options, { state: 'platform' }, async ({ config, database }) => {
    const { supabase } = config.project
    const migrations = await listMigrations({ connections: database.connections, supabase })
    if (migrations.length === 0) console.log('There is no migration. Make one with: portico migration new NAME')
    for (const { version, name, path, applied } of migrations) {
      const state = applied ? (path === undefined ? pc.yellow('file gone') : 'applied  ') : pc.yellow('pending  ')
      console.log(`${state}  ${version}  ${name}`)
    }
  })
}

export async function migrateUp(options: DatabaseOptions): Promise<void> {
  const observe = stepsOn(process.stderr)
  await withProjectDatabase(options, { state: 'platform' }, async ({ config, database }) => {
    const applied = await applyMigrations(projectOptions(config, database.connections, observe))
    console.log(applied.length === 0 ? 'Nothing to apply.' : `Applied ${applied.length}.`)
  })
}
