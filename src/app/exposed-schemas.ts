import type { Config } from '#config'

/** `graphql_public` holds the door of pg_graphql, not data. */
export function exposedSchemas({ api }: Config): string[] {
  return api.schemas.filter((name) => name !== 'graphql_public')
}
