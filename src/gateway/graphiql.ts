import { type GraphQLObjectType, type GraphQLSchema, getNamedType, isLeafType, isObjectType } from 'graphql'
import type { GraphiQLOptions } from 'graphql-yoga'
import { sourceOf } from './schema/index.ts'

const account = `# Make an account and run this; then put its access token below, under Headers:
# "authorization": "Bearer …"
mutation SignUp {
  signUp(email: "you@example.com", password: "correct horse battery") {
    session { accessToken }
    user { id email }
  }
}

query Viewer {
  viewer { id email userMetadata }
}
`

/** The editor starts with an example that runs on this very schema, and with the headers that a client sends. */
export function graphiqlOptions(publishableKey: string, schema: GraphQLSchema): GraphiQLOptions {
  return {
    title: 'Portico',
    defaultQuery: `${collectionExample(schema) ?? ''}${account}`,
    headers: JSON.stringify({ apikey: publishableKey }, undefined, 2),
    shouldPersistHeaders: true,
  }
}

/** A page of the first table there is, with its first columns and the name of what it refers to. */
function collectionExample(schema: GraphQLSchema): string | undefined {
  const collections = Object.values(schema.getQueryType()?.getFields() ?? {})
  const field = collections.find((field) => sourceOf(field)?.kind === 'collection')
  const source = field && sourceOf(field)
  const node = source?.kind === 'collection' ? schema.getType(source.entity.typeName) : undefined
  if (!field || !isObjectType(node)) return undefined
  return `# One statement in Postgres, under the policies of whoever asks.
query ${node.name}s {
  ${field.name}(first: 5) {
    edges { node { ${columns(node).join(' ')} } }
    pageInfo { hasNextPage endCursor }
  }
}

`
}

function columns(type: GraphQLObjectType): string[] {
  const fields = Object.values(type.getFields()).filter((field) => sourceOf(field)?.kind === 'column')
  return fields
    .filter((field) => isLeafType(getNamedType(field.type)))
    .slice(0, 4)
    .map((field) => field.name)
}

/** GraphiQL with all its parts inlined: nothing comes from a CDN. Loaded with the first visit, since it weighs 9 MB. */
export async function renderGraphiql(options?: GraphiQLOptions): Promise<string> {
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql')
  return renderGraphiQL(options)
}
