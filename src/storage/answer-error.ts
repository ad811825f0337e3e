import { isPorticoError } from '#errors'
import type { Observe } from '#observe'
import { StorageError } from './errors/index.ts'

/** The answer to whatever was thrown. What is not for the client goes to the log alone. */
export function answerError(error: unknown, observe: Observe): Response {
  const known = asStorageError(error)
  if (known.statusCode >= 500) {
    observe({ kind: 'message', level: 'error', text: 'a storage request failed', data: { code: known.code }, error })
  }
  return Response.json(known.body(), { status: known.status, headers: known.headers })
}

function asStorageError(error: unknown): StorageError {
  if (error instanceof StorageError) return error
  if (isPorticoError(error, 'FORBIDDEN_ROLE')) {
    return new StorageError('AccessDenied', { message: error.message, cause: error })
  }
  return new StorageError('InternalError', { cause: error })
}
