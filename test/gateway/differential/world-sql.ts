import { literal, moods } from './values.ts'
import type { Condition, Policy, Table, World } from './world.ts'

/** The statements that make a world in a schema, rows and all. */
export function statements({ tables }: World, schema: string): string {
  return [
    `drop schema if exists ${schema} cascade; create schema ${schema}`,
    `comment on schema ${schema} is '@graphql({"inflect_names": false})'`,
    `grant usage on schema ${schema} to anon, authenticated, service_role`,
    `create type ${schema}.mood as enum (${moods.map(literal).join(', ')})`,
    ...tables.flatMap((table) => tableStatements(table, schema)),
    ...tables.flatMap((table) => table.policies.map((policy, i) => policyStatement(policy, i, table, schema))),
  ].join(';\n')
}

function tableStatements({ name, parent, columns, rows, hidden, index }: Table, schema: string): string[] {
  const qualified = `${schema}.${name}`
  const typeOf = (type: string) => (type === 'mood' ? `${schema}.mood` : type)
  const declared = columns.map((column) => {
    const key = column.name === 'id' ? ' primary key' : column.notNull ? ' not null' : ''
    const reference =
      column.name === 'parent_id' ? ` constraint ${name}_parent references ${schema}.${parent?.name} deferrable` : ''
    return `${column.name} ${typeOf(column.type)}${key}${reference}`
  })
  const values = rows.map((row) => `(${columns.map((column) => literal(row[column.name] ?? null)).join(', ')})`)
  const seen = columns.filter((column) => column.name !== hidden).map((column) => column.name)
  return [
    `create table ${qualified} (${declared.join(', ')})`,
    `comment on table ${qualified} is '@graphql({"totalCount": {"enabled": true}, "aggregate": {"enabled": true}})'`,
    ...(parent
      ? [
          `comment on constraint ${name}_parent on ${qualified} is '@graphql({"foreign_name": "parent", "local_name": "of_${name}"})'`,
        ]
      : []),
    ...(index
      ? [
          `create index on ${qualified} (${index.column} ${index.descending ? 'desc' : 'asc'} nulls ${index.nullsFirst ? 'first' : 'last'}, id ${index.keyDescending ? 'desc' : 'asc'})`,
        ]
      : []),
    `insert into ${qualified} values ${values.join(', ')}`,
    `revoke all on ${qualified} from anon, authenticated`,
    `grant select, insert, update, delete on ${qualified} to authenticated`,
    `grant insert, update, delete, select (${seen.join(', ')}) on ${qualified} to anon`,
    `alter table ${qualified} enable row level security`,
  ]
}

function policyStatement(
  { role, command, restrictive, condition }: Policy,
  index: number,
  { name, parent }: Table,
  schema: string,
): string {
  const kind = restrictive ? 'restrictive' : 'permissive'
  const checked = conditions[condition](`${schema}.${parent?.name}`, name)
  const using = command === 'insert' ? '' : ` using (${checked})`
  const check = command === 'insert' || command === 'update' ? ` with check (${checked})` : ''
  return `create policy p${index} on ${schema}.${name} as ${kind} for ${command} to ${role}${using}${check}`
}

/** Those about a parent join tables, whose own policies hold in turn. */
const conditions: Record<Condition, (parent: string, own: string) => string> = {
  all: () => 'true',
  own: () => `n is not distinct from (auth.jwt() ->> 'sub')::int`,
  marked: () => 'b',
  filled: () => `s <> ''`,
  ofMarkedParent: (parent, own) => `exists (select from ${parent} p where p.id = ${own}.parent_id and p.b)`,
  ofSeenParent: (parent) => `parent_id is null or parent_id in (select id from ${parent})`,
}
