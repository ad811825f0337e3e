import { join } from 'node:path'
import { sql } from 'kysely'
import type pg from 'pg'
import { PorticoError } from '#errors'
import { administer, rows, transaction } from '../administer.ts'
import type { Connections } from '../connections.ts'
import { readFolder } from './migrations.ts'
import { readSqlFile } from './sql-file.ts'

/** Whose history it is, and the project's folders. */
export interface HistoryOptions {
  readonly connections: Connections
  readonly root: string
  readonly supabase: string
}

/** One row of the history. */
export interface AppliedMigration {
  readonly version: string
  readonly name: string
  readonly statements: readonly string[]
}

/**
 * Writes into the history that migrations were applied, or takes them out of it, and runs nothing. Without versions the
 * history becomes that of all files: applied, or empty.
 *
 * @throws PorticoError BAD_USER_INPUT for a version that no file has, SQL_FILE_FAILED
 */
export async function repairHistory(
  { connections, root, supabase }: HistoryOptions,
  status: 'applied' | 'reverted',
  versions: readonly string[],
): Promise<readonly string[]> {
  const files = await readFolder(join(supabase, 'migrations'))
  const meant = versions.length > 0 ? versions : files.map(({ version }) => version)
  const found = status === 'reverted' ? [] : meant.map((version) => fileOf(files, version))
  const applied = await Promise.all(
    found.map(async ({ version, name, path }) => ({ version, name, statements: await statementsOf(root, path) })),
  )
  await administer(connections.for('postgres'), async (client) => {
    await transaction(client, async () => {
      await makeHistory(client)
      const gone = versions.length > 0 ? sql`where version = any(${meant})` : sql``
      await rows(client, sql`delete from supabase_migrations.schema_migrations ${gone}`)
      for (const migration of applied) await record(client, migration)
    })
  })
  return meant
}

/** The history, in order; empty where none was ever written. */
export async function readAppliedMigrations({ connections }: Pick<HistoryOptions, 'connections'>) {
  return await administer(connections.for('postgres'), async (client): Promise<readonly AppliedMigration[]> => {
    const [there] = await rows(
      client,
      sql<{ there: boolean }>`
      select to_regclass('supabase_migrations.schema_migrations') is not null as there`,
    )
    if (!there?.there) return []
    return await rows(
      client,
      sql<AppliedMigration>`
      select version, coalesce(name, '') as name, coalesce(statements, '{}') as statements
      from supabase_migrations.schema_migrations order by version`,
    )
  })
}

/** The table of the history as Supabase's CLI has it, where it is not there yet. */
export async function makeHistory(client: pg.ClientBase): Promise<void> {
  const [found] = await rows(
    client,
    sql<{ there: boolean }>`
    select to_regclass('supabase_migrations.schema_migrations') is not null as there`,
  )
  if (found?.there) return
  await client.query(`create schema if not exists supabase_migrations;
    create table supabase_migrations.schema_migrations (version text not null primary key, statements text[], name text)`)
}

export async function record(client: pg.ClientBase, { version, name, statements }: AppliedMigration): Promise<void> {
  await rows(
    client,
    sql`insert into supabase_migrations.schema_migrations (version, name, statements)
    values (${version}, ${name}, ${statements}::text[])`,
  )
}

async function statementsOf(root: string, path: string): Promise<readonly string[]> {
  return (await readSqlFile(root, path)).statements.map(({ text }) => text)
}

function fileOf<File extends { readonly version: string }>(files: readonly File[], version: string): File {
  const file = files.find((candidate) => candidate.version === version)
  if (file) return file
  throw new PorticoError('BAD_USER_INPUT', { message: `No file of supabase/migrations begins with ${version}_.` })
}
