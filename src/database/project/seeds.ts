import { createHash } from 'node:crypto'
import { globSync } from 'node:fs'
import { resolve } from 'node:path'
import { sql } from 'kysely'
import { rows } from '../administer.ts'
import { runFile } from './run-file.ts'
import type { FileKind, ProjectSession } from './session.ts'
import { readSqlFile } from './sql-file.ts'

/**
 * The files that patterns of config.toml name (`./seed.sql`, `./seeds/*.sql`), each once: the patterns in their order,
 * the files of one pattern by name, as the Supabase CLI has it.
 *
 * @param folder what the patterns are relative to: the `supabase` folder
 */
export function filesOf(
  folder: string,
  patterns: readonly string[],
): { files: readonly string[]; empty: readonly string[] } {
  const found = patterns.map((pattern) =>
    globSync(pattern, { cwd: folder })
      .map((file) => resolve(folder, file))
      .sort(),
  )
  return { files: [...new Set(found.flat())], empty: patterns.filter((_, i) => found[i]?.length === 0) }
}

/**
 * Runs files that run once in a database's life, and writes each down with its own effects: one that is written down
 * does not run again.
 *
 * @returns the names of those that ran
 */
export async function runOnce(
  session: ProjectSession,
  kind: FileKind,
  root: string,
  paths: readonly string[],
): Promise<readonly string[]> {
  const recorded = await rows(session.client, sql<{ path: string }>`select path from supabase_migrations.seed_files`)
  const known = new Set(recorded.map(({ path }) => path))
  const ran: string[] = []
  for (const path of paths) {
    const file = await readSqlFile(root, path)
    if (known.has(file.name)) continue
    const hash = createHash('sha256').update(file.text).digest('hex')
    await runFile(session, kind, file, () =>
      rows(
        session.client,
        sql`insert into supabase_migrations.seed_files (path, hash) values (${file.name}, ${hash})
          on conflict (path) do update set hash = excluded.hash`,
      ),
    )
    ran.push(file.name)
  }
  return ran
}
