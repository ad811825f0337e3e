import { type GraphQLInputFieldConfig, GraphQLNonNull, GraphQLObjectType } from 'graphql'
import { conflictKeys, type Entity, type Relation } from '../../model/index.ts'
import { answered, sourced } from '../field-source.ts'
import { addArguments, addFields, addInputFields } from '../graft.ts'
import type { InputFields } from '../named-types.ts'
import { listOf } from '../parts.ts'
import type { BeyondTypes } from './types.ts'
import { writeInputs } from './write-inputs.ts'

/** Writes of rows together with their related ones, upserts, and updates of many rows each by its key. */
export function addWrites(types: BeyondTypes, entities: readonly Entity[]): void {
  const inputs = writeInputs(types)
  const mutation = types.find('Mutation')
  for (const entity of entities) {
    const insertInput = types.input(`${entity.typeName}InsertInput`)
    const updateInput = types.input(`${entity.typeName}UpdateInput`)
    if (insertInput) addInputFields(insertInput, related(entity, 'insert'))
    if (updateInput) addInputFields(updateInput, related(entity, 'update'))
    if (!(mutation instanceof GraphQLObjectType)) continue
    const insert = insertInput && mutation.getFields()[`insertInto${entity.typeName}Collection`]
    if (insert && conflictKeys(entity).length > 0)
      addArguments(insert, { onConflict: { type: inputs.onConflict(entity) } })
    if (!updateInput) continue
    addFields(mutation, {
      [`updateMany${entity.typeName}Collection`]: {
        type: new GraphQLNonNull(types.existing<GraphQLObjectType>(`${entity.typeName}UpdateResponse`)),
        description: `Updates records in the \`${entity.typeName}\` collection, each by its key and with values of its own`,
        args: { updates: { type: new GraphQLNonNull(listOf(inputs.update(entity))) } },
        extensions: sourced({ kind: 'updateMany', entity }).extensions,
        resolve: answered as () => unknown,
      },
    })
  }

  function related(entity: Entity, verb: 'insert' | 'update'): InputFields {
    return Object.fromEntries(
      entity.relations.flatMap((relation): [string, GraphQLInputFieldConfig][] => {
        const type =
          mayTie(entity, relation, verb) && inputs[verb === 'insert' ? 'inInsert' : 'inUpdate'](relation.to())
        return type ? [[relation.name, { type }]] : []
      }),
    )
  }
}

/** Whether the role may write the columns that tie the two rows together. */
function mayTie(entity: Entity, relation: Relation, verb: 'insert' | 'update'): boolean {
  const [holder, names] = relation.holdsKey ? [entity, relation.from.columns] : [relation.to(), relation.toColumns]
  const writable = relation.holdsKey
    ? [...(verb === 'insert' ? holder.insertable : holder.updatable)]
    : [...holder.insertable, ...holder.updatable]
  const changeable = verb === 'update' && (relation.to().updatable.length > 0 || relation.to().deletable)
  return changeable || names.every((name) => writable.some(({ column }) => column.name === name))
}
