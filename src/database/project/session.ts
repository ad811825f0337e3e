import pg from 'pg'
import type { Observe } from '#observe'
import { hasStandIn, installStandIn } from '../extensions/index.ts'
import { runCopy } from './copy-query.ts'
import { isHarmlessSetting } from './database-setting.ts'
import { failedPart } from './do-block.ts'
import { concernsRoles, harmlessWrapper, isPlainPublication, mayNeedAdministrator } from './elevation.ts'
import { fittingHere, makesNeighbourIndex } from './fitting.ts'
import type { Statement } from './split-sql.ts'
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
    // A block that commits keeps what it did before it failed: it is not begun again.
    if (!this.#mayNeedAnotherWay(statement.words) || (alone && statement.words[0] === 'do')) {
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

  async #anotherWay(statement: Statement, error: unknown): Promise<(() => Promise<unknown>) | undefined> {
    if (!(error instanceof pg.DatabaseError)) return undefined
    const { text, words } = statement
    if (words[0] === 'do') return this.#anotherBlock(statement, error)
    const standIn = this.#standIn(text, error)
    if (standIn) return standIn
    const fitting = fittingHere(text, error)
    if (fitting !== undefined) return () => this.client.query(fitting)
    // Roles are the cluster's, and outlive a database that is made anew.
    if (error.code === '42710' && this.#kind === 'roles') return async () => {}
    if (error.code !== '42501' || !this.#elevates || !this.#isForAdministrator(words)) return undefined
    if (words[1] === 'database' && !isHarmlessSetting(text)) return undefined
    return () => this.#asAdministrator(() => this.#elevated(text, words, error))
  }

  /** The block without the statement that failed, once that is done or made to fit: a block is run to its end, or refused. */
  #anotherBlock(statement: Statement, error: pg.DatabaseError): (() => Promise<unknown>) | undefined {
    const part = failedPart(statement.text, error)
    if (!part) return undefined
    const fitting = fittingHere(part.text, error)
    const isElevated = error.code === '42501' && this.#elevates && isPlainPublication(part.text)
    const instead = isElevated
      ? () => this.#asAdministrator(() => this.client.query(part.text))
      : this.#standIn(part.text, error)
    if (fitting === undefined && !instead) return undefined
    return async () => {
      await instead?.()
      await this.run({ ...statement, text: part.without(fitting) })
    }
  }

  #standIn(text: string, error: pg.DatabaseError): (() => Promise<unknown>) | undefined {
    const missing = unavailableExtension(error)
    if (missing === undefined || !hasStandIn(missing)) return undefined
    // It may be another one, that this one requires.
    const [, created] = /^create\s+extension\s+(?:if\s+not\s+exists\s+)?("[^"]+"|\w+)/i.exec(text) ?? []
    if (created?.replaceAll('"', '').toLowerCase() !== missing) return undefined
    const schema = /\bschema\s+"?([\w$]+)"?/i.exec(text)?.[1]
    return () => this.#asAdministrator(() => this.#amongPostgresOwn(() => installStandIn(this.client, missing, schema)))
  }

  async #elevated(text: string, [verb, what]: readonly string[], refused: unknown): Promise<void> {
    if (verb === 'create' && what === 'foreign') {
      return await this.#amongPostgresOwn(async () => {
        const harmless = await harmlessWrapper(this.client, text)
        if (harmless === undefined) throw refused
        await this.client.query(harmless)
      })
    }
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

  /** Where names without a schema are Postgres' own, whatever the search path of the file or the database is. */
  async #amongPostgresOwn(work: () => Promise<void>): Promise<void> {
    const { rows: paths } = await this.client.query<{ search_path: string }>('show search_path')
    await this.client.query('set search_path = pg_catalog, pg_temp')
    try {
      await work()
    } finally {
      const restore = "select pg_catalog.set_config('search_path', $1, false)"
      await this.client.query(restore, [paths[0]?.search_path]).catch(() => {})
    }
  }
}
