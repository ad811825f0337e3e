import type { Caller } from '#database'
import { isPorticoError } from '#errors'

export type Verify = (token: string) => Promise<Caller>

/** Whom a token stands for, and for how long: milliseconds since 1970. */
export interface Bearer {
  readonly caller: Caller
  readonly expiresAt: number
}

/** Who counts as one: a user, or the address of whoever is not signed in. */
export function clientOf({ claims }: Caller, address: string | undefined): string {
  return typeof claims.sub === 'string' ? `user ${claims.sub}` : `address ${address}`
}

/** Why a token is not taken, in supabase/realtime's words. */
export class TokenRefused extends Error {
  override readonly name = 'TokenRefused'
  /** What its log and its refusals of joins call it. */
  readonly code: 'InvalidJWTToken' | 'MalformedJWT' | 'JwtSignatureError'

  constructor(code: TokenRefused['code'], message: string) {
    super(message)
    this.code = code
  }
}

/**
 * Verifies a token as supabase/realtime does (`ChannelsAuthorization`): it must name a role and the time it ends.
 *
 * @throws TokenRefused
 */
export async function readToken(token: string, verify: Verify): Promise<Bearer> {
  const caller = await verified(token, verify)
  const { role, exp } = caller.claims
  if (role === undefined || exp === undefined) {
    throw new TokenRefused('InvalidJWTToken', 'Fields `role` and `exp` are required in JWT')
  }
  if (typeof exp !== 'number' || exp <= 0) {
    throw new TokenRefused('InvalidJWTToken', 'Token expiration time is invalid')
  }
  // Clocks may differ a little for requests; a channel that would end at once does not begin.
  if (exp * 1000 <= Date.now()) throw expired(exp)
  return { caller, expiresAt: exp * 1000 }
}

export function expired(exp: number): TokenRefused {
  const seconds = Math.max(0, Math.round(Date.now() / 1000 - exp))
  return new TokenRefused('InvalidJWTToken', `Token has expired ${seconds} seconds ago`)
}

async function verified(token: string, verify: Verify): Promise<Caller> {
  try {
    return await verify(token)
  } catch (error) {
    if (isPorticoError(error, 'FORBIDDEN_ROLE')) throw new TokenRefused('InvalidJWTToken', error.message)
    if (!isPorticoError(error, 'UNAUTHENTICATED')) throw error
    // Of the library that verifies tokens: a stable code, and the claims of one that has expired.
    const { code, name, payload } = (error.cause ?? {}) as { code?: string; name?: string; payload?: { exp?: unknown } }
    if (code === 'ERR_JWT_EXPIRED') throw expired(Number(payload?.exp ?? 0))
    if (code === 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED' || name === 'NoKeyError') {
      throw new TokenRefused('JwtSignatureError', 'Failed to validate JWT signature')
    }
    throw new TokenRefused('MalformedJWT', 'The token provided is not a valid JWT')
  }
}
