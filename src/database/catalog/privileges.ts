import { createHash } from 'node:crypto'
import type { Pool } from 'pg'

type Verb = 'select' | 'insert' | 'update'

/** What one role may do, from the database's own `has_…_privilege`. */
export interface Privileges {
  /** The same for roles that may do the same. */
  readonly fingerprint: string
  /** Columns that the role may use, by the table's oid and the kind of use. */
  column(table: number, verb: Verb, column: string): boolean
  delete(table: number): boolean
  /** No policy hides a row of the table from the role. */
  seesAll(table: number): boolean
  execute(fn: number): boolean
  /** Whether the role has `usage` of an enum. */
  use(type: number): boolean
}

const query = `
  with role as (select oid, rolsuper or rolbypassrls as bypasses from pg_roles where rolname = $1),
  visible as (
    select c.oid, c.relrowsecurity from pg_class c
    where c.relnamespace = any (select n.oid from pg_namespace n, role where n.nspname = any($2::text[])
        and has_schema_privilege(role.oid, n.oid, 'usage'))
      and c.relkind in ('r', 'p', 'v', 'm', 'f'))
  select
    (select coalesce(json_object_agg(v.oid, json_build_object(
      'delete', has_table_privilege(role.oid, v.oid, 'delete'),
      'all', not v.relrowsecurity or role.bypasses or exists (
          select from pg_policy p where p.polrelid = v.oid and p.polpermissive and p.polcmd in ('r', '*')
            and pg_get_expr(p.polqual, p.polrelid) = 'true'
            and exists (select from unnest(p.polroles) r where r = 0 or pg_has_role(role.oid, r, 'usage')))
        and not exists (select from pg_policy p where p.polrelid = v.oid and not p.polpermissive),
      'select', columns(v.oid, 'select'), 'insert', columns(v.oid, 'insert'), 'update', columns(v.oid, 'update'))), '{}')
     from visible v) as tables,
    (select coalesce(json_agg(p.oid::bigint), '[]') from pg_proc p join pg_namespace n on n.oid = p.pronamespace
     where n.nspname = any($2::text[]) and has_schema_privilege(role.oid, n.oid, 'usage')
       and has_function_privilege(role.oid, p.oid, 'execute')) as functions,
    (select coalesce(json_agg(t.oid::bigint), '[]') from pg_type t
     where t.typtype = 'e' and not has_type_privilege(role.oid, t.oid, 'usage')) as "forbiddenTypes"
  from role`
  // A table privilege covers every column ('*'); only without it are columns asked one by one.
  .replaceAll(
    /columns\(v\.oid, '(\w+)'\)/g,
    (_, verb) => `case when has_table_privilege(role.oid, v.oid, '${verb}') then '"*"'::json else (
      select coalesce(json_agg(a.attname), '[]') from pg_attribute a
      where a.attrelid = v.oid and a.attnum > 0 and not a.attisdropped
        and has_column_privilege(role.oid, v.oid, a.attnum, '${verb}')) end`,
  )

interface TablePrivileges extends Record<Verb, '*' | readonly string[]> {
  readonly delete: boolean
  readonly all: boolean
}

interface Row {
  readonly tables: Readonly<Record<number, TablePrivileges>>
  readonly functions: readonly number[]
  readonly forbiddenTypes: readonly number[]
}

/** Reads what `role` may do in the exposed schemas. A role that does not exist may do nothing. */
export async function readPrivileges(pool: Pool, role: string, schemas: readonly string[]): Promise<Privileges> {
  const { rows } = await pool.query<Row>(query, [role, schemas])
  const tables = rows[0]?.tables ?? {}
  const functions = new Set(rows[0]?.functions)
  const forbiddenTypes = new Set(rows[0]?.forbiddenTypes)
  return {
    fingerprint: createHash('sha256')
      .update(JSON.stringify(rows[0] ?? null))
      .digest('base64url'),
    column(table, verb, column) {
      const columns = tables[table]?.[verb] ?? []
      return columns === '*' || columns.includes(column)
    },
    delete: (table) => tables[table]?.delete ?? false,
    seesAll: (table) => tables[table]?.all ?? false,
    execute: (fn) => functions.has(fn),
    use: (type) => !forbiddenTypes.has(type),
  }
}
