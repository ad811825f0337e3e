import { randomUUID } from 'node:crypto'
import { existsSync, globSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type pg from 'pg'
import { applyPlatform, projectOptions } from '#app'
import type { Config } from '#config'
import {
  applyMigrations,
  applySchemaFiles,
  type Connections,
  filesOf,
  type ProjectOptions,
  withScratchDatabase,
} from '#database'
import { type Observe, silent } from '#observe'

/** What a shadow database is made of, besides the platform: the migrations, or files that declare the schema. */
export type Content = 'migrations' | { readonly files: readonly string[] }

/** Where it is made: an embedded server, and the project. */
export interface ShadowServer {
  readonly config: Config
  readonly connections: Connections
}

export interface Shadow {
  /** Of an administrator. */
  readonly login: pg.ClientConfig
  /** @throws PorticoError SQL_FILE_FAILED */
  readonly apply: (statements: readonly string[]) => Promise<void>
}

/** Lends the work a database of the server's that has what the project's files make, and no rows of the seed. */
export async function withShadow<T>(
  { config, connections }: ShadowServer,
  content: Content,
  work: (shadow: Shadow) => Promise<T>,
  observe: Observe = silent,
): Promise<T> {
  return await withScratchDatabase(connections, async (shadow) => {
    await applyPlatform(config, { connections: shadow })
    const options = projectOptions(config, shadow, observe)
    const migrations = { enabled: true, schemaPaths: [] }
    if (content === 'migrations') await applyMigrations({ ...options, migrations })
    else await applySchemaFiles(options, content.files)
    const apply = (statements: readonly string[]) => runAsMigration({ ...options, observe: silent }, statements)
    return await work({ login: shadow.for('supabase_admin'), apply })
  })
}

/** Statements are run by way of a file, as a migration's: what must be committed before it is used, is. */
async function runAsMigration(options: ProjectOptions, statements: readonly string[]): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'portico-diff-'))
  try {
    const path = join(root, `${randomUUID()}.sql`)
    await writeFile(path, scriptOf(statements))
    await applySchemaFiles({ ...options, root }, [path])
  } finally {
    await rm(root, { recursive: true })
  }
}

export function scriptOf(statements: readonly string[]): string {
  return statements.length === 0 ? '' : `${statements.map((statement) => `${statement};`).join('\n\n')}\n`
}

/**
 * The files that declare what the schema is to be, in the order in which they run: those of `[db.migrations]
 * schema_paths`, else all of `supabase/schemas` by name. Empty where a project declares nothing.
 */
export function declaredFiles({ project: { supabase }, db }: Config): readonly string[] {
  const { schemaPaths } = db.migrations
  if (schemaPaths.length > 0) return filesOf(supabase, schemaPaths).files
  const folder = join(supabase, 'schemas')
  if (!existsSync(folder)) return []
  return globSync('**/*.sql', { cwd: folder })
    .map((file) => join(folder, file))
    .sort()
}
