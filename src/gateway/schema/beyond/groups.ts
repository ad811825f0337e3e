import {
  type GraphQLEnumType,
  type GraphQLFieldConfig,
  type GraphQLInputFieldConfig,
  type GraphQLInputObjectType,
  GraphQLInt,
  GraphQLList,
  GraphQLNonNull,
  type GraphQLObjectType,
  GraphQLString,
  getNamedType,
  getNullableType,
  isObjectType,
} from 'graphql'
import type { Entity } from '../../model/index.ts'
import { answered, type FieldSource, sourced } from '../field-source.ts'
import { addFields } from '../graft.ts'
import type { InputFields } from '../named-types.ts'
import { listOf, memo, nameable } from '../parts.ts'
import type { BeyondTypes } from './types.ts'

const kinds = ['sum', 'avg', 'min', 'max'] as const

/** `groups` beside `aggregate`, for the tables whose comment asks for aggregates. */
export function addGroups(types: BeyondTypes, entities: readonly Entity[]): void {
  const bucket = memo((_: 'bucket') =>
    types.newEnum(
      'TimeBucket',
      Object.fromEntries(
        ['Second', 'Minute', 'Hour', 'Day', 'Week', 'Month', 'Quarter', 'Year'].map((name) => [name, undefined]),
      ),
      'What a point in time is cut to',
    ),
  )
  const by = types.inputOf('GroupBy', (entity) => ({
    column: { type: new GraphQLNonNull(types.columns(entity)) },
    bucket: { type: bucket('bucket'), description: 'For a date or a point in time: the period that it lies in' },
    timeZone: { type: GraphQLString, description: 'Where periods begin: "Europe/Rome"' },
  }))
  const having = types.inputOf('Having', (entity) => {
    const own = having(entity)
    return {
      count: { type: scalarFilter('Int') },
      ...perKind(entity, 'Having', (scalar) => ({ type: scalarFilter(scalar) })),
      and: { type: listOf(own) },
      or: { type: listOf(own) },
      not: { type: own },
    }
  })
  const orderBy = types.inputOf('GroupOrderBy', (entity) => ({
    key: { type: types.input(`${entity.typeName}OrderBy`) ?? types.direction, description: 'A column of "by"' },
    count: { type: types.direction },
    ...perKind(entity, 'OrderBy', () => ({ type: types.direction })),
  }))

  /** A field for each kind of aggregate that the table has, of an input with a field for each column. */
  function perKind(entity: Entity, suffix: string, fieldOf: (scalar: string) => GraphQLInputFieldConfig): InputFields {
    const aggregate = types.existing<GraphQLObjectType>(`${entity.typeName}Aggregate`).getFields()
    return Object.fromEntries(
      kinds.flatMap((kind): [string, GraphQLInputFieldConfig][] => {
        const result = aggregate[kind] && getNamedType(aggregate[kind].type)
        if (!isObjectType(result)) return []
        const fields = () =>
          Object.fromEntries(
            Object.values(result.getFields()).map(({ name, type }) => [name, fieldOf(getNamedType(type).name)]),
          )
        const name = `${entity.typeName}${kind.charAt(0).toUpperCase()}${kind.slice(1)}${suffix}`
        return [[kind, { type: types.newInput(name, fields) }]]
      }),
    )
  }

  /** The filter of a scalar, which no column may be of. */
  const scalarFilter = memo((scalar: string): GraphQLInputObjectType => {
    const known = types.input(`${scalar}Filter`)
    if (known) return known
    const type = types.existing<GraphQLEnumType>(scalar)
    const names = scalar === 'Boolean' ? ['eq'] : ['eq', 'gt', 'gte', 'lt', 'lte', 'neq']
    return types.newInput(
      `${scalar}Filter`,
      () => Object.fromEntries(names.map((name) => [name, { type }])),
      `Boolean expression comparing fields on type "${scalar}"`,
    )
  })

  const group = memo((entity: Entity) =>
    types.newObject(
      `${entity.typeName}Group`,
      () => ({
        key: field(new GraphQLNonNull(key(entity)), { kind: 'groupKey' }, 'What the records have in common'),
        aggregate: field(
          new GraphQLNonNull(types.existing<GraphQLObjectType>(`${entity.typeName}Aggregate`)),
          { kind: 'aggregate' },
          'Aggregates of the records of the group',
        ),
      }),
      `Records of \`${entity.typeName}\` that agree in some columns`,
    ),
  )
  const key = (entity: Entity) =>
    types.newObject(
      `${entity.typeName}GroupKey`,
      () => {
        const own = types.existing<GraphQLObjectType>(entity.typeName).getFields()
        return Object.fromEntries(
          nameable(entity).flatMap((column) => {
            const type = own[column.name]?.type
            return type ? [[column.name, field(getNullableType(type), { kind: 'column', field: column })]] : []
          }),
        )
      },
      'The columns that were grouped by; the others are null',
    )

  for (const entity of entities) {
    const connection = types.find(`${entity.typeName}Connection`)
    if (!entity.aggregate || !isObjectType(connection) || nameable(entity).length === 0) continue
    if (!types.find(`${entity.typeName}Aggregate`)) continue
    addFields(connection, {
      groups: {
        ...field(
          new GraphQLNonNull(new GraphQLList(new GraphQLNonNull(group(entity)))),
          { kind: 'groups' },
          'The records that match, grouped',
        ),
        args: {
          by: { type: new GraphQLNonNull(listOf(by(entity))) },
          having: { type: having(entity), description: 'Which groups are answered' },
          orderBy: { type: listOf(orderBy(entity)), description: 'By their keys where nothing else is said' },
          first: { type: GraphQLInt },
          offset: { type: GraphQLInt },
        },
      },
    })
  }
}

function field(
  type: GraphQLFieldConfig<unknown, unknown>['type'],
  source: FieldSource,
  description?: string,
): GraphQLFieldConfig<unknown, unknown> {
  return { type, description: description ?? null, ...sourced(source), resolve: answered as () => unknown }
}
