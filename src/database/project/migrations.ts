import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { sql } from 'kysely'
import type pg from 'pg'
import { PorticoError } from '#errors'
import { rows } from '../administer.ts'
import { runFile } from './run-file.ts'
import type { ProjectSession } from './session.ts'
import { readSqlFile } from './sql-file.ts'

/** A migration: its file, its row in the history, or both. */
export interface Migration {
  /** The digits its file's name begins with. */
  readonly version: string
  readonly name: string
  /** Absolute; absent when it was applied, but its file is gone. */
  readonly path?: string
  readonly applied: boolean
}

/**
 * The project's migrations in order, those applied and those not.
 *
 * @throws PorticoError CONFIG_INVALID if two files have one version.
 */
export async function readMigrations(client: pg.ClientBase, folder: string): Promise<readonly Migration[]> {
  const [files, applied] = [await readFolder(folder), await readHistory(client)]
  const gone = [...applied]
    .filter(([version]) => !files.some((file) => file.version === version))
    .map(([version, name]) => ({ version, name, applied: true }))
  return [...files.map((file) => ({ ...file, applied: applied.has(file.version) })), ...gone].sort((a, b) =>
    a.version < b.version ? -1 : 1,
  )
}

/** Runs one migration and writes it into the history, as the Supabase CLI does. */
export async function applyMigration(session: ProjectSession, root: string, migration: Migration): Promise<void> {
  if (migration.path === undefined) return
  const file = await readSqlFile(root, migration.path)
  await runFile(session, 'migration', file, () =>
    rows(
      session.client,
      sql`insert into supabase_migrations.schema_migrations (version, name, statements)
        values (${migration.version}, ${migration.name}, ${file.statements.map(({ text }) => text)}::text[])`,
    ),
  )
}

/**
 * Makes a migration, named by the time: `20260131120000_add_comments.sql`.
 *
 * @returns its path
 */
export async function createMigrationFile(
  folder: string,
  name: string,
  { text = '', now = new Date() }: { readonly text?: string; readonly now?: Date } = {},
): Promise<string> {
  const version = now.toISOString().replaceAll(/\D/g, '').slice(0, 14)
  const path = join(folder, `${version}_${name.replaceAll(/[^\w-]+/g, '_').replaceAll(/^_+|_+$/g, '')}.sql`)
  await mkdir(folder, { recursive: true })
  await writeFile(path, text, { flag: 'wx' })
  return path
}

export async function readFolder(folder: string): Promise<Required<Omit<Migration, 'applied'>>[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  const byVersion = new Map<string, Required<Omit<Migration, 'applied'>>>()
  for (const file of names.sort()) {
    const [, version, name] = /^(\d+)_(.*)\.sql$/.exec(file) ?? []
    if (version === undefined || name === undefined) continue
    const other = byVersion.get(version)
    if (other) {
      throw new PorticoError('CONFIG_INVALID', {
        message: `${relative(join(folder, '../..'), folder)}: ${file} and ${version}_${other.name}.sql have the same version.`,
        details: { folder, version },
      })
    }
    byVersion.set(version, { version, name, path: join(folder, file) })
  }
  return [...byVersion.values()]
}

async function readHistory(client: pg.ClientBase): Promise<ReadonlyMap<string, string>> {
  const found = await rows(
    client,
    sql<{ version: string; name: string | null }>`select version, name from supabase_migrations.schema_migrations`,
  )
  return new Map(found.map(({ version, name }) => [version, name ?? '']))
}
