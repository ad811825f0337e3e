import { fileURLToPath } from 'node:url'
import { CompiledQuery } from 'kysely'
import pg from 'pg'
import { applyProject, type Caller, type Connections, createCallerPool } from '#database'
import { silent } from '#observe'
import { cloneDatabase } from '../support/database.ts'

/** This repository, which is the project. */
export const root = fileURLToPath(new URL('../../', import.meta.url))

type Row = Record<string, unknown>

/** A database of its own with the reference application's migrations and seed in it. */
export interface PhotoPlatform extends AsyncDisposable {
  readonly connections: Connections
  /** One statement under the caller's role and claims. */
  as(caller: Caller, text: string, values?: unknown[]): Promise<Row[]>
  /** One statement past all policies. */
  sql(text: string, values?: unknown[]): Promise<Row[]>
  /** A connection as `authenticator`, for what needs transactions of its own. */
  connect(): Promise<pg.Client>
}

export async function openPhotoPlatform(): Promise<PhotoPlatform> {
  const database = await cloneDatabase()
  await applyProject({
    connections: database.connections,
    root,
    supabase: `${root}supabase`,
    migrations: { enabled: true, schemaPaths: [] },
    seed: { enabled: true, sqlPaths: ['./seed.sql'] },
    observe: silent,
  })
  const callers = await createCallerPool({ connections: database.connections, observe: silent, size: 10 })
  const admin = new pg.Pool({ ...database.connections.for('supabase_admin'), max: 1 })
  return {
    connections: database.connections,
    as: (caller, text, values = []) =>
      callers.transaction(caller, undefined, async (trx) => {
        const { rows } = await trx.executeQuery<Row>(CompiledQuery.raw(text, values))
        return rows
      }),
    sql: async (text, values = []) => (await admin.query<Row>(text, values)).rows,
    async connect() {
      const client = new pg.Client(database.connections.for('authenticator'))
      await client.connect()
      return client
    },
    async [Symbol.asyncDispose]() {
      await callers.close()
      await admin.end()
      await database.drop()
    },
  }
}

// The seed's ids.
const id = (blocks: string) => (number: number) => `00000000-0000-4000-${blocks}-${String(number).padStart(12, '0')}`
export const person = id('a000')
export const photograph = id('b000')
export const openCall = id('8000')
export const submission = id('8001')

// The seed's people.
export const anyone: Caller = { role: 'anon', claims: { role: 'anon' } }
export const photographer = (number: number): Caller => user(person(number))
export const ada = photographer(1)
export const stranger = photographer(18)
export const edith: Caller = user(person(29), { role: 'editor' })

function user(sub: string, appMetadata: Row = {}): Caller {
  return { role: 'authenticated', claims: { role: 'authenticated', sub, app_metadata: appMetadata } }
}
