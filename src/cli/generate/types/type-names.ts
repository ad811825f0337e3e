import type { Column, Shape } from './shape.ts'

/** The TypeScript type of a value of a Postgres type, as it comes in JSON. */
export type TypeNames = (oid: number) => string

const builtIn: Readonly<Record<string, string>> = {
  bool: 'boolean',
  ...named('number', 'int2', 'int4', 'int8', 'float4', 'float8', 'numeric'),
  ...named('string', 'text', 'varchar', 'bpchar', 'citext', 'uuid', 'bytea', 'vector'),
  ...named('string', 'date', 'time', 'timetz', 'timestamp', 'timestamptz'),
  ...named('Json', 'json', 'jsonb'),
  void: 'undefined',
  record: 'Record<string, unknown>',
}

/** What the table above and the schemas at hand do not tell is `unknown`, as the Supabase CLI has it. */
export function createTypeNames({ types, schemas }: Shape): TypeNames {
  const typeOf = (oid: number): string => {
    const type = types.get(oid)
    if (!type) return 'unknown'
    const { schema, name, element, base, labels, attributes, relation } = type
    if (element !== null) {
      const item = typeOf(element)
      return `${item.includes(' ') ? `(${item})` : item}[]`
    }
    if (base !== null) return typeOf(base)
    const shown = schemas.includes(schema)
    if (labels) {
      return shown ? inDatabase(schema, 'Enums', name) : labels.map((label) => JSON.stringify(label)).join(' | ')
    }
    if (attributes) return shown ? inDatabase(schema, 'CompositeTypes', name) : 'unknown'
    if (relation)
      return shown ? `${inDatabase(schema, relation === 'table' ? 'Tables' : 'Views', name)}["Row"]` : 'unknown'
    return builtIn[name] ?? 'unknown'
  }
  return typeOf
}

/** The same for a column, which may hold nothing. */
export function columnType(column: Column, typeOf: TypeNames): string {
  const type = typeOf(column.type)
  return column.nullable && type !== 'unknown' ? `${type} | null` : type
}

function inDatabase(schema: string, kind: string, name: string): string {
  return `Database[${JSON.stringify(schema)}]["${kind}"][${JSON.stringify(name)}]`
}

function named(type: string, ...names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, type]))
}
