import { GraphQLError } from 'graphql'
import pg from 'pg'
import type { RequestInfo } from '#database'

/** Whether a request must change nothing, as a GET: a link or an image in anybody's page is enough to make a browser send one. */
export function isSafe({ method }: RequestInfo): boolean {
  return method === 'GET' || method === 'HEAD'
}

/** The same request, in whose transaction Postgres refuses to write. */
export function withoutWrites(request: RequestInfo): RequestInfo {
  return { ...request, settings: { ...request.settings, transaction_read_only: 'on' } }
}

/** Whether Postgres refused to write: `read_only_sql_transaction`. */
export function isRefusedWrite(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === '25006'
}

export function needsPost(): GraphQLError {
  return new GraphQLError(
    'a function that changes something is called with POST, not with GET, and by no subscription',
    {
      extensions: { code: 'BAD_USER_INPUT' },
    },
  )
}
