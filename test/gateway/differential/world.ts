import fc from 'fast-check'

/** A random database: tables that refer to earlier ones, rows, and what each role may see and do. */
export interface World {
  readonly tables: readonly Table[]
}

export interface Table {
  readonly name: string
  /** The table that `parent_id` refers to. */
  readonly parent: string | undefined
  readonly rows: readonly Row[]
  readonly policies: readonly Policy[]
  /** A column that `anon` may not read. */
  readonly hidden: Column | undefined
}

export type Column = 'id' | 'n' | 's' | 'b' | 'parent_id'
export type Value = number | string | boolean | null
export type Row = Readonly<Partial<Record<Column, Value>>> & { readonly id: number }

export interface Policy {
  readonly role: Role
  readonly command: 'select' | 'insert' | 'update' | 'delete'
  readonly restrictive: boolean
  readonly condition: Condition
}

export type Role = 'anon' | 'authenticated'
type Condition = 'all' | 'own' | 'marked' | 'filled' | 'ofMarkedParent' | 'ofSeenParent'

export const roles: readonly Role[] = ['anon', 'authenticated']
const commands = ['select', 'insert', 'update', 'delete'] as const

export const texts = ['', 'a', 'b', 'ab', 'B', 'a%b', 'a_b', `it's`, 'a"b', 'back\\slash', '$1', '{}', 'null']

export const numberValue = fc.oneof(
  { weight: 1, arbitrary: fc.constant(null) },
  { weight: 4, arbitrary: fc.integer({ min: -1, max: 4 }) },
)
export const textValue = fc.oneof(
  { weight: 1, arbitrary: fc.constant(null) },
  { weight: 4, arbitrary: fc.constantFrom(...texts) },
)

export const worlds: fc.Arbitrary<World> = fc
  .integer({ min: 2, max: 4 })
  .chain((count) => fc.record({ tables: fc.tuple(...Array.from({ length: count }, (_, i) => table(i))) }))

function table(index: number): fc.Arbitrary<Table> {
  const name = `t${index}`
  const row = (id: number): fc.Arbitrary<Row> =>
    fc.record({
      id: fc.constant(id),
      n: numberValue,
      s: textValue,
      b: fc.boolean(),
      ...(index > 0 && { parent_id: fc.oneof(fc.constant(null), fc.integer({ min: 1, max: 6 })) }),
    })
  return fc.record({
    name: fc.constant(name),
    parent: fc.constant(index > 0 ? `t${index - 1}` : undefined),
    rows: fc
      .integer({ min: 6, max: 12 })
      .chain((count) => fc.tuple(...Array.from({ length: count }, (_, i) => row(i + 1)))),
    policies: policies(index > 0),
    hidden: fc.option(fc.constantFrom('n' as const, 's' as const), { nil: undefined, freq: 3 }),
  })
}

function policies(hasParent: boolean): fc.Arbitrary<Policy[]> {
  const conditions: Condition[] = [
    'all',
    'all',
    'own',
    'marked',
    'filled',
    ...(hasParent ? (['ofMarkedParent', 'ofSeenParent'] as const) : []),
  ]
  const one = (role: Role, command: Policy['command']) =>
    fc.record({
      role: fc.constant(role),
      command: fc.constant(command),
      restrictive: fc.constant(false),
      condition: fc.constantFrom(...conditions),
    })
  const each = roles.flatMap((role) => commands.map((command) => one(role, command)))
  const more = fc.record({
    role: fc.constantFrom(...roles),
    command: fc.constantFrom(...commands),
    restrictive: fc.boolean(),
    condition: fc.constantFrom(...conditions),
  })
  return fc.tuple(fc.tuple(...each), fc.array(more, { maxLength: 2 })).map(([given, added]) => [...given, ...added])
}

/** The statements that make a world in a schema, rows and all. */
export function statements({ tables }: World, schema: string): string {
  const lines = [
    `drop schema if exists ${schema} cascade; create schema ${schema}`,
    `comment on schema ${schema} is '@graphql({"inflect_names": false})'`,
    `grant usage on schema ${schema} to anon, authenticated, service_role`,
    ...tables.flatMap((table) => tableStatements(table, schema)),
    ...tables.flatMap((table) => table.policies.map((policy, i) => policyStatement(policy, i, table, schema))),
  ]
  return lines.join(';\n')
}

function tableStatements({ name, parent, rows, hidden }: Table, schema: string): string[] {
  const qualified = `${schema}.${name}`
  const reference = parent ? `, parent_id int constraint ${name}_parent references ${schema}.${parent} deferrable` : ''
  const columns: Column[] = ['id', 'n', 's', 'b', ...(parent ? (['parent_id'] as const) : [])]
  const values = rows.map((row) => `(${columns.map((column) => literal(row[column] ?? null)).join(', ')})`)
  const seen = columns.filter((column) => column !== hidden)
  return [
    `create table ${qualified} (id int primary key, n int, s text, b bool not null${reference})`,
    `comment on table ${qualified} is '@graphql({"totalCount": {"enabled": true}, "aggregate": {"enabled": true}})'`,
    ...(parent
      ? [
          `comment on constraint ${name}_parent on ${qualified} is '@graphql({"foreign_name": "parent", "local_name": "children"})'`,
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
  const checked = conditions[condition](`${schema}.${parent}`)
  const using = command === 'insert' ? '' : ` using (${checked})`
  const check = command === 'insert' || command === 'update' ? ` with check (${checked})` : ''
  return `create policy p${index} on ${schema}.${name} as ${kind} for ${command} to ${role}${using}${check}`
}

/** Those about a parent join tables, whose own policies hold in turn. */
const conditions: Record<Condition, (parent: string) => string> = {
  all: () => 'true',
  own: () => `n is not distinct from (auth.jwt() ->> 'sub')::int`,
  marked: () => 'b',
  filled: () => `s <> ''`,
  ofMarkedParent: (parent) => `exists (select from ${parent} p where p.id = parent_id and p.b)`,
  ofSeenParent: (parent) => `parent_id is null or parent_id in (select id from ${parent})`,
}

function literal(value: Value): string {
  return typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value)
}
