import pg from 'pg'
import { StorageError } from './storage-error.ts'

/** What Postgres refused, in Storage's words; anything else is returned as it came. */
export function fromDatabase(error: unknown): unknown {
  if (!(error instanceof pg.DatabaseError)) return error
  const cause = error
  switch (error.code) {
    case '42501':
      return new StorageError('AccessDenied', {
        message: error.message.includes('row-level security')
          ? 'new row violates row-level security policy'
          : error.message,
        cause,
      })
    case '23505':
      return new StorageError('ResourceAlreadyExists', { cause })
    case '23503':
      if (error.detail?.includes('is still referenced from table')) {
        return new StorageError('ResourceReferenced', { cause })
      }
      return new StorageError('InvalidRequest', {
        statusCode: 404,
        message: 'The related resource does not exist',
        cause,
      })
    case '55P03':
      return new StorageError('ResourceLocked', { cause })
    case '57014':
      return new StorageError('DatabaseTimeout', { cause })
    case '25006':
      return new StorageError('DatabaseReadOnly', { cause })
    case '22P02':
      return new StorageError('InvalidParameter', { message: error.message, cause })
    // What Postgres cannot hold: a number too large, NUL in a text or in JSON.
    case '22003':
    case '22021':
    case '22P05':
      return new StorageError('InvalidParameter', { message: 'Invalid Parameter value', cause })
    case '42P17':
      return new StorageError('DatabaseInvalidObjectDefinition', { cause })
    case '42703':
    case '42P01':
      return new StorageError('DatabaseSchemaMismatch', { cause })
    case '53300':
      return new StorageError('SlowDown', { cause })
    default:
      return new StorageError('DatabaseError', { message: `database error, code: ${error.code}`, cause })
  }
}

/**
 * Whether a failed transaction is known to have left nothing. A connection that broke, or that the server ended, may
 * have done so after the commit.
 */
export function wasRolledBack(error: unknown): boolean {
  if (!(error instanceof StorageError)) return false
  return !(error.cause instanceof pg.DatabaseError) || error.cause.severity === 'ERROR'
}
