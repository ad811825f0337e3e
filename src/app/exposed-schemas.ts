import type { Config } from '#config'

/**
 * What GraphQL shows: the schemas of `[api]` but for `graphql_public`, which holds the door of pg_graphql and no data;
 * and of Portico's own tables those that the service role may read.
 */
export function exposedSchemas({ api, managed }: Config): string[] {
  const schemas = api.schemas.filter((name) => name !== 'graphql_public')
  return managed || schemas.includes('portico') ? schemas : [...schemas, 'portico']
}
