import { readFileSync } from 'node:fs'
import { sql } from 'kysely'
import type pg from 'pg'
import { PorticoError } from '#errors'
import { rows } from '../administer.ts'
import { pgtapScript } from './pgtap.ts'
import { type StandIn, standIns } from './stand-ins.ts'

/**
 * Whoever may create in the target schema could otherwise plant functions and operators there that fit the script's
 * calls better than the catalogue's do, and have them run as the superuser that creates the extension.
 */
const trustNoSchema = 'set local search_path = pg_catalog, pg_temp;\n'

/**
 * The script of a stand-in: it must name the schema of all that is not the catalogue's. Undefined for a genuine one that
 * was not installed with Portico.
 */
export function standInScript({ name, version, genuine }: StandIn): string | undefined {
  if (genuine) return pgtapScript(version)
  return trustNoSchema + readFileSync(new URL(`./sql/${name}.sql`, import.meta.url), 'utf8')
}

/**
 * Creates an extension: from the server if it has it, otherwise a stand-in's objects as plain SQL (a server of
 * one's own, where no folder of ours can be set). `client` must be the administrator's, in a transaction.
 *
 * @returns false if neither is to be had.
 */
export async function installExtension(client: pg.ClientBase, name: string, schema?: string): Promise<boolean> {
  const [offered] = await rows(
    client,
    sql<{ installed: boolean }>`select installed_version is not null as installed
      from pg_available_extensions where name = ${name}`,
  )
  if (offered?.installed) return true
  if (offered) {
    if (schema) await makeSchema(client, schema)
    await createExtension(client, name, schema)
    return true
  }
  await installStandIn(client, name, schema)
  return hasStandIn(name)
}

/** Whether a stand-in can be made in any server, as plain SQL. */
export function hasStandIn(name: string): boolean {
  return standInOf(name) !== undefined
}

/** Makes a stand-in's objects as plain SQL, once. */
export async function installStandIn(client: pg.ClientBase, name: string, schema?: string): Promise<void> {
  const standIn = standInOf(name)
  if (standIn) await installPlainly(client, standIn, schema)
}

function standInOf(name: string): StandIn | undefined {
  return standIns.find((candidate) => candidate.name === name && !candidate.embedded)
}

/** Makes `postgres` the extension's owner where the server lets it be, so that a migration may drop or describe it. */
async function createExtension(client: pg.ClientBase, name: string, schema: string | undefined): Promise<void> {
  const statement = schema
    ? sql`create extension ${sql.id(name)} with schema ${sql.id(schema)}`
    : sql`create extension ${sql.id(name)}`
  await client.query('savepoint extension')
  try {
    await client.query('set local role postgres')
    await rows(client, statement)
    await client.query('reset role')
  } catch {
    await client.query('rollback to savepoint extension')
    await rows(client, statement)
  }
}

async function installPlainly(client: pg.ClientBase, standIn: StandIn, schema: string | undefined): Promise<void> {
  const target = standIn.schema ?? schema ?? 'extensions'
  await makeSchema(client, target)
  const [made] = await rows(
    client,
    sql<{ there: boolean }>`select to_regclass('portico.stand_ins') is not null
      and exists (select from portico.stand_ins where name = ${standIn.name}) as there`,
  )
  if (made?.there) return
  for (const required of standIn.requires ?? []) await installExtension(client, required, 'extensions')
  const script = standInScript(standIn)
  if (script === undefined) throw new PorticoError('EXTENSION_UNAVAILABLE', { message: notInstalled(standIn.name) })
  const [before] = await rows(client, sql<{ path: string }>`select current_setting('search_path') as path`)
  if (standIn.genuine) await runAsPostgres(client, script, target)
  else await client.query(withSchemas(script, target, await schemasOfExtensions(client)))
  await rows(client, sql`select set_config('search_path', ${before?.path}, true)`)
  await rows(
    client,
    sql`insert into portico.stand_ins (name, version, schema) values (${standIn.name}, ${standIn.version}, ${target})`,
  )
}

/** As `create extension` runs a script that is to have no more rights than whoever calls it. */
async function runAsPostgres(client: pg.ClientBase, script: string, target: string): Promise<void> {
  await rows(client, sql`grant usage, create on schema ${sql.id(target)} to postgres`)
  await rows(client, sql`select set_config('search_path', quote_ident(${target}), true)`)
  await client.query('set local role postgres')
  await client.query(script)
  await client.query('reset role')
}

function notInstalled(name: string): string {
  return `The extension ${name} was left out when Portico was installed (npm --omit=dev), and the server does not have it.`
}

/** `if not exists` alone would still ask for the right to make it, and refuse the name pg_catalog. */
async function makeSchema(client: pg.ClientBase, name: string): Promise<void> {
  const [found] = await rows(
    client,
    sql<{ there: boolean }>`select to_regnamespace(quote_ident(${name})) is not null as there`,
  )
  if (!found?.there) await rows(client, sql`create schema ${sql.id(name)}`)
}

/** Fills in what `create extension` would: `@extschema@` and `@extschema:NAME@`. */
function withSchemas(script: string, target: string, others: ReadonlyMap<string, string>): string {
  const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`
  return script
    .replaceAll('@extschema@', () => quoted(target))
    .replaceAll(/@extschema:([\w-]+)@/g, (_, name: string) => quoted(others.get(name) ?? 'extensions'))
}

async function schemasOfExtensions(client: pg.ClientBase): Promise<ReadonlyMap<string, string>> {
  const found = await rows(
    client,
    sql<{ name: string; schema: string }>`
      select extname as name, extnamespace::regnamespace::text as schema from pg_extension
      union all select name, schema from portico.stand_ins`,
  )
  return new Map(found.map(({ name, schema }) => [name, schema]))
}
