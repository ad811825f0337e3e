import type { ColumnField, Entity, FunctionField, Relation } from '../model/index.ts'
import type { Row, SchemaBuilder, Types } from './builder.ts'
import { answered, type FieldSource, sourced, typeKey } from './field-source.ts'
import { isOrderable, itemType, memo, type Parts, readable } from './parts.ts'

type FieldBuilder = PothosSchemaTypes.ObjectFieldBuilder<Types, Row>
type FieldRef = ReturnType<FieldBuilder['field']>

/** Table types with their connections, edges and the page info. */
export function objectTypes(builder: SchemaBuilder, parts: () => Parts) {
  const node = memo((_: 'Node') =>
    builder.interfaceRef<Row>('Node').implement({
      fields: (t) => ({
        nodeId: t.id({ nullable: false, description: 'Retrieves a record by `ID`', resolve: answered as () => never }),
      }),
      resolveType: (value) => (value as { [typeKey]?: string })[typeKey] ?? null,
    }),
  )

  const object = memo(
    (entity: Entity) => builder.objectRef<Row>(entity.typeName),
    (ref, entity) =>
      ref.implement({
        ...described(entity),
        interfaces: entity.key.length > 0 ? [node('Node')] : [],
        fields: (t) =>
          Object.fromEntries<FieldRef>([
            ...(entity.key.length > 0 ? [['nodeId', nodeIdField(t, entity)] as const] : []),
            ...readable(entity).map((field): [string, FieldRef] => [field.name, columnField(t, field)]),
            ...entity.relations.map((relation): [string, FieldRef] => [relation.name, relationField(t, relation)]),
            ...entity.computed.map((field): [string, FieldRef] => [field.name, computedField(t, field)]),
          ]),
      }),
  )

  const pageInfo = memo((_: 'PageInfo') =>
    builder.objectRef<Row>('PageInfo').implement({
      fields: (t) => ({
        hasNextPage: t.boolean({ nullable: false, ...answeredBy({ kind: 'hasNextPage' }) }),
        hasPreviousPage: t.boolean({ nullable: false, ...answeredBy({ kind: 'hasPreviousPage' }) }),
        startCursor: t.string(answeredBy({ kind: 'startCursor' })),
        endCursor: t.string(answeredBy({ kind: 'endCursor' })),
      }),
    }),
  )

  const edge = memo(
    (entity: Entity) => builder.objectRef<Row>(`${entity.typeName}Edge`),
    (ref, entity) =>
      ref.implement({
        fields: (t) => ({
          cursor: t.string({ nullable: false, ...answeredBy({ kind: 'cursor' }) }),
          node: t.field({ type: object(entity), nullable: false, ...answeredBy({ kind: 'edgeNode' }) }),
        }),
      }),
  )

  const connection = memo(
    (entity: Entity) => builder.objectRef<Row>(`${entity.typeName}Connection`),
    (ref, entity) =>
      ref.implement({
        fields: (t) => ({
          edges: t.field({ type: [edge(entity)], nullable: false, ...answeredBy({ kind: 'edges' }) }),
          pageInfo: t.field({ type: pageInfo('PageInfo'), nullable: false, ...answeredBy({ kind: 'pageInfo' }) }),
          ...(entity.aggregate && {
            aggregate: t.field({ type: parts().aggregate(entity), ...answeredBy({ kind: 'aggregate' }) }),
          }),
          ...(entity.totalCount && {
            totalCount: t.int({
              nullable: false,
              description: `The total number of records matching the \`filter\` criteria`,
              ...answeredBy({ kind: 'totalCount' }),
            }),
          }),
        }),
      }),
  )

  function nodeIdField(t: FieldBuilder, entity: Entity): FieldRef {
    const description = 'Globally Unique Record Identifier'
    return t.id({ nullable: false, description, ...answeredBy({ kind: 'nodeId', entity }) }) as FieldRef
  }

  function columnField(t: FieldBuilder, field: ColumnField): FieldRef {
    return valueField(t, field, { kind: 'column', field }, !field.column.notNull)
  }

  function computedField(t: FieldBuilder, field: FunctionField): FieldRef {
    const source: FieldSource = { kind: 'computed', field }
    return field.returns.kind === 'value'
      ? valueField(t, { type: field.returns.type, description: field.description }, source, true)
      : rowsField(t, field.returns.entity(), field.returns.kind === 'rows' ? 'many' : 'one', source, field)
  }

  function relationField(t: FieldBuilder, relation: Relation): FieldRef {
    return rowsField(t, relation.to(), relation.kind, { kind: relation.kind, relation }, relation, !relation.required)
  }

  function rowsField(
    t: FieldBuilder,
    entity: Entity,
    kind: 'one' | 'many',
    source: FieldSource,
    about: { description: string | undefined },
    nullable = true,
  ): FieldRef {
    if (kind === 'one')
      return t.field({ type: object(entity), nullable, ...described(about), ...answeredBy(source) }) as FieldRef
    const args = pageArguments(t, parts(), entity)
    return t.field({ type: connection(entity), args, ...described(about), ...answeredBy(source) }) as FieldRef
  }

  function valueField(
    t: FieldBuilder,
    { type, description }: Pick<ColumnField, 'type' | 'description'>,
    source: FieldSource,
    nullable: boolean,
    args = {},
  ): FieldRef {
    const options = { nullable, args, ...described({ description }), ...answeredBy(source) }
    if (type.kind !== 'list') return t.field({ type: itemType(parts(), type), ...options }) as FieldRef
    return t.field({ type: t.listRef(itemType(parts(), type.item), { nullable: true }), ...options }) as FieldRef
  }

  return { object, connection, pageInfo: () => pageInfo('PageInfo'), node: () => node('Node'), valueField }
}

/** What every collection takes. */
export function pageArguments(t: Pick<FieldBuilder, 'arg'>, parts: Parts, entity: Entity) {
  return {
    first: t.arg.int({ description: 'Query the first `n` records in the collection' }),
    last: t.arg.int({ description: 'Query the last `n` records in the collection' }),
    before: t.arg({ type: 'Cursor', description: 'Query values in the collection before the provided cursor' }),
    after: t.arg({ type: 'Cursor', description: 'Query values in the collection after the provided cursor' }),
    offset: t.arg.int({
      description:
        'Skip n values from the after cursor. Alternative to cursor pagination. Backward pagination not supported.',
    }),
    filter: t.arg({
      type: parts.filter(entity),
      description: 'Filters to apply to the results set when querying from the collection',
    }),
    ...(isOrderable(entity) && {
      orderBy: t.arg({
        type: t.arg.listRef(parts.orderBy(entity), { required: true }),
        description: 'Sort order to apply to the collection',
      }),
    }),
  }
}

export function answeredBy(source: FieldSource) {
  return { ...sourced(source), resolve: answered as () => never }
}

export function described({ description }: { description: string | undefined }): { description?: string } {
  return description === undefined ? {} : { description }
}
