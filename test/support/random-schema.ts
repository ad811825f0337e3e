import fc from 'fast-check'

/** Types of random columns, and texts of their values. */
const values = {
  int: fc.integer({ min: -5, max: 20 }).map(String),
  text: fc.oneof(
    fc.constantFrom('', 'a', 'B', 'null', 'a,b', '(x)', 'q"q', "it's", 'ü%', 'back\\slash'),
    fc.string({ maxLength: 6 }),
  ),
  boolean: fc.constantFrom('true', 'false'),
  numeric: fc.constantFrom('0', '1.50', '-3.25', '12345678901234.5'),
  date: fc.constantFrom('2020-01-01', '2024-02-29', '1999-12-31'),
  timestamptz: fc.constantFrom('2020-01-01T00:00:00Z', '2024-02-29T12:30:00.123456Z'),
  jsonb: fc.constantFrom('{"a": 1}', '{"a": {"b": "x"}}', '[1, 2]', '"text"', '{}'),
  'int[]': fc.constantFrom('{}', '{1,2}', '{2,3,3}', '{-1}'),
}

export type RandomType = keyof typeof values

export interface RandomColumn {
  readonly name: string
  readonly type: RandomType
}

export interface RandomTable {
  readonly name: string
  /** Besides `id`. */
  readonly columns: readonly RandomColumn[]
  /** The tables that it refers to, by a column `NAME_id` each. */
  readonly parents: readonly string[]
  /** What a role under policies sees of it. */
  readonly visible: string
  readonly rows: readonly (readonly (string | null)[])[]
}

const types = Object.keys(values) as RandomType[]

/** A value of a type, as Postgres reads it. No text holds a NUL. */
export function randomValue(type: RandomType): fc.Arbitrary<string> {
  return values[type].map((text) => text.replaceAll('\0', ''))
}

/** Some tables that refer to earlier ones, each under a policy, with a few rows each. */
export const randomSchema: fc.Arbitrary<readonly RandomTable[]> = fc
  .array(fc.array(fc.constantFrom(...types), { minLength: 2, maxLength: 5 }), { minLength: 3, maxLength: 5 })
  .chain((shapes) => fc.tuple(...shapes.map((columnTypes, i) => randomTable(i, columnTypes))))

function randomTable(i: number, columnTypes: readonly RandomType[]): fc.Arbitrary<RandomTable> {
  const columns = columnTypes.map((type, n): RandomColumn => ({ name: `c${n}_${type.replace('[]', 's')}`, type }))
  const earlier = Array.from({ length: i }, (_, n) => `t${n}`)
  return fc
    .record({
      parents: fc.subarray(earlier),
      visible: fc.constantFrom('true', 'id % 3 <> 1', `${columns[0]?.name} is not null`, 'id < 8'),
      count: fc.integer({ min: 0, max: 12 }),
    })
    .chain(({ parents, visible, count }) => {
      const cells = columns.map(({ type }) => fc.option(randomValue(type), { freq: 4 }))
      const references = parents.map(() => fc.option(fc.integer({ min: 1, max: 12 }).map(String), { freq: 6 }))
      const row = fc.tuple(...cells, ...references)
      return fc
        .array(row, { minLength: count, maxLength: count })
        .map((rows): RandomTable => ({ name: `t${i}`, columns, parents, visible, rows }))
    })
}

/** SQL that makes the tables, in a schema of their own; references to rows that are not there are null. */
export function schemaSql(schema: string, tables: readonly RandomTable[], role: string): string {
  const counts = new Map(tables.map(({ name, rows }) => [name, rows.length]))
  const statements = tables.flatMap(({ name, columns, parents, visible, rows }) => {
    const own = `${schema}.${name}`
    const list = [
      'id int primary key',
      ...columns.map((column) => `${column.name} ${column.type}`),
      ...parents.map((parent) => `${parent}_id int references ${schema}.${parent}`),
    ]
    const inserts = rows.map((row, i) => {
      const cells = row.map((cell, at) => {
        const parent = parents[at - columns.length]
        return parent !== undefined && Number(cell) > (counts.get(parent) ?? 0) ? 'null' : literal(cell)
      })
      return `insert into ${own} values (${[i + 1, ...cells].join(', ')})`
    })
    return [
      `create table ${own} (${list.join(', ')})`,
      ...inserts,
      `alter table ${own} enable row level security`,
      `create policy visible on ${own} to ${role} using (${visible})`,
      `grant select, insert, update, delete on ${own} to ${role}`,
    ]
  })
  return [`create schema ${schema}`, `grant usage on schema ${schema} to ${role}`, ...statements].join(';\n')
}

export function literal(value: string | null): string {
  return value === null ? 'null' : ` E'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
}
