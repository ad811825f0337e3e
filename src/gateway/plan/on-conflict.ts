import { conflictKeys, type Entity } from '../model/index.ts'
import type { OnConflict } from './changes-plan.ts'
import { planFilter } from './filter.ts'
import type { Input } from './input.ts'
import { leaf } from './page.ts'
import { peek, type Scope } from './scope.ts'
import { userError } from './user-error.ts'

/** `onConflict: {constraint, updateColumns, filter}`: what an insert does with a row whose key is taken. */
export function planOnConflict(input: Input | undefined, entity: Entity, scope: Scope): OnConflict | undefined {
  if (input?.kind !== 'object') return undefined
  const word = (name: string) => {
    const value = leaf(input.fields.get(name))
    return value ? [peek(value, scope)].flat().map(String) : []
  }
  const [constraint] = word('constraint')
  const key = conflictKeys(entity).find(({ name }) => name === constraint)
  if (!key) throw userError('"onConflict" takes the name of a constraint')
  const names = word('updateColumns')
  return {
    constraint: key.columns,
    update: entity.updatable.filter(({ name }) => names.includes(name)),
    filter: planFilter(input.fields.get('filter'), entity, scope),
  }
}
