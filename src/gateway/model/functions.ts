import type { Catalog, PgFunction, Privileges } from '#database'
import { areAmbiguous } from './ambiguous.ts'
import { argumentDefault } from './argument-default.ts'
import { readComment } from './directive.ts'
import type { Entity, FunctionField, FunctionReturn } from './model.ts'
import { isExposable, naming } from './names.ts'
import type { ValueType } from './value-type.ts'

/** Functions that the role may execute: those over a row first become its computed fields, the others root fields. */
export function functionFields(
  catalog: Catalog,
  privileges: Privileges,
  typeOf: (oid: number) => ValueType | undefined,
  inflects: (schema: string) => boolean,
  byRowType: ReadonlyMap<number, Entity>,
): { readonly root: readonly FunctionField[]; readonly computed: ReadonlyMap<number, readonly FunctionField[]> } {
  const root: FunctionField[] = []
  const computed = new Map<number, FunctionField[]>()
  const overloads = Map.groupBy(
    catalog.functions,
    (fn) => `${fn.schema}.${fn.name}.${byRowType.has(rowArgument(fn) ?? -1)}`,
  )

  // Of those called the same, the one that takes no more than the row is pg_graphql's.
  const fewestFirst = catalog.functions.toSorted((one, other) => one.arguments.length - other.arguments.length)
  for (const fn of fewestFirst) {
    if (!privileges.execute(fn.oid) || fn.variadic || fn.outputs.length > 0) continue
    const returns = returnOf(fn, typeOf, byRowType)
    if (!returns) continue
    const keyless = returns.kind !== 'value' && returns.entity().key.length === 0
    const { directive, description } = readComment(fn.comment)
    const row = rowArgument(fn)
    const entity = row === undefined ? undefined : byRowType.get(row)
    const base = { kind: 'function', description, fn, returns } as const

    if (entity) {
      const name = directive.name ?? naming(inflects(fn.schema)).fieldName(fn.name.replace(/^_/, ''))
      const own = computed.get(entity.table.rowType) ?? []
      const args = argumentsOf(fn, typeOf, inflects, 1)
      // As with pg_graphql it goes before a column of the same name, unless it takes more than the row.
      const columns = args && args.length > 0 ? entity.columns : []
      const alike = overloads.get(`${fn.schema}.${fn.name}.true`) ?? []
      const ambiguous = alike.some((one) => one !== fn && rowArgument(one) === row && areAmbiguous(fn, one, 1))
      const taken = [...columns, ...entity.relations, ...own].some((field) => field.name === name)
      // The function is given the whole row, which takes the right to read all of it.
      const { oid, columns: all } = entity.table
      const whole = all.every((column) => privileges.column(oid, 'select', column.name))
      if (
        whole &&
        args &&
        !taken &&
        !ambiguous &&
        !(keyless && returns.kind === 'rows') &&
        name !== 'nodeId' &&
        isExposable(name)
      )
        computed.set(entity.table.rowType, [...own, { ...base, name, arguments: args }])
      continue
    }
    const name = directive.name ?? naming(inflects(fn.schema)).fieldName(fn.name)
    const overloaded = (overloads.get(`${fn.schema}.${fn.name}.false`)?.length ?? 0) > 1
    const args = argumentsOf(fn, typeOf, inflects)
    if (args && !overloaded && !keyless && isExposable(name)) root.push({ ...base, name, arguments: args })
  }
  return { root, computed }
}

function rowArgument(fn: PgFunction): number | undefined {
  return fn.arguments[0]?.type
}

function returnOf(
  fn: PgFunction,
  typeOf: (oid: number) => ValueType | undefined,
  byRowType: ReadonlyMap<number, Entity>,
): FunctionReturn | undefined {
  const entity = byRowType.get(fn.returns)
  if (entity) {
    return fn.returnsSet && fn.rows !== 1
      ? { kind: 'rows', entity: () => entity }
      : { kind: 'row', entity: () => entity }
  }
  const type = fn.returnsSet ? undefined : typeOf(fn.returns)
  return type && { kind: 'value', type }
}

/** The arguments from one on as fields of the API; undefined where one has no type there. Unnamed ones are `arg0` … */
function argumentsOf(
  fn: PgFunction,
  typeOf: (oid: number) => ValueType | undefined,
  inflects: (schema: string) => boolean,
  from = 0,
): FunctionField['arguments'] | undefined {
  // Before an argument without a name, all go by position.
  const lastUnnamed = fn.arguments.findLastIndex(({ name }) => name === null)
  const args = fn.arguments.slice(from).map((argument, n) => {
    const i = from + n
    const type = typeOf(argument.type)
    const name = argument.name === null ? `arg${i}` : naming(inflects(fn.schema)).fieldName(argument.name)
    return type && isExposable(name)
      ? {
          name,
          parameter: i < lastUnnamed ? null : argument.name,
          type,
          optional: argument.hasDefault,
          default: argumentDefault(argument.default, type),
        }
      : undefined
  })
  const names = new Set(args.map((arg) => arg?.name))
  return args.every((arg) => arg !== undefined) && names.size === args.length ? args : undefined
}
