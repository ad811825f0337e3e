import { GraphQLObjectType } from 'graphql'
import { sourceOf } from './field-source.ts'
import { addFields, together } from './graft.ts'
import type { NamedTypes, OutputFields } from './named-types.ts'

/**
 * Subscription: what Query has of tables, each a live query. Functions are among them that answer rows of a table, whose
 * changes are then known; of one that answers a plain value nobody knows what it is made of.
 */
export function addSubscriptions(types: NamedTypes): void {
  const query = types.get('Query') as GraphQLObjectType
  const fields = liveFields(query)
  if (Object.keys(fields).length === 0) return
  const description = 'The root type for following data: the whole answer, and again whenever a change makes it another'
  const own = types.get('Subscription') as GraphQLObjectType | undefined
  if (own) {
    own.description ??= description
    together(own.name, fields, own.toConfig().fields)
    addFields(own, fields)
  } else {
    types.add(new GraphQLObjectType({ name: 'Subscription', description, fields }))
  }
}

function liveFields(query: GraphQLObjectType): OutputFields {
  const { fields } = query.toConfig()
  const sources = query.getFields()
  const isLive = (name: string) => {
    const source = sources[name] && sourceOf(sources[name])
    if (source?.kind === 'call') return source.field.returns.kind !== 'value'
    if (source?.kind === 'node') return source.entities.length > 0
    return source?.kind === 'collection' || source?.kind === 'byKey'
  }
  return Object.fromEntries(Object.entries(fields).filter(([name]) => isLive(name)))
}
