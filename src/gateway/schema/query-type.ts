import { GraphQLID } from 'graphql'
import { lowerFirst, type Model } from '../model/index.ts'
import { callField } from './call-field.ts'
import { answeredBy, type Field, pageArguments } from './fields.ts'
import type { OutputFields } from './named-types.ts'
import { type Parts, required, typeOf } from './parts.ts'

/** Query: collections, rows by key, `node`, and functions that only read. */
export function queryFields(parts: Parts, { entities, functions }: Model): OutputFields {
  const fields = entities.flatMap((entity): [string, Field][] => [
    [
      `${lowerFirst(entity.typeName)}Collection`,
      {
        type: required(parts.connection(entity)),
        description: `A pagable collection of type \`${entity.typeName}\``,
        args: pageArguments(parts, entity),
        ...answeredBy({ kind: 'collection', entity }),
      },
    ],
    [
      `${lowerFirst(entity.typeName)}ByPk`,
      {
        type: parts.object(entity),
        description: `Retrieve a record of type \`${entity.typeName}\` by its primary key`,
        args: Object.fromEntries(
          entity.key.map((field) => [field.name, { type: required(typeOf(parts, field.type)) }]),
        ),
        ...answeredBy({ kind: 'byKey', entity }),
      },
    ],
  ])
  const node: Field = {
    type: parts.node(),
    description: 'Retrieve a record by its `ID`',
    args: { nodeId: { type: required(GraphQLID), description: "The record's `ID`" } },
    ...answeredBy({ kind: 'node', entities }),
  }
  fields.push(['node', node])
  const own = new Set(fields.map(([name]) => name))
  const reads = functions.filter(({ fn, name }) => fn.volatility !== 'volatile' && !own.has(name))
  return Object.fromEntries([...fields, ...reads.map((field) => [field.name, callField(parts, field)] as const)])
}
