import pg from 'pg'
import { type Constraint, foreignKeys, type Views } from './foreign-keys.ts'
import { heldNulls } from './held-nulls.ts'
import type { Fn, Relation, Shape, Type } from './shape.ts'
import { type Origin, viewColumns } from './view-columns.ts'

const notOfAnExtension = (object: string, catalog: string) => `not exists (
  select from pg_depend d where d.objid = ${object} and d.classid = '${catalog}'::regclass and d.deptype = 'e')`

const relations = `
  select coalesce(json_agg(json_build_object(
    'oid', c.oid::bigint, 'schema', n.nspname, 'name', c.relname,
    'kind', case when c.relkind in ('v', 'm') then 'view' else 'table' end,
    'updatable', c.relkind in ('r', 'p', 'f') or pg_relation_is_updatable(c.oid, true) & 20 <> 0,
    'columns', (
      select coalesce(json_agg(json_build_object(
        'number', a.attnum, 'name', a.attname, 'type', a.atttypid::bigint,
        'nullable', c.relkind in ('v', 'm') or not (a.attnotnull or (t.typtype = 'd' and t.typnotnull)),
        'optional', a.atthasdef or a.attidentity <> '' or t.typdefault is not null,
        'writable', a.attidentity <> 'a' and a.attgenerated = ''
          and (c.relkind in ('r', 'p', 'f') or pg_column_is_updatable(c.oid, a.attnum, true)))), '[]')
      from pg_attribute a join pg_type t on t.oid = a.atttypid
      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped))), '[]')
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = any($1) and c.relkind in ('r', 'p', 'v', 'm', 'f') and not c.relispartition
    and ${notOfAnExtension('c.oid', 'pg_class')}`

/** Of all schemas: what a view shows may come from a table that is not shown itself. */
const constraints = `
  select coalesce(json_agg(json_build_object(
    'name', f.conname, 'from', f.conrelid::bigint, 'columns', f.conkey, 'to', f.confrelid::bigint, 'referenced', f.confkey,
    'oneToOne', exists (select from pg_constraint u where u.conrelid = f.conrelid and u.contype in ('p', 'u')
      and u.conkey @> f.conkey and u.conkey <@ f.conkey))), '[]')
  from pg_constraint f where f.contype = 'f' and f.conparentid = 0`

const rules = `
  select coalesce(json_agg(json_build_object('oid', c.oid::bigint, 'rule', r.ev_action::text,
    'holdsRows', c.relkind = 'm' and c.relispopulated)), '[]')
  from pg_rewrite r join pg_class c on c.oid = r.ev_class join pg_namespace n on n.oid = c.relnamespace
  where r.rulename = '_RETURN' and n.nspname not in ('pg_catalog', 'information_schema')`

/** What Postgres checks of new rows, and has not of those that are there; and what a table's heirs need not keep. */
const unkept = `
  select from pg_constraint u
  where u.conrelid = c.oid and u.contype = 'n' and not u.convalidated and u.conkey = array[a.attnum]
  union all
  select from pg_inherits h join pg_attribute ha on ha.attrelid = h.inhrelid and ha.attname = a.attname
  where h.inhparent = c.oid and not ha.attnotnull`

/** Of all tables, for the same reason: their columns that are never null. */
const filled = `
  select coalesce(json_object_agg(oid, columns), '{}') from (
    select c.oid, json_agg(a.attnum) as columns
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = c.oid join pg_type t on t.oid = a.atttypid
    where c.relkind in ('r', 'p') and n.nspname not in ('pg_catalog', 'information_schema')
      and a.attnum > 0 and not a.attisdropped
      and (a.attnotnull and not exists (${unkept}) or t.typtype = 'd' and t.typnotnull)
    group by 1) tables`

const parameters = `
  select coalesce(p.proargnames[a.at], '') as name, a.type, coalesce(p.proargmodes[a.at], 'i') as mode,
    row_number() over (partition by coalesce(p.proargmodes[a.at], 'i') in ('i', 'b', 'v') order by at) as number
  from unnest(coalesce(p.proallargtypes, p.proargtypes::oid[])) with ordinality a(type, at)`

