import type { Observe } from '#observe'
import { withProjectDatabase } from '../database/index.ts'
import type { DatabaseOptions } from '../options.ts'
import { type SchemaDiff, schemaDiff } from './schema-diff.ts'
import { type Content, declaredFiles, scriptOf, withShadow } from './shadow.ts'

export interface Comparison {
  /** Only these; without any, all that are the project's own. */
  readonly schemas: readonly string[]
  readonly observe: Observe
}

export interface Found extends SchemaDiff {
  /** Whether it leads to what schema files declare, not to what a database has. */
  readonly declared: boolean
}

/** What a shadow with the content lacks of the database: the project's own, or that of `--db-url`. */
export async function towardsDatabase(
  options: DatabaseOptions,
  content: Content,
  { schemas, observe }: Comparison,
): Promise<Found> {
  const { dbUrl, ...here } = options
  const state = dbUrl === undefined ? 'present' : 'bare'
  return await withProjectDatabase(options, { state, observe }, async (target) => {
    const login = target.database.connections.for('supabase_admin')
    const compare = ({ config, database: { connections } }: typeof target) =>
      withShadow(
        { config, connections },
        content,
        async (shadow) => ({
          ...(await schemaDiff(shadow.login, login, { schemas, apply: shadow.apply })),
          declared: false,
        }),
        warningsOf(observe),
      )
    if (dbUrl === undefined) return await compare(target)
    // Nothing is made beside what is elsewhere: the shadow is on a server of this command's own.
    return await withProjectDatabase(here, { state: 'bare', ephemeral: true, observe }, compare)
  })
}

/** What the migrations lack of the schema that files declare; of the database, where none do. */
export async function towardsGoal(options: DatabaseOptions, { schemas, observe }: Comparison): Promise<Found> {
  const declared = await withProjectDatabase(options, { state: 'present', observe }, async ({ config, database }) => {
    const server = { config, connections: database.connections }
    const files = declaredFiles(config)
    if (files.length === 0) return undefined
    return await withShadow(
      server,
      'migrations',
      ({ login, apply }) =>
        withShadow(server, { files }, async (goal) => ({
          ...(await schemaDiff(login, goal.login, { schemas, apply })),
          declared: true,
        })),
      warningsOf(observe),
    )
  })
  return declared ?? (await towardsDatabase(options, 'migrations', { schemas, observe }))
}

/** The schema of a database, as the SQL that makes it on the platform. */
export async function schemaOf(
  options: DatabaseOptions,
  schemas: readonly string[],
  observe: Observe,
): Promise<{ readonly script: string; readonly warnings: readonly string[] }> {
  const { statements, warnings } = await towardsDatabase(options, { files: [] }, { schemas, observe })
  return { script: scriptOf(statements.map((statement) => statement.replace(/^set local /i, 'set '))), warnings }
}

function warningsOf(observe: Observe): Observe {
  return (observation) => observation.kind === 'message' && observe(observation)
}
