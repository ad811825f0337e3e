import type { Fn, Relation, Shape, Type } from './shape.ts'
import { block, byName, indent, key } from './text.ts'
import { columnType, type TypeNames } from './type-names.ts'

/** The functions that the REST API can call, by name; several of one name are a union. */
export function functionTypes(
  functions: readonly Fn[],
  shape: Shape,
  typeOf: TypeNames,
): readonly (readonly [name: string, type: string])[] {
  const byFunction = new Map<string, string[]>()
  for (const fn of [...functions].sort(byName)) {
    if (!isCallable(fn, shape)) continue
    byFunction.set(fn.name, [...(byFunction.get(fn.name) ?? []), functionType(fn, shape, typeOf)])
  }
  return [...byFunction].map(([name, types]) => {
    const [first = '', ...more] = types.sort()
    return [name, more.length === 0 ? first : types.map((type) => `\n  | ${indent(type).trimStart()}`).join('')]
  })
}

/** Functions of a row that answer one value, which the REST API serves as if they were columns. */
export function computedFieldsOf(relation: Relation, functions: readonly Fn[], shape: Shape): readonly Fn[] {
  return functions
    .filter((fn) => {
      const row = rowArgument(fn, shape)
      if (!row || fn.returnsSet || shape.types.get(fn.returns)?.relation) return false
      return row.schema === relation.schema && row.name === relation.name
    })
    .sort(byName)
}

function functionType(fn: Fn, shape: Shape, typeOf: TypeNames): string {
  const args = [...fn.args].sort(byName)
  const parameters = args.map(({ name, type, optional }) => `${key(name)}${optional ? '?' : ''}: ${typeOf(type)}`)
  const options = setofOptions(fn, shape)
  return block([
    ['Args', parameters.length === 0 ? 'never' : `{ ${parameters.join('; ')} }`],
    ['Returns', returnType(fn, shape, typeOf)],
    ...(options ? [['SetofOptions', options] as const] : []),
  ])
}

function returnType(fn: Fn, shape: Shape, typeOf: TypeNames): string {
  if (fn.table.length > 0) {
    const columns = [...fn.table].sort(byName).map(({ name, type }) => [key(name), typeOf(type)] as const)
    return `${block(columns)}${fn.returnsSet ? '[]' : ''}`
  }
  const type = rowType(fn, shape, typeOf) ?? typeOf(fn.returns)
  // A set of at most one row is embedded as one; see SetofOptions.
  const many = fn.returnsSet && !(shape.types.get(fn.returns)?.relation && fn.rows === 1)
  return many ? `${type.includes(' ') && !type.startsWith('{') ? `(${type})` : type}[]` : type
}

/** The columns of the relation whose rows come out; its computed fields are asked for by name only. */
function rowType({ returns }: Fn, { types, relations }: Shape, typeOf: TypeNames): string | undefined {
  const type = types.get(returns)
  const relation = relations.find(({ schema, name }) => schema === type?.schema && name === type.name)
  if (!type?.relation || !relation) return undefined
  return block([...relation.columns].sort(byName).map((column) => [key(column.name), columnType(column, typeOf)]))
}

/** Says that rows of a relation come out, so that they can be filtered and embedded like the relation's own. */
function setofOptions(fn: Fn, shape: Shape): string | undefined {
  const row = shape.types.get(fn.returns)
  if (!row?.relation || fn.table.length > 0) return undefined
  return block([
    ['from', JSON.stringify(rowArgument(fn, shape)?.name ?? '*')],
    ['to', JSON.stringify(row.name)],
    ['isOneToOne', String(!fn.returnsSet || fn.rows === 1)],
    ['isSetofReturn', String(fn.returnsSet)],
  ])
}

/** The row that a function of one row takes. */
function rowArgument({ args }: Fn, { types }: Shape): Type | undefined {
  const type = types.get(args[0]?.type ?? 0)
  return args.length === 1 && type?.relation ? type : undefined
}

/** Arguments are given by name; one alone may have none if it is the request's body, or a row. */
function isCallable(fn: Fn, shape: Shape): boolean {
  if (fn.args.every(({ name }) => name !== '')) return true
  const type = shape.types.get(fn.args[0]?.type ?? 0)
  return fn.args.length === 1 && (type?.relation != null || ['json', 'jsonb', 'text'].includes(type?.name ?? ''))
}
