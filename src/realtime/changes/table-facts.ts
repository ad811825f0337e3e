import { sql } from 'kysely'
import type { Caller, CallerPool } from '#database'
import { compileSql } from '#database'
import type { TableName } from '../feed/index.ts'

export interface ColumnFacts {
  readonly name: string
  /** As the client is told of it: `int4`, `timestamptz`, `_text`. */
  readonly type: string
  /** As SQL spells it: `numeric(10,2)`, `text[]`; undefined where the role may not name it. */
  readonly spelled: string | undefined
  /** A domain may refuse null, which stands for what a change does not tell of. */
  readonly isDomain: boolean
  readonly isKey: boolean
  readonly isSelectable: boolean
}

/** What there is to know of a table for one role, now. */
export interface TableFacts extends TableName {
  readonly hasRowSecurity: boolean
  /** Of the old row everything is kept (`replica identity full`). */
  readonly keepsOldRows: boolean
  /** What the publication `supabase_realtime` tells of; none where the table is not in it. */
  readonly published: readonly string[]
  readonly columns: readonly ColumnFacts[]
}

/** The publication whose tables clients may subscribe to. */
const publication = 'supabase_realtime'

/** `*` stands for every name. */
export const any = '*'

/** Reads the published tables of these names, as the role that asks sees them. */
export async function readTableFacts(
  callers: CallerPool,
  caller: Caller,
  { schema, name }: TableName,
): Promise<readonly TableFacts[]> {
  const conditions = [
    ...(schema === any ? [] : [sql`n.nspname = ${schema}`]),
    ...(name === any ? [] : [sql`c.relname = ${name}`]),
  ]
  const { text, parameters } = compileSql(sql`
    select coalesce(json_agg(json_build_object(
      'schema', n.nspname,
      'name', c.relname,
      'hasRowSecurity', c.relrowsecurity,
      'keepsOldRows', c.relreplident = 'f',
      'published', published.actions,
      'columns', (
        select coalesce(json_agg(json_build_object(
          'name', a.attname,
          'type', t.typname,
          'spelled', case when has_schema_privilege(t.typnamespace, 'usage') then format_type(a.atttypid, a.atttypmod) end,
          'isDomain', t.typtype = 'd',
          'isKey', a.attnum = any(k.indkey),
          'isSelectable', has_schema_privilege(n.oid, 'usage') and has_column_privilege(c.oid, a.attnum, 'select')
        ) order by a.attnum), '[]')
        from pg_catalog.pg_attribute a
        join pg_catalog.pg_type t on t.oid = a.atttypid
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      )
    )), '[]')::text
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    left join lateral (
      select i.indkey::int2[] from pg_catalog.pg_index i where i.indrelid = c.oid and i.indisprimary
    ) as k on true
    cross join lateral (
      select array_remove(array[
        case when p.pubinsert then 'INSERT' end,
        case when p.pubupdate then 'UPDATE' end,
        case when p.pubdelete then 'DELETE' end
      ], null)
      from pg_catalog.pg_publication p
      where p.pubname = ${publication} and (
        p.puballtables
        or exists (
          select from pg_catalog.pg_publication_rel r
          where r.prpubid = p.oid
            and (r.prrelid = c.oid or r.prrelid in (select * from pg_partition_ancestors(c.oid)))
        )
        or exists (
          select from pg_catalog.pg_publication_namespace s where s.pnpubid = p.oid and s.pnnspid = n.oid
        )
      )
    ) as published(actions)
    where not (not c.relrowsecurity and exists (
        -- A partition is not told by itself what only its table's policies let see.
        select from pg_catalog.pg_partition_ancestors(c.oid) as a join pg_catalog.pg_class p on p.oid = a.relid
        where p.relrowsecurity
      ))
      and c.relkind = 'r' and c.relpersistence = 'p' and n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'
      and ${conditions.length > 0 ? sql.join(conditions, sql` and `) : sql`true`}`)
  const [answer] = await callers.run(caller, undefined, [{ text, values: parameters }], { reads: true })
  const read = JSON.parse(answer ?? '[]') as TableFacts[]
  return read.map((table) => ({
    ...table,
    columns: table.columns.map((column) => ({
      ...column,
      spelled: column.spelled ?? undefined,
      isKey: column.isKey === true,
    })),
  }))
}
