import type pg from 'pg'
import { platformSchemas } from '../platform-schemas.ts'

/** A table with rows of its own; names are quoted where they need it. */
export interface DumpedTable {
  readonly name: string
  /** Those that hold what was written: none that is generated. */
  readonly columns: readonly string[]
}

/** What a fresh platform fills by itself. */
const filled = ['auth.schema_migrations', 'storage.migrations']

const own = `n.nspname <> all($1) and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
  and (cardinality($2::text[]) = 0 or n.nspname = any($2))
  and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')`

/** The tables of a dump, by name. Partitions stand for the tables that they are of. */
export async function tablesOf(
  client: pg.ClientBase,
  schemas: readonly string[],
  excluded: readonly string[],
): Promise<readonly DumpedTable[]> {
  const { rows } = await client.query<DumpedTable>(
    `select format('%I.%I', n.nspname, c.relname) as name,
       array(select quote_ident(attname) from pg_attribute
         where attrelid = c.oid and attnum > 0 and not attisdropped and attgenerated = '' order by attnum) as columns
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind = 'r' and c.relpersistence <> 't' and ${own} and n.nspname || '.' || c.relname <> all($3)
     order by n.nspname, c.relname`,
    [platformSchemas, schemas, [...filled, ...excluded]],
  )
  return rows
}

/** Statements that put sequences where they stand. */
export async function sequencesOf(client: pg.ClientBase, schemas: readonly string[]): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string; literal: string }>(
    `select format('%I.%I', n.nspname, c.relname) as name, quote_literal(format('%I.%I', n.nspname, c.relname)) as literal
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind = 'S' and c.relpersistence <> 't' and ${own} order by n.nspname, c.relname`,
    [platformSchemas, schemas],
  )
  const statements: string[] = []
  for (const { name, literal } of rows) {
    const { rows: state } = await client.query<{ last: string; called: boolean }>(
      `select last_value::text as last, is_called as called from ${name}`,
    )
    if (state[0]) statements.push(`select pg_catalog.setval(${literal}, ${state[0].last}, ${state[0].called});`)
  }
  return statements
}

/** Statements that fill materialized views from the rows that were read back, each after those it may read. */
export async function refreshesOf(client: pg.ClientBase, schemas: readonly string[]): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select format('%I.%I', n.nspname, c.relname) as name
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind = 'm' and c.relispopulated and ${own} order by c.oid`,
    [platformSchemas, schemas],
  )
  return rows.map(({ name }) => `refresh materialized view ${name};`)
}
