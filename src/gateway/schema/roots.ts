import type { InputObjectRef } from '@pothos/core'
import type { Entity, FunctionField, Model } from '../model/index.ts'
import { lowerFirst } from '../model/index.ts'
import type { Row, SchemaBuilder, Types } from './builder.ts'
import { answeredBy, described, pageArguments } from './objects.ts'
import { inputType, memo, type Parts } from './parts.ts'

type RootBuilder = PothosSchemaTypes.QueryFieldBuilder<Types, Types['Root']>
type FieldRef = ReturnType<RootBuilder['field']>
type ValueField = ReturnType<typeof import('./objects.ts').objectTypes>['valueField']
type Input = InputObjectRef<Types, object>

/** Query: collections, rows by key, `node`, and functions that only read. */
export function addQuery(builder: SchemaBuilder, parts: Parts, model: Model, valueField: ValueField): void {
  const entities = model.entities
  builder.queryType({
    description: 'The root type for querying data',
    fields: (t) => {
      const fields: [string, FieldRef][] = entities.flatMap((entity): [string, FieldRef][] => [
        [
          `${lowerFirst(entity.typeName)}Collection`,
          t.field({
            type: parts.connection(entity),
            description: `A pagable collection of type \`${entity.typeName}\``,
            args: pageArguments(t as never, parts, entity),
            ...answeredBy({ kind: 'collection', entity }),
          }) as FieldRef,
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
          }) as FieldRef,
        ],
      ])
      if (entities.length > 0) {
        const node = t.field({
          type: parts.node(),
          description: 'Retrieve a record by its `ID`',
          args: { nodeId: t.arg.id({ required: true, description: "The record's `ID`" }) },
          ...answeredBy({ kind: 'node', entities }),
        }) as unknown as FieldRef
        fields.push(['node', node])
      }
      const own = new Set(fields.map(([name]) => name))
      const reads = model.functions.filter(({ fn, name }) => fn.volatility !== 'volatile' && !own.has(name))
      return Object.fromEntries([
        ...fields,
        ...reads.map((field): [string, FieldRef] => [field.name, callField(t, field, parts, valueField)]),
      ])
    },
  })
}

/** Mutation: insert, update and delete for each table that the role may change, and functions that may write. */
export function addMutation(builder: SchemaBuilder, parts: Parts, model: Model, valueField: ValueField): void {
  const answer = (suffix: string) =>
    memo(
      (entity: Entity) => builder.objectRef<Row>(`${entity.typeName}${suffix}Response`),
      (ref, entity) =>
        ref.implement({
          fields: (t) => ({
            affectedCount: t.int({
              nullable: false,
              description: 'Count of the records impacted by the mutation',
              ...answeredBy({ kind: 'affectedCount' }),
            }),
            records: t.field({
              type: [parts.object(entity)],
              nullable: false,
              description: 'Array of records impacted by the mutation',
              ...answeredBy({ kind: 'records' }),
            }),
          }),
        }),
    )
  const [inserted, updated, deleted] = [answer('Insert'), answer('Update'), answer('Delete')]

  builder.mutationType({
    description: 'The root type for creating and mutating data',
    fields: (t) => {
      const filter = (entity: Entity) =>
        t.arg({
          type: parts.filter(entity),
          description: "Restricts the mutation's impact to records matching the criteria",
        })
      const atMost = () =>
        t.arg.int({
          required: true,
          defaultValue: 1,
          description: 'The maximum number of records in the collection permitted to be affected',
        })
      const changes = model.entities.flatMap((entity): [string, FieldRef][] => {
        const name = `${entity.typeName}Collection`
        const about = `into the \`${entity.typeName}\` collection`
        const own: [string, FieldRef][] = []
        if (entity.insertable.length > 0) {
          const objects = t.arg({
            type: t.arg.listRef(parts.insertInput(entity) as Input, { required: true }),
            required: true,
          })
          own.push([
            `insertInto${name}`,
            t.field({
              type: inserted(entity),
              description: `Adds one or more \`${entity.typeName}\` records ${about}`,
              args: { objects },
              ...answeredBy({ kind: 'insert', entity }),
            }) as FieldRef,
          ])
        }
        if (entity.updatable.length > 0) {
          const set = t.arg({
            type: parts.updateInput(entity) as Input,
            required: true,
            description: 'Fields that are set will be updated for all records matching the `filter`',
          })
          own.push([
            `update${name}`,
            t.field({
              type: updated(entity),
              nullable: false,
              description: `Updates zero or more records in the \`${entity.typeName}\` collection`,
              args: { set, filter: filter(entity), atMost: atMost() },
              ...answeredBy({ kind: 'update', entity }),
            }) as unknown as FieldRef,
          ])
        }
        if (entity.deletable) {
          own.push([
            `deleteFrom${name}`,
            t.field({
              type: deleted(entity),
              nullable: false,
              description: `Deletes zero or more records from the \`${entity.typeName}\` collection`,
              args: { filter: filter(entity), atMost: atMost() },
              ...answeredBy({ kind: 'delete', entity }),
            }) as unknown as FieldRef,
          ])
        }
        return own
      })
      const own = new Set(changes.map(([name]) => name))
      const writes = model.functions.filter(({ fn, name }) => fn.volatility === 'volatile' && !own.has(name))
      return Object.fromEntries([
        ...changes,
        ...writes.map((field): [string, FieldRef] => [
          field.name,
          callField(t as unknown as RootBuilder, field, parts, valueField),
        ]),
      ])
    },
  })
}

function callField(t: RootBuilder, field: FunctionField, parts: Parts, valueField: ValueField): FieldRef {
  const source = { kind: 'call', field } as const
  const own = Object.fromEntries(
    field.arguments.map(({ name, type, optional }) => [
      name,
      t.arg({ type: inputType(t.arg, parts, type), required: !optional }),
    ]),
  )
  const { returns } = field
  if (returns.kind === 'value') {
    return valueField(
      t as never,
      { type: returns.type, description: field.description },
      source,
      true,
      own,
    ) as unknown as FieldRef
  }
  const entity = returns.entity()
  const options = { ...described(field), ...answeredBy(source) }
  return returns.kind === 'row'
    ? (t.field({ type: parts.object(entity), args: own, ...options }) as FieldRef)
    : (t.field({
        type: parts.connection(entity),
        args: { ...pageArguments(t as never, parts, entity), ...own },
        ...options,
      }) as FieldRef)
}
