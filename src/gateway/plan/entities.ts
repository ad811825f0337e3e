import { type Entity, entityKeys } from '../model/index.ts'
import type { Arguments } from './input.ts'
import { leaf } from './page.ts'
import type { EntityGroup, RootPlan } from './plan.ts'
import { keyOfRepresentation } from './representations.ts'
import { planTyped } from './rows.ts'
import { peekTrait, type Scope } from './scope.ts'
import type { Selected } from './select.ts'
import { userError } from './user-error.ts'

/** `_entities(representations:)`: a group for each table and each key that rows of it are named by. */
export function planEntities(
  { key, nodes }: Selected,
  entities: readonly Entity[],
  args: Arguments,
  scope: Scope,
): RootPlan {
  const representations = leaf(args.get('representations')) ?? ({ kind: 'list', items: [] } as const)
  const { kinds, count } = peekTrait('#representations', representations, scope)
  const groups: Omit<EntityGroup, 'object'>[] = []
  for (const [typeName, fields] of kinds) {
    const entity = entities.find((one) => one.typeName === typeName)
    if (!entity) throw userError(`There is no entity "${typeName}".`)
    const others = groups.filter((group) => group.entity === entity)
    const keys = others[0]?.keys ?? entityKeys(entity)
    const own = keyOfRepresentation(keys, fields)
    if (!own) throw userError(`A representation of "${typeName}" has to name all fields of one of its keys.`)
    if (others.every((group) => group.key !== own)) groups.push({ entity, keys, key: own })
  }
  const objects = planTyped(
    groups.map(({ entity }) => entity),
    nodes,
    scope,
  )
  const planned = groups.flatMap((group, i) => {
    const object = objects[i]
    return object ? [{ ...group, object }] : []
  })
  return { kind: 'entities', key, entities: { representations, count, groups: planned } }
}
