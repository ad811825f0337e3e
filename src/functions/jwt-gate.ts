import { isPorticoError } from '#errors'
import type { HeaderPairs } from './exchange.ts'
import { Refusal, type RefusalCode } from './refusals.ts'

/** Throws a `PorticoError` for a token that is not valid; what it returns is not looked at. */
export type VerifyToken = (token: string) => Promise<unknown>

const refusalOf: Readonly<Record<string, RefusalCode>> = {
  HS256: 'UNAUTHORIZED_LEGACY_JWT',
  ES256: 'UNAUTHORIZED_ASYMMETRIC_JWT',
  RS256: 'UNAUTHORIZED_ASYMMETRIC_JWT',
}

/**
 * Lets only calls with a valid JWT through to a function with `verify_jwt`.
 * As on the platform, the code of a refusal follows from the token's header alone, not from what is wrong with it.
 *
 * @throws {Refusal} one of UNAUTHORIZED_*
 */
export async function requireJwt(headers: HeaderPairs, verify: VerifyToken): Promise<void> {
  const authorization = headers.find(([name]) => name.toLowerCase() === 'authorization')?.[1]
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
    await verify(token)
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
