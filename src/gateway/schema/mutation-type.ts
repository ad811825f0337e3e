import type { InputObjectRef } from '@pothos/core'
import type { Entity, Model } from '../model/index.ts'
import type { Row, SchemaBuilder, Types } from './builder.ts'
import { callField, type RootBuilder, type RootField, type ValueField } from './call-field.ts'
import { answeredBy } from './objects.ts'
import { memo, type Parts } from './parts.ts'

type Input = InputObjectRef<Types, object>

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
      const changes = model.entities.flatMap((entity): [string, RootField][] => {
        const name = `${entity.typeName}Collection`
        const about = `into the \`${entity.typeName}\` collection`
        const own: [string, RootField][] = []
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
            }) as RootField,
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
            }) as unknown as RootField,
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
            }) as unknown as RootField,
          ])
        }
        return own
      })
      const own = new Set(changes.map(([name]) => name))
      const writes = model.functions.filter(({ fn, name }) => fn.volatility === 'volatile' && !own.has(name))
      return Object.fromEntries([
        ...changes,
        ...writes.map((field): [string, RootField] => [
          field.name,
          callField(t as unknown as RootBuilder, field, parts, valueField),
        ]),
      ])
    },
  })
}