const functions = `
  select coalesce(json_agg(json_build_object(
    'schema', n.nspname, 'name', p.proname, 'returns', p.prorettype::bigint, 'returnsSet', p.proretset,
    'rows', p.prorows,
    'args', (
      select coalesce(json_agg(json_build_object('name', name, 'type', type::bigint,
        'optional', number > p.pronargs - p.pronargdefaults)), '[]')
      from (${parameters}) parameter where mode in ('i', 'b', 'v')),
    'table', (
      select coalesce(json_agg(json_build_object('name', name, 'type', type::bigint)), '[]')
      from (${parameters}) parameter where mode = 't' or mode in ('o', 'b') and p.prorettype = 'record'::regtype))), '[]')
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace
  where n.nspname = any($1) and p.prokind = 'f'
    and p.prorettype not in ('trigger'::regtype, 'event_trigger'::regtype)
    and ${notOfAnExtension('p.oid', 'pg_proc')}`

const types = `
  select coalesce(json_agg(json_build_object(
    'oid', t.oid::bigint, 'schema', n.nspname, 'name', t.typname, 'base', nullif(t.typbasetype, 0)::bigint,
    'element', case when t.typcategory = 'A' then nullif(t.typelem, 0)::bigint end,
    'labels', (select json_agg(e.enumlabel order by e.enumsortorder) from pg_enum e where e.enumtypid = t.oid),
    'attributes', case when c.relkind = 'c' then (
      select json_agg(json_build_object('name', a.attname, 'type', a.atttypid::bigint)) from pg_attribute a
      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) end,
    'relation', case when c.relkind in ('v', 'm') then 'view' when c.relkind in ('r', 'p', 'f') then 'table' end)), '[]')
  from pg_type t join pg_namespace n on n.oid = t.typnamespace left join pg_class c on c.oid = t.typrelid`

const query = `select
  (select coalesce(json_agg(nspname), '[]') from pg_namespace where nspname = any($1)) as schemas,
  (${relations}) as relations, (${constraints}) as constraints, (${rules}) as rules, (${filled}) as filled,
  (${functions}) as functions, (${types}) as types`

interface Found {
  readonly schemas: string[]
  readonly relations: Omit<Relation, 'foreignKeys'>[]
  readonly constraints: Constraint[]
  readonly rules: { readonly oid: number; readonly rule: string; readonly holdsRows: boolean }[]
  readonly filled: Readonly<Record<number, number[]>>
  readonly functions: Fn[]
  readonly types: Type[]
}

/** Reads what the types of these schemas tell, in one query; in no particular order. */
export async function introspect(login: pg.ClientConfig, schemas: readonly string[]): Promise<Shape> {
  const client = new pg.Client(login)
  client.on('error', () => {})
  await client.connect()
  try {
    const [found] = (await client.query<Found>(query, [schemas])).rows
    if (!found) throw new Error('the catalogue query answered no row')
    const { relations, constraints, rules, filled, types } = found
    const views: Views = new Map(rules.map(({ oid, rule }) => [oid, viewColumns(rule)]))
    const promised = ({ relation, column }: Origin, holds: (origin: Origin) => boolean): boolean =>
      views.get(relation)?.get(column)?.neverNull(holds) ?? filled[relation]?.includes(column) ?? false
    const holdRows = new Set(rules.filter(({ holdsRows }) => holdsRows).map(({ oid }) => oid))
    const nulls = await heldNulls(client, relations, holdRows, promised)
    const isFilled = (origin: Origin): boolean => promised(origin, isFilled) && !nulls(origin)
    const foreignKeysOf = foreignKeys(relations, constraints, views)
    return {
      ...found,
      relations: relations.map((relation) => ({
        ...relation,
        columns: relation.columns.map((column) => ({
          ...column,
          nullable: column.nullable && !isFilled({ relation: relation.oid, column: column.number }),
        })),
        foreignKeys: foreignKeysOf(relation),
      })),
      types: new Map(types.map((type) => [type.oid, type])),
    }
  } finally {
    await client.end()
  }
}
