import type { ColumnField, Entity } from '../model/index.ts'
import { maxConditions, relationWeight } from './filter.ts'
import type { Input } from './input.ts'
import type { OrderTerm, Through } from './plan.ts'
import { peek, type Scope } from './scope.ts'
import { ties } from './ties.ts'
import { userError } from './user-error.ts'

/**
 * The order asked for, made total by the key, so that a cursor names one place.
 *
 * @param stored the rows are a table's own, so that what they refer to is there
 */
export function planOrder(input: Input | undefined, entity: Entity, stored: boolean, scope: Scope): OrderTerm[] {
  const items = input?.kind === 'list' ? input.items : input ? [input] : []
  const terms = items.flatMap((item) =>
    planTerm(item, entity, { path: [], certain: 0, counted: undefined }, stored, scope),
  )
  return [...terms, ...ties(terms, entity)]
}

/** One entry: a column, or a relation on the way to the column or the count that decides. */
function planTerm(input: Input, entity: Entity, through: Through, stored: boolean, scope: Scope): OrderTerm[] {
  if (input.kind !== 'object') return []
  const given = [...input.fields].filter(([, value]) => value.kind !== 'null')
  if (given.length > 1) throw userError('each entry of "orderBy" takes one column')
  const { path, certain } = through
  const isCertain = certain === path.length
  return given.flatMap(([name, value]) => {
    const field = entity.columns.find((column) => column.name === name)
    if (field && path.length === 0) return directed({ field }, value, scope)
    // There may be no related row, or none that the caller may see.
    if (field) return directed({ field: isCertain ? field : nullable(field), through }, value, scope)
    const relation = entity.relations.find((relation) => relation.name === name)
    scope.conditions += relationWeight
    if (scope.conditions > maxConditions)
      throw userError(`An operation may look at ${maxConditions / relationWeight} relations.`)
    if (relation?.kind === 'one') {
      const further = certain + (isCertain && stored && relation.certain ? 1 : 0)
      return planTerm(value, relation.to(), { ...through, path: [...path, relation], certain: further }, stored, scope)
    }
    const count = value.kind === 'object' ? value.fields.get('count') : undefined
    return relation ? directed({ field: countField, through: { ...through, counted: relation } }, count, scope) : []
  })
}

function directed(of: Pick<OrderTerm, 'field' | 'through'>, direction: Input | undefined, scope: Scope): OrderTerm[] {
  if (direction?.kind !== 'leaf') return []
  const word = String(peek(direction.value, scope))
  return [{ ...of, descending: word.startsWith('Desc'), nullsFirst: word.endsWith('First') }]
}

function nullable(field: ColumnField): ColumnField {
  return { ...field, column: { ...field.column, notNull: false } }
}

/** What a count is like. */
const countField: ColumnField = {
  kind: 'column',
  name: 'count',
  description: undefined,
  column: {
    name: 'count',
    type: 20,
    notNull: true,
    hasDefault: false,
    default: null,
    maxLength: null,
    generated: true,
    comment: null,
  },
  type: { kind: 'scalar', scalar: 'BigInt', pg: { schema: 'pg_catalog', name: 'int8' } },
  readable: true,
}
