import { type RawBuilder, sql } from 'kysely'
import pg from 'pg'
import { errorMessage, PorticoError } from '#errors'
import { heldOpen } from './connections.ts'
import { ipv6Hint } from './ipv6-only.ts'
import { compileSql } from './sql/index.ts'

/** Runs one statement and gives its rows. */
export async function rows<Row>(client: pg.ClientBase, statement: RawBuilder<Row>): Promise<Row[]> {
  const { text, parameters } = compileSql(statement)
  const result = await client.query(text, [...parameters])
  return result.rows as Row[]
}

/**
 * Lends one connection of its own to the work, and ends it afterwards, whatever happened.
 *
 * @throws PorticoError DATABASE_UNREACHABLE when it cannot connect.
 */
export async function administer<T>(config: pg.ClientConfig, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ application_name: 'portico', connectionTimeoutMillis: 10_000, ...config })
  // A server that goes away fails the statement under way; an idle connection must not end the process.
  client.on('error', () => {})
  try {
    await client.connect()
  } catch (cause) {
    throw new PorticoError('DATABASE_UNREACHABLE', {
      message: `The database at ${client.host}:${client.port} cannot be reached: ${errorMessage(cause)}${ipv6Hint(client.host, cause)}`,
      cause,
    })
  }
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

/** Names without a schema are Postgres' own, whatever was put in the way of them. */
const ownPath = 'pg_catalog,pg_temp'

/**
 * The same for the administrator, who must not come upon functions and operators that the project's `postgres` put in
 * the way, whatever search path was set for the database.
 */
export async function asAdministrator<T>(config: pg.ClientConfig, work: (client: pg.Client) => Promise<T>): Promise<T> {
  return await administer(config, async (client) => {
    await client.query(`set search_path = ${ownPath}`)
    return await work(client)
  })
}

/**
 * The same for a connection that is held, which no time limit of the project's ends, and which notices where its server
 * has vanished; one through a pooler takes no such options.
 */
export function amongPostgresOwn(config: pg.ClientConfig): pg.ClientConfig {
  const settings = `-c search_path=${ownPath} -c statement_timeout=0 -c idle_session_timeout=0`
  return { ...heldOpen, ...config, options: [config.options, settings].filter(Boolean).join(' ') }
}

/** Runs the work in a transaction, which an error undoes. */
export async function transaction<T>(client: pg.ClientBase, work: () => Promise<T>): Promise<T> {
  await client.query('begin')
  try {
    const result = await work()
    await client.query('commit')
    return result
  } catch (error) {
    await client.query('rollback').catch(() => {})
    throw error
  }
}

/** Any number, the same for every Portico: two that build one database wait for one another. */
const lock = 0x706f7274

/** Waits until no other Portico is building this database; held until the connection ends. */
export async function lockDatabase(client: pg.ClientBase): Promise<void> {
  await rows(client, sql`select pg_advisory_lock(${lock})`)
}
