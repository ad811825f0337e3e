import type { Pool } from 'pg'
import type { Catalog, PgFunction, PgType, Table } from './catalog.ts'
import { aggregates, casts } from './conversions.ts'
import { isolated } from './isolated.ts'
import { keys } from './keys.ts'
import { readViews } from './read-views.ts'
import { type Exposed, readVersion } from './version.ts'

const tables = `
  select coalesce(json_agg(json_build_object(
    'oid', c.oid::bigint, 'schema', n.nspname, 'name', c.relname, 'rowType', c.reltype::bigint,
    'kind', case c.relkind when 'v' then 'view' when 'm' then 'materialized view' when 'f' then 'foreign table' else 'table' end,
    'comment', obj_description(c.oid, 'pg_class'), 'rowSecurity', c.relrowsecurity,
    'inherited', c.relhassubclass and c.relkind <> 'p',
    'insertable', (pg_relation_is_updatable(c.oid, true) & 8) <> 0,
    'updatable', (pg_relation_is_updatable(c.oid, true) & 4) <> 0,
    'deletable', (pg_relation_is_updatable(c.oid, true) & 16) <> 0,
    'columns', (
      select coalesce(json_agg(json_build_object(
        'name', a.attname, 'type', a.atttypid::bigint,
        'notNull', c.relkind in ('r', 'p') and (t.typtype = 'd' and t.typnotnull or a.attnotnull and not exists (
          select from pg_constraint v where v.conrelid = c.oid and v.contype = 'n' and v.conkey = array[a.attnum] and not v.convalidated)),
        'hasDefault', a.atthasdef or a.attidentity <> '' or t.typdefault is not null,
        'default', case
          when a.attgenerated <> '' then null
          when a.attidentity <> '' then format('nextval(%L)', (select d.objid::regclass from pg_depend d
            where d.refobjid = a.attrelid and d.refobjsubid = a.attnum and d.deptype = 'i' and d.classid = 'pg_class'::regclass limit 1))
          when a.atthasdef then (select pg_get_expr(d.adbin, d.adrelid) from pg_attrdef d where d.adrelid = a.attrelid and d.adnum = a.attnum)
          else pg_get_expr(t.typdefaultbin, 0) end,
        'maxLength', information_schema._pg_char_max_length(information_schema._pg_truetypid(a, t), information_schema._pg_truetypmod(a, t)),
        'generated', a.attgenerated <> '' or a.attidentity = 'a',
        'comment', col_description(c.oid, a.attnum)) order by a.attnum), '[]')
      from pg_attribute a join pg_type t on t.oid = a.atttypid
      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped),
    'origins', '[]'::json,
    'indexes', (
      select coalesce(json_agg(x.columns order by x.oid), '[]') from (
        select i.indexrelid as oid, json_agg(json_build_object('column', a.attname, 'descending', i.indoption[k.ord - 1] & 1 = 1,
          'nullsFirst', i.indoption[k.ord - 1] & 2 = 2) order by k.ord) as columns
        from pg_index i join pg_class ic on ic.oid = i.indexrelid join pg_am am on am.oid = ic.relam and am.amname = 'btree'
        cross join unnest(i.indkey::int2[]) with ordinality k(attnum, ord)
        join pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum
        where i.indrelid = c.oid and i.indisvalid and i.indpred is null and i.indexprs is null
          and k.ord <= i.indnkeyatts and i.indnkeyatts > 1
        group by i.indexrelid) x),
    'keepsRows', c.relkind = 'r' and not c.relhasrules
      and not exists (select from pg_trigger where tgrelid = c.oid and not tgisinternal and tgtype & 7 = 7),
${isolated},
${keys}
    ) order by array_position($1::text[], n.nspname::text), c.relname), '[]')
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = any($1::text[]) and c.relkind in ('r', 'p', 'v', 'm', 'f') and not c.relispartition
    and not exists (select from pg_depend d where d.objid = c.oid and d.classid = 'pg_class'::regclass and d.deptype = 'e')`

const functions = `
  select coalesce(json_agg(json_build_object(
    'oid', p.oid::bigint, 'schema', n.nspname, 'name', p.proname, 'comment', obj_description(p.oid, 'pg_proc'),
    'returns', p.prorettype::bigint, 'returnsSet', p.proretset, 'rows', p.prorows,
    'volatility', case p.provolatile when 'i' then 'immutable' when 's' then 'stable' else 'volatile' end,
    'variadic', p.provariadic <> 0,
    'settings', (select coalesce(json_object_agg(split_part(entry, '=', 1), substr(entry, strpos(entry, '=') + 1)), '{}')
      from unnest(p.proconfig) entry),
    'arguments', (
      select coalesce(json_agg(json_build_object(
        'name', nullif(a.name, ''), 'type', a.type::bigint,
        'hasDefault', a.place > p.pronargs - p.pronargdefaults,
        'default', case when a.place > p.pronargs - p.pronargdefaults then pg_get_function_arg_default(p.oid, a.ord::int) end
        ) order by a.place), '[]')
      from (select all_.name, all_.type, all_.ord, row_number() over (order by all_.ord) as place
        from unnest(coalesce(p.proallargtypes, p.proargtypes::oid[]), p.proargnames, p.proargmodes)
          with ordinality all_(type, name, mode, ord)
        where all_.type is not null and coalesce(all_.mode, 'i') in ('i', 'b', 'v')) a),
    'outputs', (
      select coalesce(json_agg(json_build_object('name', coalesce(nullif(a.name, ''), 'column' || a.place), 'type', a.type::bigint)
        order by a.place), '[]')
      from (select all_.name, all_.type, row_number() over (order by all_.ord) as place
        from unnest(p.proallargtypes, p.proargnames, p.proargmodes) with ordinality all_(type, name, mode, ord)
        where all_.mode in ('o', 'b', 't')) a)
    ) order by array_position($1::text[], n.nspname::text), p.proname, p.oid), '[]')
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace
  where n.nspname = any($1::text[]) and p.prokind = 'f'
    and not exists (select from pg_depend d where d.objid = p.oid and d.classid = 'pg_proc'::regclass and d.deptype = 'e')`

