import { isPorticoError } from '#errors'
import type { Observe } from '#observe'
import { StorageError } from './errors/index.ts'

/** The answer to whatever was thrown. */
export function answerError(error: unknown, observe: Observe): Response {
  const known = tellError(error, observe)
  return Response.json(known.body(), { status: known.status, headers: known.headers })
}

/** Whatever was thrown, as an error of the Storage API. What is not for the client goes to the log alone. */
export function tellError(error: unknown, observe: Observe): StorageError {
  const known = asStorageError(error)
  if (known.statusCode >= 500 && known.code !== 'NotImplemented') {
    observe({ kind: 'message', level: 'error', text: 'a storage request failed', data: { code: known.code }, error })
  }
  return known
}

function asStorageError(error: unknown): StorageError {
  if (error instanceof StorageError) return error
  if (isPorticoError(error, 'FORBIDDEN_ROLE')) {
    return new StorageError('AccessDenied', { message: error.message, cause: error })
  }
  return new StorageError('InternalError', { cause: error })
}
