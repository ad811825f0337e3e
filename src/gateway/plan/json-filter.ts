import type { ColumnField } from '../model/index.ts'
import type { Condition, JsonOperator } from './condition-plan.ts'
import type { Input } from './input.ts'
import { leaf } from './page.ts'
import { peek, type Scope } from './scope.ts'
import { userError } from './user-error.ts'

/** Deeper than documents are; the path is part of the statement, so that an index on it serves. */
const maxPath = 32

/** A filter over a JSON column: of the document as a whole, and of what lies in it at each `path`. */
export function jsonConditions(field: ColumnField, input: Input & { kind: 'object' }, scope: Scope): Condition[] {
  return [...input.fields].flatMap(([operator, operand]) => {
    if (operator !== 'path') return condition(field, [], operator, operand, scope)
    const paths = operand.kind === 'list' ? operand.items : [operand]
    return paths.flatMap((path) => (path.kind === 'object' ? pathConditions(field, path, scope) : []))
  })
}

function pathConditions(field: ColumnField, input: Input & { kind: 'object' }, scope: Scope): Condition[] {
  const given = leaf(input.fields.get('at'))
  const at = given ? [peek(given, scope)].flat().map(String) : []
  if (at.length === 0 || at.length > maxPath) throw userError(`"at" takes 1 to ${maxPath} keys`)
  if (at.some((key) => key.includes('\0')))
    throw userError('"at" takes keys that a document may have: none holds U+0000')
  scope.conditions += input.fields.size
  return [...input.fields].flatMap(([operator, operand]) =>
    operator === 'at' ? [] : condition(field, at, operator, operand, scope),
  )
}

function condition(
  field: ColumnField,
  at: readonly string[],
  operator: string,
  operand: Input,
  scope: Scope,
): Condition[] {
  const value = leaf(operand) ?? ({ kind: 'constant', value: null } as const)
  if (operator !== 'is') return [{ kind: 'json', field, at, operator: operator as JsonOperator, value }]
  const isNull = operand.kind !== 'leaf' || peek(operand.value, scope) !== 'NOT_NULL'
  return [{ kind: 'json', field, at, operator: isNull ? 'isNull' : 'isNotNull', value }]
}