/** Every type that is not a table's row or an internal one: a few hundred, told apart by the schema stage. */
const types = `
  select coalesce(json_agg(json_build_object(
    'oid', t.oid::bigint, 'schema', n.nspname, 'name', t.typname,
    'kind', case t.typtype when 'e' then 'enum' when 'd' then 'domain' when 'c' then 'composite' when 'r' then 'range'
      when 'm' then 'range' when 'p' then 'pseudo' else 'base' end,
    'element', case when t.typcategory = 'A' then nullif(t.typelem, 0)::bigint end,
    'base', nullif(t.typbasetype, 0)::bigint,
    'labels', (select json_agg(e.enumlabel order by e.enumsortorder) from pg_enum e where e.enumtypid = t.oid),
    'attributes', case when t.typtype = 'c' then (
      select json_agg(json_build_object('name', a.attname, 'type', a.atttypid::bigint) order by a.attnum)
      from pg_attribute a where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped) end,
    'comment', obj_description(t.oid, 'pg_type'))), '[]')
  from pg_type t join pg_namespace n on n.oid = t.typnamespace
  where n.nspname not in ('information_schema', 'pg_toast')
    and not (n.nspname = 'pg_catalog' and t.typtype in ('c', 'd'))
    and not (t.typcategory = 'A' and exists (select from pg_class c where c.reltype = t.typelem and n.nspname = 'pg_catalog'))`

const schemas = `
  select coalesce(json_agg(json_build_object('name', n.nspname, 'comment', obj_description(n.oid, 'pg_namespace'))
    order by array_position($1::text[], n.nspname::text)), '[]')
  from pg_namespace n where n.nspname = any($1::text[])`

/** Settings of the role in this database prevail over those everywhere. */
const settings = `
  select coalesce(json_object_agg(name, value), '{}') from (
    select distinct on (1) substr(split_part(entry, '=', 1), 7) as name, substr(entry, strpos(entry, '=') + 1) as value
    from pg_db_role_setting s cross join unnest(s.setconfig) entry
    where s.setrole = (select oid from pg_roles where rolname = current_user)
      and s.setdatabase in (0, (select oid from pg_database where datname = current_database())) and entry like 'pgrst.%'
    order by 1, s.setdatabase desc) own`

const query = `
  select (${schemas}) as schemas, (${tables}) as tables, (${functions}) as functions, (${types}) as types, (${settings}) as settings,
    (${casts}) as casts, (${aggregates}) as aggregates,
    current_setting('server_version_num')::int as "serverVersion"`

interface Row {
  readonly schemas: Omit<Catalog['schemas'][number], 'ofRest'>[]
  readonly tables: Table[]
  readonly functions: PgFunction[]
  readonly types: PgType[]
  readonly settings: Catalog['settings']
  readonly casts: Catalog['casts']
  readonly aggregates: Catalog['aggregates']
  readonly serverVersion: number
}

/** Reads the catalogue of the schemas that the APIs expose. Any login role may. */
export async function readCatalog(pool: Pool, exposed: Exposed): Promise<Catalog> {
  const { version, schemas: names } = await readVersion(pool, exposed)
  const client = await pool.connect()
  try {
    // Without a search path Postgres writes every name in full, so that a default means the same wherever it is used.
    // A large schema on a busy machine takes longer than a client's statement may.
    await client.query("begin read only; set local search_path to ''; set local statement_timeout to 0")
    const { rows } = await client.query<Row>(query, [names])
    const [row] = rows
    if (!row) throw new Error('the catalogue query answered no row')
    const { origins, hidden } = await readViews(client, row.tables)
    const tables = row.tables.map((table) => ({ ...table, origins: origins.get(table.oid) ?? [] }))
    const schemas = row.schemas.map((one) => ({ ...one, ofRest: !exposed.schemas.includes(one.name) }))
    return { ...row, version, schemas, tables, hidden, types: new Map(row.types.map((type) => [type.oid, type])) }
  } finally {
    await client.query('rollback').catch(() => {})
    client.release()
  }
}
