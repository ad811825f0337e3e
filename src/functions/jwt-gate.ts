import type { Caller } from '#database'
import { isPorticoError } from '#errors'
import { headerOf, type RawHeaders } from './exchange.ts'
import { Refusal, type RefusalCode } from './refusals.ts'

/** Whom a token stands for. Throws a `PorticoError` for one that is not valid. */
export type VerifyToken = (token: string) => Promise<Pick<Caller, 'role'>>

const refusalOf: Readonly<Record<string, RefusalCode>> = {
  HS256: 'UNAUTHORIZED_LEGACY_JWT',
  ES256: 'UNAUTHORIZED_ASYMMETRIC_JWT',
  RS256: 'UNAUTHORIZED_ASYMMETRIC_JWT',
}

/**
 * Lets only calls with a valid JWT through to a function with `verify_jwt`.
 * As on the platform, the code of a refusal follows from the token's header alone, not from what is wrong with it.
 *
 * @returns the caller's role
 * @throws {Refusal} one of UNAUTHORIZED_*
 */
export async function requireJwt(headers: RawHeaders, verify: VerifyToken): Promise<string> {
  const authorization = headerOf(headers, 'authorization')
  if (authorization === undefined) throw new Refusal('UNAUTHORIZED_NO_AUTH_HEADER')

  const token = /^Bearer +(\S+)$/i.exec(authorization)?.[1]
  const algorithm = token === undefined ? undefined : algorithmOf(token)
  if (token === undefined || algorithm === undefined) throw new Refusal('UNAUTHORIZED_INVALID_JWT_FORMAT')

  const refusal = Object.hasOwn(refusalOf, algorithm) ? refusalOf[algorithm] : undefined
  if (refusal === undefined) {
    throw new Refusal('UNAUTHORIZED_UNSUPPORTED_TOKEN_ALGORITHM', {
      message: `Unsupported JWT algorithm ${algorithm.slice(0, 20)}`,
    })
  }
  try {
    return (await verify(token)).role
  } catch (error) {
    if (isPorticoError(error)) throw new Refusal(refusal)
    throw error
  }
}

function algorithmOf(token: string): string | undefined {
  const [header, ...others] = token.split('.')
  if (header === undefined || others.length !== 2) return undefined
  try {
    const { alg }: { alg?: unknown } = JSON.parse(Buffer.from(header, 'base64url').toString())
    return typeof alg === 'string' ? alg : undefined
  } catch {
    return undefined
  }
}
