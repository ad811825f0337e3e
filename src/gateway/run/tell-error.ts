import { GraphQLError, locatedError } from 'graphql'
import { type CatalogWatch, ClientGone } from '#database'
import type { Observe } from '#observe'
import { publicError } from './database-error.ts'

/** What the client is told of an error. */
export type TellError = (error: unknown) => GraphQLError

/** Logs what went wrong inside, and tells the client no more of it than it may know. */
export function createTellError(
  mode: 'development' | 'production',
  catalog: Pick<CatalogWatch, 'current'>,
  observe: Observe,
): TellError {
  return function tell(error: unknown): GraphQLError {
    if (error instanceof GraphQLError) {
      // graphql-js wraps what a resolver throws, message and all.
      const { originalError, nodes, path } = error
      if (!originalError || originalError instanceof GraphQLError) return withoutEcho(error)
      return locatedError(tell(originalError), nodes, path)
    }
    const known = publicError(error, mode, catalog.current)
    if (known.extensions.code === 'INTERNAL_SERVER_ERROR' && !(error instanceof ClientGone)) {
      observe({ kind: 'message', level: 'error', text: 'a GraphQL operation failed', error })
    }
    return known
  }
}

/**
 * Yoga says of a body that is no JSON what the parser says, which holds the body: a password may be in it. By what it says
 * there it tells that the status is not 200.
 */
function withoutEcho(error: GraphQLError): GraphQLError {
  const { extensions } = error
  if (!('originalError' in extensions)) return error
  delete extensions.originalError
  extensions.http = { status: 400 }
  return error
}
