import {
  type GraphQLEnumType,
  type GraphQLInputFieldConfig,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  GraphQLInt,
  GraphQLNonNull,
} from 'graphql'
import { conflictKeys, type Entity, uniqueKeys } from '../../model/index.ts'
import type { InputFields } from '../named-types.ts'
import { listOf, memo } from '../parts.ts'
import type { BeyondTypes } from './types.ts'

/** The input types of such writes, each made when a field first needs it; null where a role may do nothing of it. */
export function writeInputs(types: BeyondTypes) {
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
