import type { Catalog, PgType } from '#database'
import { readComment } from './directive.ts'
import { isExposable, naming } from './names.ts'

/** A type's name in the database, to cast with. */
export interface TypeName {
  readonly schema: string
  readonly name: string
}

export type ScalarName =
  | 'Int'
  | 'Float'
  | 'String'
  | 'Boolean'
  | 'BigInt'
  | 'BigFloat'
  | 'UUID'
  | 'Date'
  | 'Time'
  | 'Datetime'
  | 'JSON'
  | 'Opaque'

/** How a database type shows in the API: a scalar, an enum, or a list of either. */
export type ValueType =
  | { readonly kind: 'scalar'; readonly scalar: ScalarName; readonly pg: TypeName }
  | { readonly kind: 'enum'; readonly enum: EnumType; readonly pg: TypeName }
  | { readonly kind: 'list'; readonly item: Exclude<ValueType, { kind: 'list' }>; readonly pg: TypeName }

export interface EnumType {
  readonly name: string
  readonly description: string | undefined
  /** The API's name and the database's label of each value. */
  readonly values: readonly { readonly name: string; readonly label: string }[]
}

const scalars: Readonly<Record<string, ScalarName>> = {
  int2: 'Int',
  int4: 'Int',
  int8: 'BigInt',
  float4: 'Float',
  float8: 'Float',
  numeric: 'BigFloat',
  bool: 'Boolean',
  text: 'String',
  varchar: 'String',
  bpchar: 'String',
  char: 'String',
  name: 'String',
  uuid: 'UUID',
  date: 'Date',
  time: 'Time',
  timestamp: 'Datetime',
  timestamptz: 'Datetime',
  json: 'JSON',
  jsonb: 'JSON',
}

/** Maps types of the database, each once. Undefined for what no field can have: rows, pseudo-types, `void`. */
export function valueTypes(
  catalog: Catalog,
  inflects: (schema: string) => boolean,
  claimEnum: (name: string) => boolean,
  mayUse: (oid: number) => boolean,
): (oid: number) => ValueType | undefined {
  const known = new Map<number, ValueType | undefined>()
  const exposed = new Set(catalog.schemas.map(({ name }) => name))

  function map(type: PgType): ValueType | undefined {
    const pg = { schema: type.schema, name: type.name }
    if (type.element !== null) {
      const item = valueType(type.element)
      return item && item.kind !== 'list' ? { kind: 'list', item, pg } : undefined
    }
    switch (type.kind) {
      case 'domain':
        return type.base === null ? undefined : valueType(type.base)
      case 'enum':
        return exposed.has(type.schema) && mayUse(type.oid)
          ? enumType(type, inflects(type.schema), pg, claimEnum)
          : { kind: 'scalar', scalar: 'Opaque', pg }
      case 'base': {
        const scalar = type.schema === 'pg_catalog' ? scalars[type.name] : type.name === 'citext' ? 'String' : undefined
        return { kind: 'scalar', scalar: scalar ?? 'Opaque', pg }
      }
      case 'range':
        return { kind: 'scalar', scalar: 'Opaque', pg }
      case 'composite':
      case 'pseudo':
        return undefined
    }
  }

  function valueType(oid: number): ValueType | undefined {
    if (!known.has(oid)) {
      const type = catalog.types.get(oid)
      known.set(oid, type && map(type))
    }
    return known.get(oid)
  }
  return valueType
}

function enumType(type: PgType, inflect: boolean, pg: TypeName, claimName: (name: string) => boolean): ValueType {
  const { directive, description } = readComment(type.comment)
  const mappings = new Map(Object.entries(directive.mappings ?? {}))
  const values = (type.labels ?? []).map((label) => ({ name: mappings.get(label) ?? label, label }))
  const names = new Set(values.map(({ name }) => name))
  const nameable =
    names.size > 0 &&
    names.size === values.length &&
    [...names].every((name) => isExposable(name) && !['true', 'false', 'null'].includes(name))
  const name = directive.name ?? naming(inflect).typeName(type.name)
  // What GraphQL cannot name is still readable as text.
  if (!nameable || !isExposable(name) || !claimName(name)) return { kind: 'scalar', scalar: 'Opaque', pg }
  return { kind: 'enum', enum: { name, description, values }, pg }
}
