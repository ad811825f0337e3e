import type { Pool } from 'pg'

/** A table whose rows decide what is seen of others. */
export interface TableBehind {
  readonly schema: string
  readonly name: string
  /** Only policies look at it. */
  readonly ofPolicies: boolean
}

/**
 * From relations to the tables that their rows are stored in: through views, to tables that inherit and to partitions;
 * and to those that their policies name. What functions look at, the catalogue does not tell.
 */
const query = `
  with recursive behind(oid, policed) as (
    select oid, false from unnest($1::oid[]) oid
    union
    select next.oid, behind.policed or next.policed from behind cross join lateral (
      select d.refobjid as oid, false as policed from pg_rewrite r
      join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid and d.refclassid = 'pg_class'::regclass
      where r.ev_class = behind.oid
      union all
      select inhrelid, false from pg_inherits where inhparent = behind.oid
      union all
      select d.refobjid, true from pg_policy p
      join pg_depend d on d.classid = 'pg_policy'::regclass and d.objid = p.oid and d.refclassid = 'pg_class'::regclass
      where p.polrelid = behind.oid and p.polcmd in ('r', '*') and d.refobjid <> behind.oid
    ) next)
  select n.nspname as schema, c.relname as name, bool_and(behind.policed) as "ofPolicies"
  from behind join pg_class c on c.oid = behind.oid join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p') and c.relpersistence = 'p' and n.nspname not in ('pg_catalog', 'information_schema')
  group by 1, 2 order by 1, 2`

export async function readTablesBehind(pool: Pool, oids: readonly number[]): Promise<readonly TableBehind[]> {
  return (await pool.query<TableBehind>(query, [oids])).rows
}
