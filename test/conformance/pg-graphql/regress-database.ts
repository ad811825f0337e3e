import pg from 'pg'
import { graphqlDefaults } from '#config'
import { createCallerPool, type PostgresServer, watchCatalog } from '#database'
import { createGateway } from '#gateway'
import { silent } from '#observe'
import { serveOnLoopback } from '../../support/loopback-server.ts'

/** A GraphQL request as a regress file makes it. */
export interface Call {
  readonly query: string
  readonly variables: Readonly<Record<string, unknown>> | null
  readonly operationName: string | null
}

/** A database that a regress file runs in, with a gateway in front of it. */
export interface RegressDatabase {
  /** Runs one statement of the file and answers its rows' only values, a line each. */
  statement(sql: string): Promise<string>
  /** Asks over HTTP, as the session's role and for the schemas of its search path. */
  ask(call: Call): Promise<unknown>
  drop(): Promise<void>
}

/** What pg_regress sets for every session. */
const settings = { timezone: 'America/Los_Angeles', datestyle: 'Postgres, MDY', intervalstyle: 'postgres_verbose' }

const name = 'pg_graphql_regress'

/**
 * The SQL function of the files, in two passes: the first notes what is asked, the second returns what was answered,
 * so that whatever a file does around the call is done to Portico's answer.
 */
const resolve = `
  create schema graphql; grant usage on schema graphql to public;
  create function graphql.resolve(query text, variables jsonb default '{}', "operationName" text default null, extensions jsonb default null)
    returns jsonb language sql as $$
      select coalesce(nullif(current_setting('regress.answer', true), '')::jsonb,
        case when set_config('regress.call', json_build_object('query', query, 'variables', variables, 'operationName', "operationName")::text, false) is null
        then null::jsonb end) $$;
  create function graphql.encode(value jsonb) returns text language sql immutable as $$ select encode(convert_to(value::text, 'utf8'), 'base64') $$;
  comment on schema public is '@graphql({"inflect_names": true})'`

export async function createRegressDatabase(
  server: PostgresServer,
  roles: ReadonlySet<string>,
): Promise<RegressDatabase> {
  const admin = new pg.Client(server.connections('postgres').for('supabase_admin'))
  await admin.connect()
  await admin.query(`drop database if exists ${name} with (force)`)
  const { rows } = await admin.query<{ rolname: string }>('select rolname from pg_roles')
  for (const { rolname } of rows)
    if (!roles.has(rolname)) await admin.query(`drop role ${pg.escapeIdentifier(rolname)}`)
  await admin.query(`create database ${name} template template0 locale 'C' encoding 'utf8'`)
  for (const [setting, value] of Object.entries(settings))
    await admin.query(`alter database ${name} set ${setting} to '${value}'`)
  await admin.end()

  const connections = server.connections(name)
  const session = new pg.Client(connections.for('supabase_admin'))
  await session.connect()
  await session.query(resolve)
  const gateways = new Map<string, Promise<Gateway>>()

  async function where(): Promise<{ role: string; schemas: string[]; zone: string }> {
    const found = await session.query<{ role: string; schemas: string[]; zone: string }>(
      `select current_user as role, array_remove(current_schemas(false)::text[], 'graphql') as schemas, current_setting('timezone') as zone`,
    )
    return found.rows[0] ?? { role: 'anon', schemas: ['public'], zone: 'UTC' }
  }

  return {
    async statement(sql) {
      const answer = await session.query({ text: sql, rowMode: 'array' })
      return (answer.rows as unknown[][])
        .map(([value]) => (typeof value === 'object' ? JSON.stringify(value) : String(value)))
        .join('\n')
    },
    async ask(call) {
      const { role, schemas, zone } = await where()
      await session.query(`reset role`)
      await session.query(`grant ${pg.escapeIdentifier(role)} to authenticator`)
      await session.query(`set role ${pg.escapeIdentifier(role)}`)
      const key = JSON.stringify([zone, schemas])
      const inZone: typeof connections = {
        for: (user) => ({ ...connections.for(user), options: `-c timezone=${zone}` }),
      }
      if (!gateways.has(key)) gateways.set(key, openGateway(inZone, schemas))
      return await (await gateways.get(key))?.ask(call, role)
    },
    async drop() {
      for (const gateway of gateways.values()) await (await gateway).close()
      await session.end()
    },
  }
}

interface Gateway {
  ask(call: Call, role: string): Promise<unknown>
  close(): Promise<void>
}

async function openGateway(
  connections: ReturnType<PostgresServer['connections']>,
  schemas: string[],
): Promise<Gateway> {
  const callers = await createCallerPool({ connections, observe: silent, size: 1 })
  const catalog = await watchCatalog({ connections, observe: silent, schemas, pollEvery: 3_600_000 })
  const gateway = await createGateway({
    mode: 'production',
    settings: { ...graphqlDefaults, introspection: false },
    callers,
    catalog,
    composed: [],
    services: { url: 'http://portico.test', publishableKey: 'unused', secretKey: 'unused', fetch },
    schemaFolder: '/nonexistent',
    observe: silent,
  })
  const http = await serveOnLoopback(async (req, res) => {
    const role = String(req.headers['x-role'])
    Object.assign(req, { body: Buffer.concat(await req.toArray()) })
    const requestInfo = { method: 'POST', path: '/graphql/v1', headers: {} }
    await gateway.handle(req, res, { caller: { role, claims: { role } }, requestInfo })
  })
  return {
    async ask(call, role) {
      await catalog.refresh()
      const response = await fetch(`${http.url}/graphql/v1`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-role': role },
        body: JSON.stringify(call),
      })
      return await response.json()
    },
    async close() {
      await http[Symbol.asyncDispose]()
      await catalog.close()
      await callers.close()
    },
  }
}
