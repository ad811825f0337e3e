import { type GraphQLField, type GraphQLInputObjectType, type GraphQLNamedType, isObjectType } from 'graphql'
import type { Entity } from '../../model/index.ts'
import { sourceOf } from '../field-source.ts'
import { addArguments, addInputFields } from '../graft.ts'
import type { InputFields } from '../named-types.ts'
import { isOrderable, listOf, memo, nameable } from '../parts.ts'
import type { BeyondTypes } from './types.ts'

/** Filters and orders that look at related rows: the relations of a table, by their names. */
export function addRelatedRows(types: BeyondTypes, entities: readonly Entity[]): void {
  const toMany = types.inputOf('ToManyFilter', (entity) => {
    const type = types.filter(entity)
    return {
      some: { type, description: 'At least one matches' },
      none: { type, description: 'None matches' },
      every: { type, description: 'All match, or there are none' },
    }
  })
  const counted = memo((_: 'count') =>
    types.newInput(
      'ToManyOrderBy',
      () => ({ count: { type: types.direction, description: 'How many there are' } }),
      'Orders by related records',
    ),
  )

  for (const entity of entities) {
    const related = entity.relations.filter(({ name }) => !logic.has(name))
    addInputFields(
      types.filter(entity),
      Object.fromEntries(
        related.map(({ name, kind, to }) => [
          name,
          kind === 'one'
            ? { type: types.filter(to()), description: 'The related record is there and matches' }
            : { type: toMany(to()) },
        ]),
      ),
    )
    const orderBy = types.input(`${entity.typeName}OrderBy`)
    if (orderBy) addInputFields(orderBy, orders(entity))
  }

  function orders(entity: Entity): InputFields {
    const orderable = entity.relations.filter(({ kind, to }) => kind === 'many' || isOrderable(to()))
    return Object.fromEntries(
      orderable.map(({ name, kind, to }) => [
        name,
        { type: kind === 'one' ? types.existing<GraphQLInputObjectType>(`${to().typeName}OrderBy`) : counted('count') },
      ]),
    )
  }
}

/** What a filter says of itself goes before a relation of that name. */
const logic: ReadonlySet<string> = new Set(['and', 'or', 'not', 'nodeId'])

/** `distinctOn` for every field that is a collection. */
export function addDistinctOn(types: BeyondTypes, all: readonly GraphQLNamedType[]): void {
  const argument = memo((entity: Entity) => ({
    distinctOn: {
      type: listOf(types.columns(entity)),
      description: 'Of records that agree in these columns, only the first by `orderBy`',
    },
  }))
  for (const type of all) {
    if (!isObjectType(type)) continue
    for (const field of Object.values(type.getFields())) {
      const entity = rowsOf(field)
      if (entity && nameable(entity).length > 0) addArguments(field, argument(entity))
    }
  }
}

/** The table whose rows a field answers a page of. */
function rowsOf(field: GraphQLField<unknown, unknown>): Entity | undefined {
  const source = sourceOf(field)
  switch (source?.kind) {
    case 'collection':
      return source.entity
    case 'many':
      return source.relation.to()
    case 'computed':
    case 'call':
      return source.field.returns.kind === 'rows' ? source.field.returns.entity() : undefined
    default:
      return undefined
  }
}
