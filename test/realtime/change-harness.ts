import pg from 'pg'
import type { Caller } from '#database'
import { createCallerPool } from '#database'
import { silent } from '#observe'
import { createTableChanges } from '../../src/realtime/changes/index.ts'
import type { TableBinding } from '../../src/realtime/channels/index.ts'
import { type ChangeFeed, createChangeFeed } from '../../src/realtime/feed/index.ts'
import { cloneDatabase } from '../support/database.ts'

export interface Payload {
  readonly schema: string
  readonly table: string
  readonly type: string
  readonly commit_timestamp: string | null
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  readonly record?: Readonly<Record<string, unknown>>
  readonly old_record?: Readonly<Record<string, unknown>>
  readonly errors: readonly string[] | null
}

export interface Heard {
  readonly ids: readonly number[]
  readonly data: Payload
  readonly text: string
}

/** A database of its own, with a feed and subscribers but no sockets. */
export async function changeHarness() {
  const database = await cloneDatabase()
  const { connections } = database
  const sql = new pg.Client(connections.for('postgres'))
  await sql.connect()
  // What waits for the disk is in the log at once; the tests' server writes it a moment later otherwise.
  await sql.query('set synchronous_commit = on')
  const callers = await createCallerPool({ connections, observe: silent })
  const feed: ChangeFeed = createChangeFeed({
    login: connections.for('supabase_admin'),
    plainLogin: connections.for('authenticator'),
    observe: silent,
  })
  const changes = createTableChanges({ feed, callers, observe: silent })
  await sql.query(`
    create table public.fence (id int primary key generated always as identity);
    grant select on public.fence to anon, authenticated, service_role;
    alter publication supabase_realtime add table public.fence`)

  const fences = new Set<() => Promise<void>>()
  const order: unknown[] = []

  async function subscribe(caller: Caller, ...bindings: Partial<TableBinding>[]) {
    const heard: Heard[] = []
    const warned: string[] = []
    let passed = Promise.withResolvers<void>()
    const given = bindings.map((binding, id) => ({ id, event: '*', schema: 'public', ...binding }))
    const fence = { id: fenceId, event: 'INSERT', schema: 'public', table: 'fence' }
    const deliver = (ids: readonly number[], text: string) => {
      if (ids.includes(fenceId)) passed.resolve()
      else {
        const change = { ids, data: JSON.parse(text), text }
        heard.push(change)
        order.push(change)
      }
    }
    const warn = (reason: string) => {
      warned.push(reason)
      order.push(reason)
      // It may have been put out.
      passed.resolve()
      fences.delete(fenced)
    }
    const fenced = () => {
      passed = Promise.withResolvers()
      return passed.promise
    }
    const subscription = await changes.subscribe([...given, fence], caller, {
      deliver,
      warn,
      address: addressOf(caller),
    })
    fences.add(fenced)
    return {
      ...subscription,
      stop() {
        fences.delete(fenced)
        subscription.stop()
      },
      heard,
      warned,
      /** What is heard of everything that was committed before; the others have heard of it too. */
      async after(...statements: string[]): Promise<readonly Heard[]> {
        heard.length = 0
        for (const statement of statements) await sql.query(statement)
        const all = Promise.all([...fences].map((fenced) => fenced()))
        await sql.query('insert into public.fence default values')
        await all
        return [...heard]
      },
    }
  }

  return {
    ...{ database, sql, callers, feed, changes, subscribe },
    /** What all of them have heard and been warned of, as it came. */
    order,
    async close() {
      await feed.close()
      await callers.close()
      await sql.end()
      await database.drop()
    },
  }
}

const fenceId = 4711

/** Each of its own, but for those who say where they are. */
let addresses = 0
const addressOf = ({ claims }: Caller) => (typeof claims.at === 'string' ? claims.at : `192.0.2.${addresses++}`)

export const anon: Caller = { role: 'anon', claims: { role: 'anon' } }
export const as = (sub: string, more: object = {}): Caller => ({
  role: 'authenticated',
  claims: { role: 'authenticated', sub, ...more },
})
