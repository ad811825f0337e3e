import {
  type GraphQLEnumType,
  type GraphQLInputFieldConfig,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  GraphQLInt,
  GraphQLNonNull,
  GraphQLObjectType,
} from 'graphql'
import { conflictKeys, type Entity, type Relation, uniqueKeys } from '../../model/index.ts'
import { answered, sourced } from '../field-source.ts'
import { addArguments, addFields, addInputFields } from '../graft.ts'
import type { InputFields } from '../named-types.ts'
import { listOf, memo } from '../parts.ts'
import type { BeyondTypes } from './types.ts'

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

function writeInputs(types: BeyondTypes) {
  const many = (type: GraphQLInputType, description: string): GraphQLInputFieldConfig => ({
    type: listOf(type),
    description,
  })
  const insertInput = (entity: Entity) => types.input(`${entity.typeName}InsertInput`)
  const updateInput = (entity: Entity) => types.existing<GraphQLInputObjectType>(`${entity.typeName}UpdateInput`)
  const insertable = (entity: Entity) => entity.insertable.length > 0 && insertInput(entity) !== undefined

  const key = types.inputOf(
    'Key',
    (entity) => {
      const columns = new Set(uniqueKeys(entity).flat())
      const own = types.filter(entity).getFields()
      return Object.fromEntries(
        entity.columns.flatMap((field) => {
          const type = columns.has(field) && own[field.name]?.type
          const eq = type && (type as GraphQLInputObjectType).getFields().eq
          return eq ? [[field.name, { type: eq.type }]] : []
        }),
      )
    },
    'Names one record: the columns of one of its unique keys',
  )
  const hasKey = memo((entity: Entity) => {
    const own = types.filter(entity).getFields()
    return uniqueKeys(entity)
      .flat()
      .some((field) => own[field.name] !== undefined)
  })

  const constraint = memo((entity: Entity) =>
    types.newEnum(
      `${entity.typeName}Constraint`,
      Object.fromEntries(conflictKeys(entity).map(({ name, columns }) => [name, `On ${columns.join(', ')}`])),
      `Unique keys of \`${entity.typeName}\``,
    ),
  )
  const updateColumn = memo((entity: Entity): GraphQLEnumType | undefined => {
    const columns = entity.updatable.filter(({ name }) => !['true', 'false', 'null'].includes(name))
    if (columns.length === 0) return undefined
    return types.newEnum(
      `${entity.typeName}UpdateColumn`,
      Object.fromEntries(columns.map(({ name }) => [name, undefined])),
      `Columns of \`${entity.typeName}\` that an upsert may update`,
    )
  })
  const onConflict = types.inputOf(
    'OnConflict',
    (entity) => {
      const column = updateColumn(entity)
      return {
        constraint: { type: new GraphQLNonNull(constraint(entity)) },
        ...(column && {
          updateColumns: {
            ...many(column, 'What is taken over from the new record; without it the old one stays as it is'),
            defaultValue: [],
          },
          filter: { type: types.filter(entity), description: 'Which of the old records are updated' },
        }),
      }
    },
    'What becomes of a record whose key is taken',
  )
  const connectOrCreate = types.inputOf('ConnectOrCreate', (entity) => ({
    where: { type: new GraphQLNonNull(key(entity)), description: 'Its values go into a new record as well' },
    create: { type: insertInput(entity) as GraphQLInputObjectType },
  }))
  const update = types.inputOf('UpdateByKey', (entity) => ({
    ...(hasKey(entity) && { where: { type: key(entity), description: 'A to-one relation needs none' } }),
    set: { type: new GraphQLNonNull(updateInput(entity)) },
  }))
  const atMost = {
    atMost: {
      type: new GraphQLNonNull(GraphQLInt),
      defaultValue: 1,
      description: 'The maximum number of records permitted to be affected',
    },
  }
  const updateWhere = types.inputOf('UpdateWhere', (entity) => ({
    filter: { type: types.filter(entity) },
    set: { type: new GraphQLNonNull(updateInput(entity)) },
    ...atMost,
  }))
  const deleteWhere = types.inputOf('DeleteWhere', (entity) => ({ filter: { type: types.filter(entity) }, ...atMost }))

  const added = (entity: Entity): InputFields => ({
    ...(insertable(entity) && { create: many(insertInput(entity) as GraphQLInputObjectType, 'New records') }),
    ...(insertable(entity) && conflictKeys(entity).length > 0 && { onConflict: { type: onConflict(entity) } }),
    ...(hasKey(entity) && { connect: many(key(entity), 'Records that are there') }),
    ...(hasKey(entity) &&
      insertable(entity) && { connectOrCreate: many(connectOrCreate(entity), 'Records that may be there') }),
  })
  const changed = (entity: Entity): InputFields => ({
    ...(hasKey(entity) && { disconnect: many(key(entity), 'Related records that shall be so no longer') }),
    ...(entity.updatable.length > 0 && {
      update: many(update(entity), 'Related records by their keys'),
      updateWhere: many(updateWhere(entity), 'Related records that match'),
    }),
    ...(entity.deletable && {
      ...(hasKey(entity) && { delete: many(key(entity), 'Related records by their keys') }),
      deleteWhere: many(deleteWhere(entity), 'Related records that match'),
    }),
  })
  const inInsert = types.inputOf('NestedInsert', added, 'Records to be related to a new one')
  const inUpdate = types.inputOf(
    'NestedUpdate',
    (entity) => ({ ...added(entity), ...changed(entity) }),
    'Changes of related records, in this order: deleteWhere, delete, disconnect, update, updateWhere, connect, connectOrCreate, create',
  )
  const unless = (make: (entity: Entity) => GraphQLInputObjectType, fields: (entity: Entity) => InputFields) =>
    memo((entity: Entity) => (Object.keys(fields(entity)).length > 0 ? make(entity) : null))

  return {
    onConflict,
    update,
    inInsert: unless(inInsert, added),
    inUpdate: unless(inUpdate, (entity) => ({ ...added(entity), ...changed(entity) })),
  }
}
