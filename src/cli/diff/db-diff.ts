import { join, relative } from 'node:path'
import type pg from 'pg'
import { createMigrationFile } from '#database'
import { PorticoError } from '#errors'
import type { Observe } from '#observe'
import { pc } from '../colours.ts'
import { withProjectDatabase } from '../database/index.ts'
import type { DatabaseOptions } from '../options.ts'
import { stepsOn } from '../steps.ts'
import { type SchemaDiff, schemaDiff } from './schema-diff.ts'
import { declaredFiles, type Shadow, scriptOf, withShadow } from './shadow.ts'

export interface DbDiffOptions extends DatabaseOptions {
  /** The name of a migration to write it to. */
  readonly file?: string
  /** `public,private` */
  readonly schema?: string
  readonly linked?: boolean
}

/**
 * Prints the SQL that is missing in the migrations: what makes of their schema the one that the project's schema files
 * declare, or, where it has none, that of the database.
 */
export async function dbDiff({ file, schema, linked, ...options }: DbDiffOptions): Promise<void> {
  if (linked) throw notLinked('diff')
  const schemas = listed(schema)
  const observe = stepsOn(process.stderr)
  const found = await compare(options, schemas, observe)
  for (const warning of found.warnings) observe({ kind: 'message', level: 'warn', text: warning })
  if (found.statements.length === 0) {
    console.error('No schema changes found.')
    return
  }
  if (file === undefined) process.stdout.write(scriptOf(found.statements))
  else {
    const folder = join(options.project, 'supabase', 'migrations')
    const path = await createMigrationFile(folder, file, { text: scriptOf(found.statements) })
    console.error(
      `Wrote ${relative(process.cwd(), path)}. ${found.declared ? 'Apply it' : 'The database has it; say so'} with: ${
        found.declared ? 'portico migration up' : `portico migration repair --status applied ${versionOf(path)}`
      }`,
    )
  }
  if (found.drops.length > 0) {
    const text = found.drops.map((statement) => `  ${statement.replaceAll(/\s+/g, ' ')}`).join('\n')
    console.error(`${pc.yellow('Look twice at what drops something:')}\n${text}`)
  }
}

type Found = SchemaDiff & { readonly declared: boolean }

async function compare(options: DatabaseOptions, schemas: readonly string[], observe: Observe): Promise<Found> {
  const differ = async ({ login, apply }: Shadow, to: pg.ClientConfig) =>
    await schemaDiff(login, to, { schemas, apply })
  const warnings: Observe = (observation) => observation.kind === 'message' && observe(observation)
  // What is elsewhere is compared, as it is, with a shadow on a server of this command's own.
  if (options.dbUrl !== undefined) {
    const { dbUrl: _, ...here } = options
    return await withProjectDatabase(options, { state: 'bare' }, (elsewhere) =>
      withProjectDatabase(here, { state: 'bare', ephemeral: true, observe }, ({ config, database: { connections } }) =>
        withShadow(
          { config, connections },
          'migrations',
          async (shadow) => {
            return { ...(await differ(shadow, elsewhere.database.connections.for('supabase_admin'))), declared: false }
          },
          warnings,
        ),
      ),
    )
  }
  return await withProjectDatabase(options, { state: 'present', observe }, async ({ config, database }) => {
    const { connections } = database
    const server = { config, connections }
    const files = declaredFiles(config)
    return await withShadow(
      server,
      'migrations',
      async (shadow) => {
        if (files.length === 0) return { ...(await differ(shadow, connections.for('supabase_admin'))), declared: false }
        return await withShadow(server, { files }, async (goal) => ({
          ...(await differ(shadow, goal.login)),
          declared: true,
        }))
      },
      warnings,
    )
  })
}

function listed(names: string | undefined): readonly string[] {
  return (names ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean)
}

function versionOf(path: string): string {
  return /(\d+)_[^/]*$/.exec(path)?.[1] ?? ''
}

function notLinked(command: string): PorticoError {
  return new PorticoError('BAD_USER_INPUT', {
    message: `Nothing is linked here. For a hosted database: portico db ${command} --db-url with its connection string.`,
  })
}
