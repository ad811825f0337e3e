import pg from 'pg'
import { errorMessage } from '#errors'
import { ownedByProject } from './policy.ts'

export interface SchemaDiff {
  /** What makes the one database's schema that of the other, in order, each without a semicolon. */
  readonly statements: readonly string[]
  /** Those of them that lose data or objects. */
  readonly drops: readonly string[]
  /** What could not be compared, or was not proven. */
  readonly warnings: readonly string[]
}

export interface SchemaDiffOptions {
  /** Only these; without any, all that are the project's. */
  readonly schemas: readonly string[]
  /** Runs statements on the first database as a migration. */
  readonly apply: (statements: readonly string[]) => Promise<unknown>
}

const rounds = 4

/**
 * Compares the schemas of two databases, both read by an administrator, and changes the first one until nothing differs:
 * what objects are given when they are made (default privileges) is known only then, and what is answered is proven.
 * The engine is pg-delta, Supabase's own; it is loaded on first use.
 */
export async function schemaDiff(
  from: pg.ClientConfig,
  to: pg.ClientConfig,
  { schemas, apply }: SchemaDiffOptions,
): Promise<SchemaDiff> {
  const engine = await import('@supabase/pg-delta')
  const { formatSqlStatements } = await import('@supabase/pg-delta/sql-format')
  const policy = ownedByProject(engine.supabasePolicy, schemas)
  await using pools = new AsyncDisposableStack()
  const source = pools.adopt(openPool(from), (pool) => pool.end())
  const desired = pools.adopt(openPool(to), (pool) => pool.end())
  const { extract, planOptions } = await engine.resolveProfile(source, {
    ...engine.supabaseProfile,
    id: 'portico',
    policy,
  })
  const after = await extract(desired)

  const statements: string[] = []
  const drops: string[] = []
  const warnings: string[] = []
  for (let round = 0; ; round++) {
    const before = await extract(source)
    if (round === 0) warnings.push(...unmodeled(after).filter((kind) => !unmodeled(before).includes(kind)))
    const { actions, preamble } = engine.plan(before.factBase, after.factBase, planOptions)
    if (actions.length === 0) break
    if (round === rounds) {
      warnings.push(`This still differs: ${actions.map(({ sql }) => sql).join('; ')}`)
      break
    }
    const settings = preamble.filter(({ name }) => name !== 'search_path').map(setting)
    const found = [
      ...settings.filter((line) => !statements.includes(line)),
      ...actions.map(({ sql }) => shortened(sql)),
    ]
    const added = formatSqlStatements(found, { keywordCase: 'lower', maxWidth: 120 })
    statements.push(...added)
    drops.push(...actions.filter(engine.isDestructiveAction).map(({ sql }) => sql))
    try {
      await apply(added)
    } catch (error) {
      warnings.push(`This could not be tried: ${errorMessage(error)}`)
      break
    }
  }
  return { statements, drops: drops.filter((statement) => !/^revoke\b/i.test(statement)), warnings }
}

/** Kinds of objects that are there and not compared. */
function unmodeled({ diagnostics }: { diagnostics: readonly { code: string; message: string }[] }): string[] {
  return diagnostics.filter(({ code }) => code === 'unmodeled_kind').map(({ message }) => message)
}

function setting({ name, value }: { name: string; value: string }): string {
  return `set local ${name} = ${value}`
}

/** All privileges as such, which also a server of before `maintain` (17) knows. */
function shortened(sql: string): string {
  return sql.replace(
    /^(GRANT|REVOKE) DELETE, INSERT, MAINTAIN, REFERENCES, SELECT, TRIGGER, TRUNCATE, UPDATE (?=ON TABLE )/i,
    '$1 ALL ',
  )
}

function openPool(config: pg.ClientConfig): pg.Pool {
  const pool = new pg.Pool({ ...config, application_name: 'portico db diff', max: 2 })
  pool.on('error', () => {})
  return pool
}
