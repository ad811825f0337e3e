import { GraphQLInt, type GraphQLObjectType } from 'graphql'
import type { ColumnField, Entity, ScalarName } from '../model/index.ts'
import { answeredBy, type Field } from './fields.ts'
import type { NamedTypes } from './named-types.ts'
import { memo, type Parts, readable, required } from './parts.ts'

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
export function aggregateTypes(types: NamedTypes, parts: () => Parts): (entity: Entity) => GraphQLObjectType {
  return memo((entity: Entity) =>
    types.object({
      name: `${entity.typeName}Aggregate`,
      description: `Aggregate results for \`${entity.typeName}\``,
      fields: () => ({
        count: {
          type: required(GraphQLInt),
          description: 'The number of records matching the query',
          ...answeredBy({ kind: 'count' }),
        },
        ...Object.fromEntries(
          (Object.keys(aggregates) as Aggregate[]).flatMap((kind): [string, Field][] => {
            const columns = columnsOf(entity, kind)
            if (columns.length === 0) return []
            return [[kind, { type: resultType(entity, kind, columns), ...answeredBy({ kind }) }]]
          }),
        ),
      }),
    }),
  )

  function resultType(entity: Entity, kind: Aggregate, columns: readonly NumberedColumn[]): GraphQLObjectType {
    return types.object({
      name: `${entity.typeName}${kind.charAt(0).toUpperCase()}${kind.slice(1)}AggregateResult`,
      fields: () =>
        Object.fromEntries(
          columns.map(({ field, scalar }): [string, Field] => [
            field.name,
            { type: parts().scalar(aggregates[kind].answers(scalar)), ...answeredBy({ kind: 'column', field }) },
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
