import { GraphQLError } from 'graphql'
import pg from 'pg'
import type { RequestInfo } from '#database'

/** Whether it is a request that must change nothing: a link or an image of anybody's page is enough to make one. */
export function isSafe({ method }: RequestInfo): boolean {
  return method === 'GET' || method === 'HEAD'
}

/** The same request, in whose transaction Postgres refuses to write. */
export function withoutWrites(request: RequestInfo): RequestInfo {
  return { ...request, settings: { ...request.settings, transaction_read_only: 'on' } }
}

/** `read_only_sql_transaction`. */
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
