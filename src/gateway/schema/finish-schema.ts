import { type GraphQLSchema, isEnumType, Kind } from 'graphql'

/** What is left to do when all types are there. */
export function finishSchema(schema: GraphQLSchema): GraphQLSchema {
  takeTextForEnums(schema)
  // Introspection lists root fields by name, as pg_graphql does.
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]
  for (const root of roots) if (root) sortKeys(root.getFields())
  return schema
}

/** pg_graphql takes `"red"` for `red` in a document; so its users write it. */
function takeTextForEnums(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isEnumType(type) || type.name.startsWith('__')) continue
    const parse = type.parseLiteral.bind(type)
    type.parseLiteral = (node, variables) =>
      parse(node.kind === Kind.STRING ? { ...node, kind: Kind.ENUM } : node, variables)
  }
}

/** In place: GraphQL.js sorts a whole schema or nothing of it. */
function sortKeys(map: Record<string, unknown>): void {
  const entries = Object.entries(map).sort(([one], [other]) => (one < other ? -1 : 1))
  for (const [name] of entries) delete map[name]
  Object.assign(map, Object.fromEntries(entries))
}
