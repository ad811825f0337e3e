import { SignJWT } from 'jose'
import pg from 'pg'
import { createTokenVerifier } from '#auth'
import type { Connections } from '#database'
import type { ChangeSource, Gateway } from '#gateway'
import { createDispatch, createRoutes, openHttpServer } from '#http'
import { createMetrics, silent } from '#observe'
import type { UsedDatabase } from './database.ts'
import { useFixture } from './fixture.ts'
import { createTestGateway, type TestGateway, type TestGatewayOptions } from './gateway.ts'

const secret = 'super-secret-jwt-token-with-at-least-32-characters-long'

export interface Door {
  /** Of GraphQL. */
  readonly url: string
  readonly webSocketUrl: string
  readonly key: string
  close(): Promise<void>
}

/** The HTTP server as an app has it, in front of a gateway alone; tokens are verified as anywhere. */
export async function openDoor(gateway: Gateway): Promise<Door> {
  const [anonKey, serviceRoleKey] = await Promise.all([sign({ role: 'anon' }), sign({ role: 'service_role' })])
  const keys = { anonKey, serviceRoleKey, publishableKey: 'sb_publishable_live', secretKey: 'sb_secret_live' }
  const verifier = createTokenVerifier({ secret, apiKeys: [anonKey, serviceRoleKey] })
  const server = await openHttpServer({ host: '127.0.0.1', port: 0, observe: silent })
  server.serve(
    createRoutes({
      graphql: gateway,
      maxOperationSize: 10 * 1024 * 1024,
      dispatch: createDispatch({ services: new Map(), keys }),
      keys,
      verify: (token) => verifier.verify(token),
      ready: async () => true,
      metrics: createMetrics(),
      openMetrics: false,
    }),
  )
  return {
    url: `http://127.0.0.1:${server.port}/graphql/v1`,
    webSocketUrl: `ws://127.0.0.1:${server.port}/graphql/v1`,
    key: keys.publishableKey,
    close: () => server.close(0),
  }
}

/** A token as Auth makes one. */
export function sign(claims: Readonly<Record<string, unknown>>, expiresIn = 3600): Promise<string> {
  const now = Math.floor(Date.now() / 1000)
  return new SignJWT({ role: 'authenticated', ...claims })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuedAt(now)
    .setExpirationTime(now + expiresIn)
    .sign(new TextEncoder().encode(secret))
}

export interface HeardChanges extends ChangeSource {
  /** Those that are watched, `schema.table`, each as often as it is. */
  readonly watched: readonly string[]
  /** As one does that may have missed something. */
  tellAll(): void
  close(): Promise<void>
}

/** Hears of changes from triggers on the tables: what is rolled back is not told. */
async function hearChanges(connections: Connections, tables: readonly string[]): Promise<HeardChanges> {
  const client = new pg.Client(connections.for('supabase_admin'))
  await client.connect()
  await client.query(`create or replace function tell_change() returns trigger language plpgsql as
    $$ begin perform pg_notify('changed', tg_table_schema || '.' || tg_table_name); return null; end $$`)
  for (const table of tables) {
    await client.query(
      `create trigger tell_change after insert or update or delete on ${table} execute function tell_change()`,
    )
  }
  const watches = new Set<{ names: readonly string[]; onChange: () => void }>()
  client.on('notification', ({ payload = '' }) => {
    for (const { names, onChange } of watches) if (names.includes(payload)) onChange()
  })
  await client.query('listen changed')
  return {
    get watched() {
      return [...watches].flatMap(({ names }) => names)
    },
    async watch(tables, onChange) {
      const watch = { names: tables.map(({ schema, name }) => `${schema}.${name}`), onChange }
      watches.add(watch)
      return () => void watches.delete(watch)
    },
    tellAll() {
      for (const { onChange } of watches) onChange()
    },
    close: () => client.end(),
  }
}

export interface LiveGateway {
  readonly gateway: TestGateway
  readonly door: Door
  readonly changes: HeardChanges
  /** How many it has sent to the database for answers. */
  readonly statements: number
  close(): Promise<void>
}

/** A gateway behind its door, which hears of changes of some tables, for all tests of a file. */
export function useLive(
  database: UsedDatabase,
  tables: readonly string[],
  options: Omit<TestGatewayOptions, 'changes' | 'wrap'> = {},
): LiveGateway {
  return useFixture(async () => {
    let statements = 0
    const changes = await hearChanges(database.connections, tables)
    const gateway = await createTestGateway(database, {
      ...options,
      changes,
      wrap: (pool) => ({
        ...pool,
        bytes(...asked) {
          statements++
          return pool.bytes(...asked)
        },
      }),
    })
    const door = await openDoor(gateway.gateway)
    return {
      ...{ gateway, door, changes },
      get statements() {
        return statements
      },
      async close() {
        await gateway.close()
        await Promise.all([door.close(), changes.close()])
      },
    }
  })
}
