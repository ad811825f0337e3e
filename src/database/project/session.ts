import { sql } from 'kysely'
import pg from 'pg'
import type { Observe } from '#observe'
import { rows } from '../administer.ts'
import { hasStandIn, installStandIn } from '../extensions/index.ts'
import { runCopy } from './copy-query.ts'
import { type Statement, splitSql } from './split-sql.ts'
import { unavailableExtension } from './sql-error.ts'

/** `roles`: supabase/roles.sql, which the administrator may help with roles. */
export type FileKind = 'roles' | 'migration' | 'seed'

/**
 * The connection a project's SQL runs on: as `postgres`, so that what is made belongs to it and what Supabase forbids
 * fails here too. What Supabase lets `postgres` do by an extension of the server (event triggers, extensions, foreign
 * data wrappers, settings of the database) is done for it by the administrator.
 */
export class ProjectSession {
  readonly client: pg.ClientBase
  /** Whether this connection is a superuser's that only acts as `postgres`. */
  readonly #elevates: boolean
  #kind: FileKind = 'migration'

  constructor(client: pg.ClientBase, elevates: boolean, observe: Observe) {
    this.client = client
    this.#elevates = elevates
    client.on('notice', ({ severity, message }) => {
      if (severity === 'WARNING') observe({ kind: 'message', level: 'warn', text: message ?? 'a warning of Postgres' })
    })
  }

  /** Makes ready for a file, forgetting what an earlier one has set: search_path, role, temporary tables. */
  async begin(kind: FileKind): Promise<void> {
    this.#kind = kind
    await this.client.query('discard all')
    if (this.#elevates) await this.client.query('set session authorization postgres')
  }

  /** Runs a statement; in a transaction, unless `alone`. */
  async run(statement: Statement, alone = false): Promise<void> {
    if (statement.data !== undefined) return await runCopy(this.client, statement.text, statement.data)
    if (!this.#mayNeedAnotherWay(statement.words)) {
      await this.client.query(statement.text)
      return
    }
    if (!alone) await this.client.query('savepoint portico_statement')
    try {
      await this.client.query(statement.text)
    } catch (error) {
      const another = await this.#anotherWay(statement, error)
      if (!another) throw error
      if (!alone) await this.client.query('rollback to savepoint portico_statement')
      await another()
    }
    if (!alone) await this.client.query('release savepoint portico_statement')
  }

  #mayNeedAnotherWay(words: readonly string[]): boolean {
    return words[0] === 'do' || makesNeighbourIndex(words) || this.#isForAdministrator(words)
  }

  #isForAdministrator(words: readonly string[]): boolean {
    return mayNeedAdministrator(words) || (this.#kind === 'roles' && concernsRoles(words))
  }

  async #anotherWay({ text, words }: Statement, error: unknown): Promise<(() => Promise<unknown>) | undefined> {
    if (!(error instanceof pg.DatabaseError)) return undefined
    const missing = unavailableExtension(error)
    if (missing !== undefined) {
      const schema = /\bwith\s+schema\s+"?([\w$]+)"?/i.exec(text)?.[1]
      if (!hasStandIn(missing)) return undefined
      return () => this.#asAdministrator(() => installStandIn(this.client, missing, schema))
    }
    // A version that is another one here: any will do.
    if (/has no installation script nor update path for version/.test(error.message)) {
      return () => this.client.query(text.replace(/\bversion\s+('[^']*'|"[^"]*")/i, ''))
    }
    // The stand-in of pgvector has no index of neighbours to tune.
    if (/^unrecognized parameter "(?:lists|m|ef_construction)"$/.test(error.message)) {
      return () => this.client.query(text.replace(/\)\s*with\s*\([^)]*\)/i, ')'))
    }
    // Roles are the cluster's, and outlive a database that is made anew.
    if (error.code === '42710' && this.#kind === 'roles') return async () => {}
    if (error.code === '42501' && this.#elevates) {
      if (words[0] === 'do') return this.#partOf(text, error)
      if (!this.#isForAdministrator(words)) return undefined
      return () => this.#asAdministrator(() => this.#elevated(text, words))
    }
    return undefined
  }

  /**
   * A `do` block that makes what is not there yet (a publication for all tables): the administrator makes that one thing,
   * and the block then finds it.
   */
  #partOf(block: string, { where }: pg.DatabaseError): (() => Promise<unknown>) | undefined {
    const inner = /^SQL statement "([\s\S]*?)"\nPL\/pgSQL function inline_code_block /.exec(where ?? '')?.[1]
    const [statement] = inner === undefined ? [] : splitSql(inner)
    if (!statement || 'meta' in statement || !mayNeedAdministrator(statement.words)) return undefined
    return async () => {
      await this.#asAdministrator(() => this.#elevated(statement.text, statement.words))
      await this.client.query(block)
    }
  }

  async #elevated(text: string, [, what]: readonly string[]): Promise<void> {
    await this.client.query(text)
    // No event trigger sees an event trigger being made.
    if (what === 'event') await this.client.query('select extensions.confine_event_functions()')
  }

  async #asAdministrator(work: () => Promise<unknown>): Promise<void> {
    if (this.#elevates) await this.client.query('set session authorization default')
    try {
      await work()
    } finally {
      // In a transaction that has failed, rolling back does it.
      if (this.#elevates) await this.client.query('set session authorization postgres').catch(() => {})
    }
  }
}

/** Compare `supautils.privileged_extensions`, `event triggers` and `foreign data wrappers` of Supabase's own image. */
function mayNeedAdministrator(words: readonly string[]): boolean {
  const [verb, what, third] = words
  if (verb === 'comment' && what === 'on') return third === 'extension' || third === 'event'
  if (verb !== 'create' && verb !== 'alter' && verb !== 'drop') return false
  return (
    what === 'extension' ||
    what === 'event' ||
    what === 'publication' ||
    (what === 'foreign' && third === 'data') ||
    (what === 'database' && verb === 'alter')
  )
}

function makesNeighbourIndex(words: readonly string[]): boolean {
  return words[0] === 'create' && (words.includes('hnsw') || words.includes('ivfflat'))
}

function concernsRoles([verb, what]: readonly string[]): boolean {
  return verb === 'grant' || verb === 'revoke' || what === 'role' || what === 'user' || what === 'group'
}

/**
 * How a project's connection comes to act as `postgres`: a superuser becomes it; any other administrator logs in as it,
 * unless `postgres` is the server's own superuser, whom it cannot become: then the administrator runs the SQL itself.
 */
export async function actsBy(admin: pg.ClientBase): Promise<'becoming' | 'login' | 'administrator'> {
  const [me] = await rows(
    admin,
    sql<{ super: boolean; member: boolean }>`
      select rolsuper as super, pg_has_role('postgres', 'member') as member from pg_roles where rolname = current_user`,
  )
  if (me?.super) return 'becoming'
  return me?.member ? 'login' : 'administrator'
}
