import { GraphQLBoolean, type GraphQLFieldConfigArgumentMap, GraphQLID, GraphQLInt, GraphQLString } from 'graphql'
import type { ColumnField, Entity, FunctionField, Relation } from '../model/index.ts'
import { answered, type FieldSource, typeKey } from './field-source.ts'
import { answeredBy, type Field, ownArguments, pageArguments, valueField } from './fields.ts'
import { together } from './graft.ts'
import type { NamedTypes, OutputFields } from './named-types.ts'
import { listOf, memo, type Parts, readable, required } from './parts.ts'

/** Table types with their connections, edges and the page info. */
export function objectTypes(types: NamedTypes, parts: () => Parts, ofCode: (typeName: string) => OutputFields) {
  const node = memo((_: 'Node') =>
    types.interface({
      name: 'Node',
      fields: {
        nodeId: { type: required(GraphQLID), description: 'Retrieves a record by `ID`', resolve: answered },
      },
      resolveType: (value) => (value as { [typeKey]?: string })[typeKey],
    }),
  )

  const object = memo((entity: Entity) =>
    types.object({
      name: entity.typeName,
      description: entity.description ?? null,
      interfaces: entity.key.length > 0 ? [node('Node')] : [],
      fields: () => together(entity.typeName, rowFields(entity), ofCode(entity.typeName)),
    }),
  )

  function rowFields(entity: Entity): OutputFields {
    const nodeId = {
      type: required(GraphQLID),
      description: 'Globally Unique Record Identifier',
      ...answeredBy({ kind: 'nodeId', entity }),
    }
    return Object.fromEntries<Field>([
      ...(entity.key.length > 0 ? [['nodeId', nodeId] as const] : []),
      ...readable(entity).map((field): [string, Field] => [field.name, columnField(field)]),
      ...entity.relations.map((relation): [string, Field] => [relation.name, relationField(relation)]),
      ...entity.computed.map((field): [string, Field] => [field.name, computedField(field)]),
    ])
  }

  const pageInfo = memo((_: 'PageInfo') =>
    types.object({
      name: 'PageInfo',
      fields: {
        hasNextPage: { type: required(GraphQLBoolean), ...answeredBy({ kind: 'hasNextPage' }) },
        hasPreviousPage: { type: required(GraphQLBoolean), ...answeredBy({ kind: 'hasPreviousPage' }) },
        startCursor: { type: GraphQLString, ...answeredBy({ kind: 'startCursor' }) },
        endCursor: { type: GraphQLString, ...answeredBy({ kind: 'endCursor' }) },
      },
    }),
  )

  const edge = memo((entity: Entity) =>
    types.object({
      name: `${entity.typeName}Edge`,
      fields: () => ({
        cursor: { type: required(GraphQLString), ...answeredBy({ kind: 'cursor' }) },
        node: { type: required(object(entity)), ...answeredBy({ kind: 'edgeNode' }) },
      }),
    }),
  )

  const connection = memo((entity: Entity) =>
    types.object({
      name: `${entity.typeName}Connection`,
      fields: () => ({
        edges: { type: required(listOf(edge(entity))), ...answeredBy({ kind: 'edges' }) },
        pageInfo: { type: required(pageInfo('PageInfo')), ...answeredBy({ kind: 'pageInfo' }) },
        ...(entity.aggregate && {
          aggregate: { type: parts().aggregate(entity), ...answeredBy({ kind: 'aggregate' }) },
        }),
        ...(entity.totalCount && {
          totalCount: {
            type: required(GraphQLInt),
            description: `The total number of records matching the \`filter\` criteria`,
            ...answeredBy({ kind: 'totalCount' }),
          },
        }),
      }),
    }),
  )

  function columnField(field: ColumnField): Field {
    return valueField(parts(), field, { kind: 'column', field }, !field.column.notNull)
  }

  function computedField(field: FunctionField): Field {
    const source: FieldSource = { kind: 'computed', field }
    const { returns, description } = field
    const own = ownArguments(parts(), field)
    return returns.kind === 'value'
      ? valueField(parts(), { type: returns.type, description }, source, true, own)
      : rowsField(returns.entity(), returns.kind === 'rows' ? 'many' : 'one', source, field, true, own)
  }

  function relationField(relation: Relation): Field {
    return rowsField(relation.to(), relation.kind, { kind: relation.kind, relation }, relation, !relation.required)
  }

  function rowsField(
    entity: Entity,
    kind: 'one' | 'many',
    source: FieldSource,
    { description }: { description: string | undefined },
    nullable = true,
    own: GraphQLFieldConfigArgumentMap = {},
  ): Field {
    const about = { description: description ?? null, ...answeredBy(source) }
    if (kind === 'one') return { type: nullable ? object(entity) : required(object(entity)), args: own, ...about }
    return { type: connection(entity), args: { ...pageArguments(parts(), entity), ...own }, ...about }
  }

  return { object, connection, pageInfo: () => pageInfo('PageInfo'), node: () => node('Node') }
}
