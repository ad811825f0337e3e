import type { ColumnField, Entity, ScalarName } from '../model/index.ts'
import type { Row, SchemaBuilder, Types } from './builder.ts'
import { answeredBy } from './objects.ts'
import { memo, type OutputObject, readable } from './parts.ts'

type FieldRef = ReturnType<PothosSchemaTypes.ObjectFieldBuilder<Types, Row>['field']>
type Aggregate = 'sum' | 'avg' | 'min' | 'max'

const numbers: readonly ScalarName[] = ['Int', 'Float', 'BigInt', 'BigFloat']
const ordered: readonly ScalarName[] = [...numbers, 'String', 'Boolean', 'Date', 'Time', 'Datetime']

/** What each aggregate takes, and the type it answers in (pg_graphql, "Collections: Aggregates"). */
const aggregates: Readonly<
  Record<Aggregate, { takes: readonly ScalarName[]; answers(scalar: ScalarName): ScalarName }>
> = {
  sum: { takes: numbers, answers: (scalar) => (scalar === 'Int' ? 'BigInt' : scalar) },
  avg: { takes: numbers, answers: () => 'BigFloat' },
  min: { takes: ordered, answers: (scalar) => scalar },
  max: { takes: ordered, answers: (scalar) => scalar },
}

/** The type of a connection's `aggregate` field, for tables whose comment asks for it. */
export function aggregateTypes(builder: SchemaBuilder): (entity: Entity) => OutputObject {
  return memo(
    (entity: Entity) => builder.objectRef<Row>(`${entity.typeName}Aggregate`),
    (ref, entity) =>
      ref.implement({
        description: `Aggregate results for \`${entity.typeName}\``,
        fields: (t) =>
          Object.fromEntries<FieldRef>([
            [
              'count',
              t.int({
                nullable: false,
                description: 'The number of records matching the query',
                ...answeredBy({ kind: 'count' }),
              }) as FieldRef,
            ],
            ...(Object.keys(aggregates) as Aggregate[]).flatMap((kind): [string, FieldRef][] => {
              const columns = columnsOf(entity, kind)
              if (columns.length === 0) return []
              return [[kind, t.field({ type: resultType(entity, kind, columns), ...answeredBy({ kind }) }) as FieldRef]]
            }),
          ]),
      }),
  )

  function resultType(entity: Entity, kind: Aggregate, columns: readonly NumberedColumn[]): OutputObject {
    const name = `${entity.typeName}${kind.charAt(0).toUpperCase()}${kind.slice(1)}AggregateResult`
    return builder.objectRef<Row>(name).implement({
      fields: (t) =>
        Object.fromEntries(
          columns.map(({ field, scalar }) => [
            field.name,
            t.field({ type: aggregates[kind].answers(scalar), ...answeredBy({ kind: 'column', field }) }) as FieldRef,
          ]),
        ),
    })
  }
}

interface NumberedColumn {
  readonly field: ColumnField
  readonly scalar: ScalarName
}

function columnsOf(entity: Entity, kind: Aggregate): NumberedColumn[] {
  return readable(entity).flatMap((field) =>
    field.type.kind === 'scalar' && aggregates[kind].takes.includes(field.type.scalar)
      ? [{ field, scalar: field.type.scalar }]
      : [],
  )
}
