import type { ColumnField, Entity, Relation } from '../model/index.ts'
import type { Condition, Operator, Quantifier } from './condition-plan.ts'
import type { Input } from './input.ts'
import { jsonConditions } from './json-filter.ts'
import { leaf } from './page.ts'
import { peek, peekTrait, type Scope } from './scope.ts'
import { textSearch } from './text-search.ts'
import { userError } from './user-error.ts'
import type { Value } from './value.ts'

/** Conditions of one operation: far more than a person writes, few enough to be planned in no time. */
export const maxConditions = 5000

export function boundConditions(count: number): void {
  if (count > maxConditions) throw userError(`An operation may filter by ${maxConditions} conditions; use "in".`)
}

/** Postgres plans each look at another table as a join, which takes it longer than a comparison. */
export const relationWeight = 100

/** A filter argument as a condition; undefined where it restricts nothing. */
export function planFilter(input: Input | undefined, entity: Entity, scope: Scope): Condition | undefined {
  if (input?.kind !== 'object') return undefined
  scope.conditions += 1 + input.fields.size
  boundConditions(scope.conditions)
  const of = [...input.fields].flatMap(([name, value]): Condition[] => {
    const field = entity.columns.find((column) => column.name === name && column.readable)
    if (field) return columnConditions(field, value, scope)
    const relation = entity.relations.find((relation) => relation.name === name)
    if (relation && !logic.has(name)) return relatedConditions(relation, value, scope)
    switch (name) {
      case 'and':
      case 'or': {
        const inner = items(value).flatMap((item) => planFilter(item, entity, scope) ?? [])
        return inner.length > 0 ? [{ kind: name === 'and' ? 'all' : 'any', of: inner }] : []
      }
      case 'not': {
        const inner = planFilter(value, entity, scope)
        return inner ? [{ kind: 'not', of: inner }] : []
      }
      case 'nodeId':
        return nodeIdCondition(value, entity, scope)
      default:
        return []
    }
  })
  return of.length > 1 ? { kind: 'all', of } : of[0]
}

/** What a relation of these names cannot be asked by. */
const logic: ReadonlySet<string> = new Set(['and', 'or', 'not', 'nodeId'])

/** A to-one takes a filter, a to-many one for each of `some`, `none` and `every`. */
function relatedConditions(relation: Relation, input: Input, scope: Scope): Condition[] {
  if (input.kind !== 'object') return []
  const related = (quantifier: Quantifier, of: Input): Condition[] =>
    of.kind === 'object' ? [{ kind: 'related', relation, quantifier, of: planFilter(of, relation.to(), scope) }] : []
  scope.conditions += relationWeight
  if (relation.kind === 'one') return related('some', input)
  return [...input.fields].flatMap(([quantifier, of]) => related(quantifier as Quantifier, of))
}

function columnConditions(field: ColumnField, input: Input, scope: Scope): Condition[] {
  if (input.kind !== 'object') return []
  if (field.type.kind === 'scalar' && field.type.scalar === 'JSON') return jsonConditions(field, input, scope)
  return [...input.fields].map(([operator, operand]): Condition => {
    if (operator === 'textSearch') return textSearch(field, operand, scope)
    if (operator === 'is') {
      if (operand.kind !== 'leaf') throw userError('"is" takes NULL or NOT_NULL')
      const nullness = peek(operand.value, scope)
      return { kind: 'isNull', field, not: nullness === 'NOT_NULL' }
    }
    return { kind: 'compare', field, operator: operator as Operator, value: operandOf(operand) }
  })
}

function operandOf(input: Input): Value {
  return leaf(input) ?? { kind: 'constant', value: null }
}

function nodeIdCondition(input: Input, entity: Entity, scope: Scope): Condition[] {
  const id = input.kind === 'object' ? input.fields.get('eq') : undefined
  if (id?.kind !== 'leaf') return []
  const condition = keyCondition(entity, id.value, scope)
  if (condition.kind === 'never') throw userError('nodeId belongs to a different collection')
  return [condition]
}

/** The row that a `nodeId` names, if it names one of this table. */
export function keyCondition(entity: Entity, id: Value, scope: Scope): Condition {
  const { schema, name } = entity.table
  const named = peekTrait('#table', id, scope)
  if (named?.schema !== schema || named.table !== name || named.columns !== entity.key.length) return { kind: 'never' }
  const of = entity.key.map(
    (field, index): Condition => ({ kind: 'compare', field, operator: 'eq', value: { kind: 'key', of: id, index } }),
  )
  return { kind: 'all', of }
}

function items(input: Input): readonly Input[] {
  return input.kind === 'list' ? input.items : [input]
}
