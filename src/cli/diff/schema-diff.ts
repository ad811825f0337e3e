import pg from 'pg'
import { errorMessage, PorticoError } from '#errors'
import { comparable, runnable } from './comparable.ts'
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
  // A shadow on a newer server has a privilege that the other server does not know.
  const isOlder = Number.parseInt(after.pgVersion, 10) < 17
  const known = (facts: typeof after.factBase, name: string) =>
    comparable({ facts, name }, isOlder, engine.buildFactBase)
  const names = { source: await nameOf(source), desired: await nameOf(desired) }
  const wanted = known(after.factBase, names.desired)

  const statements: string[] = []
  const drops: string[] = []
  const warnings: string[] = []
  let last = ''
  for (let round = 0; ; round++) {
    const before = await extract(source)
    if (round === 0) warnings.push(...unmodeled(after).filter((kind) => !unmodeled(before).includes(kind)))
    const { actions, preamble } = told(() => engine.plan(known(before.factBase, names.source), wanted, planOptions))
    const settings = preamble.filter(({ name }) => name !== 'search_path').map(setting)
    const found = [
      ...settings.filter((statement) => !statements.includes(statement)),
      ...actions.map(({ sql }) => runnable(sql, isOlder)),
    ]
    // One that was run before may be needed again: to revoke a table's privileges takes those of its columns along.
    const added = formatSqlStatements(found, { keywordCase: 'lower', maxWidth: 120 })
    if (actions.length === 0) break
    if (round === rounds || added.join() === last) {
      warnings.push(`This still differs: ${actions.map(({ sql }) => sql).join('; ')}`)
      break
    }
    last = added.join()
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

/** The engine refuses to plan what would not come out as it should, and says why. */
function told<T>(work: () => T): T {
  try {
    return work()
  } catch (cause) {
    throw new PorticoError('BAD_USER_INPUT', { message: `No SQL makes this difference: ${errorMessage(cause)}`, cause })
  }
}

/** Kinds of objects that are there and not compared. */
function unmodeled({ diagnostics }: { diagnostics: readonly { code: string; message: string }[] }): string[] {
  return diagnostics.filter(({ code }) => code === 'unmodeled_kind').map(({ message }) => message)
}

function setting({ name, value }: { name: string; value: string }): string {
  return `set local ${name} = ${value}`
}

async function nameOf(pool: pg.Pool): Promise<string> {
  const { rows } = await pool.query<{ name: string }>('select pg_catalog.current_database() as name')
  return rows[0]?.name ?? ''
}

function openPool(config: pg.ClientConfig): pg.Pool {
  const pool = new pg.Pool({ ...config, application_name: 'portico db diff', max: 2 })
  pool.on('error', () => {})
  return pool
}
