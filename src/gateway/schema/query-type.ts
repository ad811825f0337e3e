import { lowerFirst, type Model } from '../model/index.ts'
import type { SchemaBuilder } from './builder.ts'
import { callField, type RootField, type ValueField } from './call-field.ts'
import { answeredBy, pageArguments } from './objects.ts'
import { inputType, type Parts } from './parts.ts'

/** Query: collections, rows by key, `node`, and functions that only read. */
export function addQuery(builder: SchemaBuilder, parts: Parts, model: Model, valueField: ValueField): void {
  const entities = model.entities
  builder.queryType({
    description: 'The root type for querying data',
    fields: (t) => {
      const fields: [string, RootField][] = entities.flatMap((entity): [string, RootField][] => [
        [
          `${lowerFirst(entity.typeName)}Collection`,
          t.field({
            type: parts.connection(entity),
            nullable: false,
            description: `A pagable collection of type \`${entity.typeName}\``,
            args: pageArguments(t as never, parts, entity),
            ...answeredBy({ kind: 'collection', entity }),
          }) as unknown as RootField,
        ],
        [
          `${lowerFirst(entity.typeName)}ByPk`,
          t.field({
            type: parts.object(entity),
            description: `Retrieve a record of type \`${entity.typeName}\` by its primary key`,
            args: Object.fromEntries(
              entity.key.map((field) => [
                field.name,
                t.arg({ type: inputType(t.arg, parts, field.type), required: true }),
              ]),
            ),
            ...answeredBy({ kind: 'byKey', entity }),
          }) as RootField,
        ],
      ])
      const node = t.field({
        type: parts.node(),
        description: 'Retrieve a record by its `ID`',
        args: { nodeId: t.arg.id({ required: true, description: "The record's `ID`" }) },
        ...answeredBy({ kind: 'node', entities }),
      }) as unknown as RootField
      fields.push(['node', node])
      const own = new Set(fields.map(([name]) => name))
      const reads = model.functions.filter(({ fn, name }) => fn.volatility !== 'volatile' && !own.has(name))
      return Object.fromEntries([
        ...fields,
        ...reads.map((field): [string, RootField] => [field.name, callField(t, field, parts, valueField)]),
      ])
    },
  })
}
