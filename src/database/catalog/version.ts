import { createHash } from 'node:crypto'
import type { Pool } from 'pg'

/**
 * A cheap fingerprint of what the APIs show: the transactions that last wrote each catalogue row of the exposed
 * schemas, and of the tables that their views are made of; and what leads from them to tables elsewhere: partitions,
 * views and policies, of any schema. Renames, comments, new columns, grants (kept in the rows'
 * ACLs) and role settings all change it.
 */
const query = `
  with recursive own as (
    select distinct btrim(name) as name from pg_db_role_setting s cross join unnest(s.setconfig) entry
    cross join unnest(string_to_array(substr(entry, strpos(entry, '=') + 1), ',')) name
    where $2 and s.setrole = (select oid from pg_roles where rolname = current_user)
      and s.setdatabase in (0, (select oid from pg_database where datname = current_database()))
      and entry like 'pgrst.db\\_schemas=%'),
  n as (select oid from pg_namespace where nspname = any($1::text[]) or nspname in (select name from own)),
  c as (
    select oid from pg_class where relnamespace in (select oid from n)
    union
    select d.refobjid from c join pg_rewrite r on r.ev_class = c.oid
    join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid and d.refclassid = 'pg_class'::regclass),
  p as (select oid, xmin from pg_proc where pronamespace in (select oid from n))
  select concat_ws('|',
    (select string_agg(xmin::text, ',' order by oid) from pg_namespace where oid in (select oid from n)),
    (select md5(string_agg(oid || ':' || xmin, ',' order by oid)) from pg_class where oid in (select oid from c)),
    (select md5(string_agg(attrelid || ':' || attnum || ':' || xmin, ',' order by attrelid, attnum)) from pg_attribute where attrelid in (select oid from c)),
    (select md5(string_agg(oid || ':' || xmin, ',' order by oid)) from p),
    (select md5(string_agg(oid || ':' || xmin, ',' order by oid)) from pg_rewrite where ev_class >= 16384),
    (select md5(string_agg(oid || ':' || xmin, ',' order by oid)) from pg_trigger where tgrelid in (select oid from c) and not tgisinternal),
    (select md5(string_agg(oid || ':' || xmin, ',' order by oid)) from pg_policy),
    (select md5(string_agg(inhrelid || ':' || inhparent || ':' || xmin, ',' order by inhrelid, inhparent)) from pg_inherits),
    (select md5(string_agg(oid || ':' || xmin, ',' order by oid)) from pg_constraint where conrelid in (select oid from c)),
    (select md5(string_agg(indexrelid || ':' || xmin, ',' order by indexrelid)) from pg_index where indrelid in (select oid from c)),
    (select md5(string_agg(oid || ':' || xmin, ',' order by oid)) from pg_type where typtype in ('e', 'd')),
    (select md5(string_agg(oid || ':' || xmin, ',' order by oid)) from pg_enum),
    (select md5(string_agg(oid || ':' || xmin, ',' order by oid)) from pg_cast where castcontext = 'i' and castmethod = 'f'),
    (select md5(string_agg(objoid || ':' || objsubid || ':' || xmin, ',' order by classoid, objoid, objsubid)) from pg_description
      where objoid in (select oid from n union select oid from c union select oid from p
        union select oid from pg_constraint where conrelid in (select oid from c) union select oid from pg_type where typtype = 'e')),
    (select md5(string_agg(concat_ws(':', oid, rolname, rolsuper, rolbypassrls, rolinherit), ',' order by oid)) from pg_roles),
    (select md5(string_agg(roleid || ':' || member || ':' || xmin, ',' order by roleid, member, xmin::text)) from pg_auth_members),
    (select md5(string_agg(setdatabase || ':' || setrole || ':' || xmin, ',' order by setdatabase, setrole)) from pg_db_role_setting)
  ) as state, array(select name from own) as own`

/** The schemas that the APIs expose. */
export interface Exposed {
  /** Of every API, most preferred first. */
  readonly schemas: readonly string[]
  /** Of the Data API besides, as is what `pgrst.db_schemas` names; undefined where that is not answered here. */
  readonly restSchemas?: readonly string[] | undefined
}

export interface Version {
  readonly version: string
  /** All that are exposed by any API. */
  readonly schemas: readonly string[]
}

export async function readVersion(pool: Pool, { schemas, restSchemas }: Exposed): Promise<Version> {
  const known = [...schemas, ...(restSchemas ?? [])]
  const { rows } = await pool.query<{ state: string; own: string[] }>(query, [known, restSchemas !== undefined])
  const { state = '', own = [] } = rows[0] ?? {}
  const version = createHash('sha256').update(state).digest('base64url').slice(0, 16)
  return { version, schemas: [...new Set([...known, ...own])] }
}

/** Changes with every transaction that has written anything and has ended: as long as it stays, so does the version. */
export async function readSnapshot(pool: Pool): Promise<string> {
  const { rows } = await pool.query<{ snapshot: string }>('select pg_current_snapshot()::text as snapshot')
  return rows[0]?.snapshot ?? ''
}
