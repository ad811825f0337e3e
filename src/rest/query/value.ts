import { sql } from 'kysely'
import { type Fragment, qualified, type Text } from '#database'
import type { Column, OutputField } from '../plan/index.ts'
import type { JsonStep } from '../request/index.ts'
import type { Compilation, RowSource } from './row-source.ts'

/** How Postgres' value becomes JSON text. */
type Form = 'number' | 'boolean' | 'quoted' | 'scalar' | 'json' | 'any'

export interface Value {
  readonly sql: Fragment
  readonly form: Form
}

const forms: Readonly<Record<string, Form>> = {
  int2: 'number',
  int4: 'number',
  int8: 'number',
  bool: 'boolean',
  uuid: 'quoted',
  text: 'scalar',
  varchar: 'scalar',
  bpchar: 'scalar',
  numeric: 'scalar',
  float4: 'scalar',
  float8: 'scalar',
  date: 'scalar',
  time: 'scalar',
  timestamp: 'scalar',
  timestamptz: 'scalar',
  json: 'json',
  jsonb: 'json',
}

/** Never null: what is nothing is the text `null`. */
export function jsonText({ sql: value, form }: Value, { json }: Compilation): Text {
  switch (form) {
    case 'number':
    case 'json':
      return sql`coalesce(${value}::text, 'null')`
    case 'boolean':
      return sql`case when ${value} then 'true' when ${value} is null then 'null' else 'false' end`
    case 'quoted':
      return sql`coalesce('"' || ${value} || '"', 'null')`
    case 'scalar':
      return sql`coalesce(${json.scalar(value)}, 'null')`
    case 'any':
      return sql`coalesce(to_json(${value})::text, 'null')`
  }
}

/** A column, or what its path finds in it. */
export function columnValue(row: RowSource, { name, type, path }: Column, compilation: Compilation): Value {
  const value = row.column(name)
  if (path.length === 0) return { sql: value, form: formOf(type, compilation) }
  const document = formOf(type, compilation) === 'json' ? value : sql`to_jsonb(${value})`
  const found = path.reduce((from, step) => sql`${from}${arrow(step)}`, document)
  return { sql: sql`(${found})`, form: path.at(-1)?.text ? 'scalar' : 'json' }
}

function arrow({ text, key, index }: JsonStep): Fragment {
  const operand = index === undefined ? sql`${sql.lit(key ?? '')}` : sql`${sql.lit(index)}`
  return text ? sql`->>${operand}` : sql`->${operand}`
}

/** What a field selects, short of its aggregate. */
export function fieldValue(row: RowSource, field: OutputField, compilation: Compilation): Value {
  if (!field.column) return { sql: sql`*`, form: 'any' }
  const own = columnValue(row, field.column, compilation)
  const value: Value = field.show ? { sql: sql`${qualified(field.show)}(${own.sql})`, form: 'json' } : own
  return field.cast === undefined ? value : castTo(value.sql, field.cast)
}

/** The aggregate of a field's value. */
export function aggregateValue({ sql: value, form }: Value, field: OutputField): Value {
  const { aggregate = 'count', aggregateCast } = field
  const result = sql`${functions[aggregate]}(${value})`
  if (aggregateCast !== undefined) return castTo(result, aggregateCast)
  if (aggregate === 'count') return { sql: result, form: 'number' }
  return { sql: result, form: aggregate === 'max' || aggregate === 'min' ? form : 'any' }
}

const functions = { sum: sql`sum`, avg: sql`avg`, count: sql`count`, max: sql`max`, min: sql`min` }

/** SQL's own names of types; any other is one in the search path. */
const typeNames: Readonly<Record<string, string>> = {
  int: 'int4',
  integer: 'int4',
  smallint: 'int2',
  bigint: 'int8',
  real: 'float4',
  float: 'float8',
  'double precision': 'float8',
  boolean: 'bool',
  decimal: 'numeric',
  dec: 'numeric',
  char: 'bpchar',
  character: 'bpchar',
  'character varying': 'varchar',
  'timestamp with time zone': 'timestamptz',
  'timestamp without time zone': 'timestamp',
  'time with time zone': 'timetz',
  'time without time zone': 'time',
}

function castTo(value: Fragment, name: string): Value {
  const type = name.toLowerCase().replaceAll(/\s+/g, ' ')
  const known = typeNames[type] ?? type
  return { sql: sql`cast(${value} as ${sql.id(known)})`, form: forms[known] ?? 'any' }
}

function formOf(oid: number | undefined, { model }: Compilation): Form {
  if (oid === undefined) return 'any'
  const type = model.type(model.baseOf(oid))
  return type?.schema === 'pg_catalog' ? (forms[type.name] ?? 'any') : 'any'
}

/** Whether a column holds a search vector, which full text search takes as it is. */
export function isVector({ type, path }: Column, { model }: Compilation): boolean {
  return type !== undefined && path.length === 0 && model.type(model.baseOf(type))?.name === 'tsvector'
}
