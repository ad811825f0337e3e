import pg from 'pg'
import { PorticoError } from '#errors'
import type { Observe } from '#observe'
import type { Connections } from '../connections.ts'
import { type Listener, openListener } from '../listener.ts'
import { tolerateBreaks } from '../tolerate-breaks.ts'
import { isUnreachable } from '../unreachable.ts'
import type { Catalog } from './catalog.ts'
import { type Privileges, readPrivileges } from './privileges.ts'
import { readCatalog } from './read-catalog.ts'
import { readTablesBehind, type TableBehind } from './tables-behind.ts'
import { type Exposed, readSnapshot, readVersion } from './version.ts'

export interface CatalogWatchOptions extends Exposed {
  readonly connections: Connections
  readonly observe: Observe
  /** How often the database is looked at, whether it told of a change or not, in milliseconds. */
  readonly pollEvery?: number
  /** False behind a transaction-mode pooler: what is told to a session there reaches another. */
  readonly listens?: boolean
  /** Heard by others of this process as well; without it the watch has a connection of its own. */
  readonly listener?: Listener
}

/** The catalogue as it stands, and news of changes: at once by `LISTEN pgrst`, at the latest with the next poll. */
export interface CatalogWatch {
  readonly current: Catalog
  /** @throws PorticoError NOT_READY when the database cannot be reached */
  privileges(role: string): Promise<Privileges>
  /**
   * The tables whose rows decide what is seen of these tables and views.
   *
   * @throws PorticoError NOT_READY when the database cannot be reached
   */
  tablesBehind(oids: readonly number[]): Promise<readonly TableBehind[]>
  onChange(handler: (catalog: Catalog) => void | Promise<void>): void
  /** Looks now; resolves when `current` is what the database holds. */
  refresh(): Promise<void>
  close(): Promise<void>
}

/** Reads the catalogue, and reads it again whenever the database says that it has changed, or a look at its version does. */
export async function watchCatalog(options: CatalogWatchOptions): Promise<CatalogWatch> {
  const { connections, observe, pollEvery = 750, listens = true } = options
  const exposed: Exposed = options
  const login = { ...connections.for('authenticator'), application_name: 'portico catalogue' }
  const pool = new pg.Pool({ ...login, max: 1, connectionTimeoutMillis: 10_000 })
  tolerateBreaks(pool, () => {})
  const handlers: ((catalog: Catalog) => void | Promise<void>)[] = []
  let current = await readCatalog(pool, exposed)
  let closed = false
  let running: Promise<void> | undefined

  let seen = ''

  async function look(): Promise<void> {
    // Read before what it stands for: what is written meanwhile is found with the next look.
    const snapshot = await readSnapshot(pool)
    if (snapshot === seen) return
    const { version } = await readVersion(pool, exposed)
    if (version !== current.version) {
      const next = await readCatalog(pool, exposed)
      // What fails here is tried again with the next look.
      for (const handle of handlers) await handle(next)
      current = next
    }
    seen = snapshot
  }

  let waiting: Promise<void> | undefined

  function refresh(): Promise<void> {
    // A look that has not begun yet serves whoever asks meanwhile.
    if (waiting) return waiting
    const next = (running ?? Promise.resolve())
      .catch(() => {})
      .then(() => {
        waiting = undefined
        return look()
      })
    waiting = next
    running = next
    return next
  }

  let troubled = false
  let polling = false
  const poll = setInterval(async () => {
    // A server that is slow to answer is not asked again meanwhile.
    if (polling) return
    polling = true
    try {
      await refresh()
      troubled = false
    } catch (error) {
      // What the server says of itself (it has no such database while `db reset` makes it anew) needs no stack.
      const why = error instanceof pg.DatabaseError ? { data: { reason: error.message } } : { error }
      if (!closed && !troubled)
        observe({ kind: 'message', level: 'warn', text: 'the catalogue cannot be read', ...why })
      troubled = true
    }
    polling = false
  }, pollEvery)
  const own = listens && !options.listener ? await openListener(login) : undefined
  const listener = options.listener ?? own
  listener?.listen('pgrst', () => void refresh().catch(() => {}))

  return {
    get current() {
      return current
    },
    async privileges(role) {
      const schemas = current.schemas.map(({ name }) => name)
      return await reached(readPrivileges(pool, role, schemas))
    },
    tablesBehind: (oids) => reached(readTablesBehind(pool, oids)),
    onChange: (handler) => void handlers.push(handler),
    refresh,
    async close() {
      closed = true
      clearInterval(poll)
      await running?.catch(() => {})
      await own?.close()
      await pool.end()
    },
  }
}

async function reached<Answer>(answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer
  } catch (cause) {
    throw isUnreachable(cause) ? new PorticoError('NOT_READY', { cause }) : cause
  }
}
