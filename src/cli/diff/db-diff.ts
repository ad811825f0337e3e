import { join, relative } from 'node:path'
import { createMigrationFile } from '#database'
import { pc } from '../colours.ts'
import { listed } from '../comma-list.ts'
import type { DatabaseOptions } from '../options.ts'
import { stepsOn } from '../steps.ts'
import { towardsDatabase, towardsGoal } from './compare.ts'
import { scriptOf } from './shadow.ts'

export interface DbDiffOptions extends DatabaseOptions {
  /** The name of a migration to write it to. */
  readonly file?: string
  /** `public,private` */
  readonly schema?: string
}

/**
 * Prints the SQL that is missing in the migrations: what makes of their schema the one that the project's schema files
 * declare, or, where it has none, that of the database.
 */
export async function dbDiff({ file, schema, ...options }: DbDiffOptions): Promise<void> {
  const schemas = listed(schema)
  const observe = stepsOn(process.stderr)
  const comparison = { schemas, observe }
  const found = await (options.dbUrl === undefined
    ? towardsGoal(options, comparison)
    : towardsDatabase(options, 'migrations', comparison))
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

function versionOf(path: string): string {
  return /(\d+)_[^/]*$/.exec(path)?.[1] ?? ''
}
