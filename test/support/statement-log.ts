import pg from 'pg'
import type { Connections } from '#database'
import { administer } from './administer.ts'

/** Who did what to the database's objects, written by the database itself. */
export interface StatementLog {
  /** Since the log was opened; `drop`s and `comment`s included, `login: command`. */
  commands(): Promise<string[]>
  /** Rows by table, outside of what belongs to sessions and the server itself. */
  writes(): Promise<Record<string, unknown>[]>
}

/** Objects that belong to all databases raise no event; these are what their rows were last written by. */
const shared = `
  select md5(string_agg(line, ',' order by line)) as state from (
    select 'role ' || oid || ' ' || xmin as line from pg_authid
    union all select 'member ' || roleid || ' ' || member || ' ' || xmin from pg_auth_members
    union all select 'database ' || oid || ' ' || xmin from pg_database
    union all select 'setting ' || setdatabase || ' ' || setrole || ' ' || xmin from pg_db_role_setting) lines`

/** Opens a log of all DDL in a database, kept by event triggers that only a superuser can make or silence. */
export async function openStatementLog(connections: Connections): Promise<StatementLog> {
  await administer(
    connections,
    'drop schema if exists ddl_log cascade',
    'create schema ddl_log',
    'create table ddl_log.command (at timestamptz default clock_timestamp(), login text, command text)',
    `create function ddl_log.keep() returns event_trigger language plpgsql security definer set search_path = '' as $$
       begin insert into ddl_log.command (login, command) values (session_user, tg_tag); end $$`,
    'create event trigger ddl_log_commands on ddl_command_end execute function ddl_log.keep()',
    'create event trigger ddl_log_drops on sql_drop execute function ddl_log.keep()',
  )
  const [before] = await read(connections, shared)
  return {
    async commands() {
      const rows = await read(connections, "select login || ': ' || command as line from ddl_log.command order by at")
      const [after] = await read(connections, shared)
      const changed = after?.state === before?.state ? [] : ['somebody: changed roles, databases or their settings']
      return [...rows.map(({ line }) => String(line)), ...changed]
    },
    writes: () =>
      read(
        connections,
        `select schemaname, relname, n_live_tup::int as rows from pg_stat_user_tables where schemaname <> 'ddl_log' order by 1, 2`,
      ),
  }
}

async function read(connections: Connections, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client(connections.for('supabase_admin'))
  await client.connect()
  try {
    return (await client.query(text)).rows as Record<string, unknown>[]
  } finally {
    await client.end()
  }
}
