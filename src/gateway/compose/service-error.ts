import { GraphQLError } from 'graphql'
import { catalogue } from '#errors'

interface ServiceError {
  readonly name?: string
  readonly message: string
  readonly code?: unknown
  readonly status?: unknown
  readonly statusCode?: unknown
}

/** The data of a supabase-js answer, or its error as a GraphQL error with the service's own code and status. */
export function dataOf<T>(
  answer: { readonly data: T; readonly error: null } | { readonly data: unknown; readonly error: ServiceError },
): NonNullable<T> {
  const { data, error } = answer as { data: T; error: ServiceError | null }
  // The client's own error for a token whose session has ended; it has no code.
  if (error?.name === 'AuthSessionMissingError') {
    const extensions = { code: 'UNAUTHENTICATED', status: 401 }
    throw new GraphQLError('The session has ended: sign in again.', { extensions })
  }
  if (error && isNoAnswer(error)) throw noAnswer()
  if (error) {
    const status = Number(error.status ?? error.statusCode)
    throw new GraphQLError(error.message, {
      extensions: {
        code: typeof error.code === 'string' ? error.code : 'SERVICE_ERROR',
        ...(Number.isInteger(status) && status > 0 && { status }),
      },
    })
  }
  if (data === null || data === undefined)
    throw new GraphQLError('The service answered nothing.', { extensions: { code: 'SERVICE_ERROR' } })
  return data
}

/** The client's own errors for a service that was not reached, or whose answer is no JSON: a proxy's page, say. */
function isNoAnswer({ name, status }: ServiceError): boolean {
  if (name === 'AuthRetryableFetchError') return !status
  return name === 'AuthUnknownError' || name === 'StorageUnknownError'
}

/** What was wrong is for the log: it names hosts, and quotes pages that were meant for somebody else. */
function noAnswer(): GraphQLError {
  const { status, message } = catalogue.BAD_GATEWAY
  return new GraphQLError(message, { extensions: { code: 'BAD_GATEWAY', status } })
}
