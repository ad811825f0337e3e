import { GraphQLInt } from 'graphql'
import type { Entity, Model } from '../model/index.ts'
import { callField } from './call-field.ts'
import { answeredBy, type Field } from './fields.ts'
import type { OutputFields } from './named-types.ts'
import { listOf, memo, type Parts, required } from './parts.ts'

/** Mutation: insert, update and delete for each table that the role may change, and functions that may write. */
export function mutationFields(parts: Parts, model: Model): OutputFields {
  const answer = (suffix: string) =>
    memo((entity: Entity) =>
      parts.types.object({
        name: `${entity.typeName}${suffix}Response`,
        fields: () => ({
          affectedCount: {
            type: required(GraphQLInt),
            description: 'Count of the records impacted by the mutation',
            ...answeredBy({ kind: 'affectedCount' }),
          },
          records: {
            type: required(listOf(parts.object(entity))),
            description: 'Array of records impacted by the mutation',
            ...answeredBy({ kind: 'records' }),
          },
        }),
      }),
    )
  const [inserted, updated, deleted] = [answer('Insert'), answer('Update'), answer('Delete')]
  const filter = (entity: Entity) => ({
    type: parts.filter(entity),
    description: "Restricts the mutation's impact to records matching the criteria",
  })
  const atMost = {
    type: required(GraphQLInt),
    defaultValue: 1,
    description: 'The maximum number of records in the collection permitted to be affected',
  }

  function changesOf(entity: Entity): [string, Field][] {
    const name = `${entity.typeName}Collection`
    const own: [string, Field][] = []
    if (entity.insertable.length > 0) {
      own.push([
        `insertInto${name}`,
        {
          type: inserted(entity),
          description: `Adds one or more \`${entity.typeName}\` records into the \`${entity.typeName}\` collection`,
          args: { objects: { type: required(listOf(parts.insertInput(entity))) } },
          ...answeredBy({ kind: 'insert', entity }),
        },
      ])
    }
    if (entity.updatable.length > 0) {
      const set = {
        type: required(parts.updateInput(entity)),
        description: 'Fields that are set will be updated for all records matching the `filter`',
      }
      own.push([
        `update${name}`,
        {
          type: required(updated(entity)),
          description: `Updates zero or more records in the \`${entity.typeName}\` collection`,
          args: { set, filter: filter(entity), atMost },
          ...answeredBy({ kind: 'update', entity }),
        },
      ])
    }
    if (entity.deletable) {
      own.push([
        `deleteFrom${name}`,
        {
          type: required(deleted(entity)),
          description: `Deletes zero or more records from the \`${entity.typeName}\` collection`,
          args: { filter: filter(entity), atMost },
          ...answeredBy({ kind: 'delete', entity }),
        },
      ])
    }
    return own
  }

  const changes = model.entities.flatMap(changesOf)
  const own = new Set(changes.map(([name]) => name))
  const writes = model.functions.filter(({ fn, name }) => fn.volatility === 'volatile' && !own.has(name))
  return Object.fromEntries([...changes, ...writes.map((field) => [field.name, callField(parts, field)] as const)])
}
