import type { MiddlewareHandler } from 'hono'
import { errorMessage } from '#errors'
import { StorageError } from '../errors/index.ts'
import type { StorageEnv, Workings } from './environment.ts'

type Verify = Workings['verify']

/** Lets only those through whose token is good; the handler finds them as `caller`. */
export function authenticated(verify: Verify): MiddlewareHandler<StorageEnv> {
  return async (c, next) => {
    // None is as an empty one: what clients are told where Supabase's gateway stands before Storage.
    const token = bearer(c.req.header('authorization'))
    try {
      c.set('caller', await verify(token ?? ''))
    } catch (cause) {
      throw new StorageError('AccessDenied', { message: reason(cause), cause })
    }
    await next()
  }
}

/** Lets only the service key through. */
export function serviceRoleOnly(): MiddlewareHandler<StorageEnv> {
  return async (c, next) => {
    if (c.get('caller').role !== 'service_role') {
      throw new StorageError('AccessDenied', { message: 'Access denied: Invalid role', status: 403 })
    }
    await next()
  }
}

/** For what a public bucket shows to anyone: a token that is not good is as none. */
export function authenticatedIfPossible(
  verify: Verify,
): MiddlewareHandler<{ Variables: Partial<StorageEnv['Variables']> }> {
  return async (c, next) => {
    const token = bearer(c.req.header('authorization'))
    if (token !== undefined) {
      try {
        c.set('caller', await verify(token))
      } catch {
        // Then only what is public is there.
      }
    }
    await next()
  }
}

function bearer(header: string | undefined): string | undefined {
  return header?.replace(/^Bearer\s+/i, '')
}

/** What the JWT library says (an expired token is told from a forged one); otherwise the public message. */
function reason(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined
  return cause instanceof Error && 'code' in cause && String(cause.code).startsWith('ERR_J')
    ? cause.message
    : errorMessage(error)
}
