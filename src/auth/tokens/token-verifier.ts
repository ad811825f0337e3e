import { decodeJwt, errors, type JWTPayload, jwtVerify } from 'jose'
import type { Caller } from '#database'
import { PorticoError } from '#errors'
import { systemClock } from '../clock.ts'
import { createFindKey, type KeySources, ringOf } from './find-key.ts'
import { KeysUnavailableError } from './key-errors.ts'
import { followKeys } from './key-ring.ts'
import { publicKeyAlgorithms } from './signing-keys.ts'
import { createTokenCache } from './token-cache.ts'

/** Which tokens are good here, besides being signed by one of the keys. */
export interface TokenVerifierOptions extends KeySources {
  /** Where set, tokens must be from this issuer. The legacy API keys have another: leave it unset where they are used. */
  readonly issuer?: string
  /** Where set, tokens must be for this audience. */
  readonly audience?: string
  /** The project's own API keys: good as long as this process runs, whatever becomes of the key that signed them. */
  readonly apiKeys?: readonly string[]
  /** The only roles a token may name; any role where unset. */
  readonly rolesAllowed?: ReadonlySet<string> | undefined
  /** The role of a token that names none, as PostgREST has it. */
  readonly roleless?: string
  /** An empty role names none, too: Auth's users need not have any. PostgREST refuses it. */
  readonly emptyIsRoleless?: boolean
}

/** Finds out who sent a token: one of this project, or of a third party that it trusts. */
export interface TokenVerifier {
  /**
   * Whom a token stands for. Costs a look-up once the same token has been verified.
   * Throws `UNAUTHENTICATED` for a token that is not valid, `FORBIDDEN_ROLE` for a role that is not allowed, and
   * `NOT_READY` when the remote keys cannot be had.
   */
  verify(token: string): Promise<Caller>
  /**
   * The same where PostgREST answers at Supabase: its clock may be half a minute off, and a token that is from the future
   * is not taken.
   *
   * @see PostgREST's Auth/Jwt.hs
   */
  verifyForData(token: string): Promise<Caller>
}

/** Longer tokens are refused unread. */
const maximumTokenCharacters = 64 * 1024

/** Seconds: clocks differ a little between machines. GoTrue, Storage and Realtime allow for none. */
const leeway = 5
const leewayForData = 30

/** Verifies access tokens and API keys, whoever signed them: this project, or the managed one it fronts. */
export function createTokenVerifier(options: TokenVerifierOptions): TokenVerifier {
  const { issuer, audience, rolesAllowed, roleless = 'anon', clock = systemClock, apiKeys = [] } = options
  const ring = ringOf(options.keys)
  const findKey = createFindKey({ ...options, keys: ring })
  // What was verified with a key that is gone is verified no longer.
  const cache = followKeys(ring, () => createTokenCache())
  const own = new Map(apiKeys.flatMap((token) => readable(token) ?? []))
  const keyCallers = new Map<string, Caller>()

  async function verifyUnknown(token: string, tolerance: number): Promise<Caller> {
    const known = cache()
    const caller = callerOf(await readClaims(token, tolerance), token)
    // What one door takes before its time another may not.
    if (!isEarly(caller.claims, clock())) known.set(token, caller, clock())
    return caller
  }

  async function verify(token: string, tolerance: number): Promise<Caller> {
    return ofApiKey(token) ?? cache().get(token, clock()) ?? (await verifyUnknown(token, tolerance))
  }

  function ofApiKey(token: string): Caller | undefined {
    const claims = own.get(token)
    if (!claims || (claims.exp !== undefined && claims.exp * 1000 <= clock().getTime())) return undefined
    const caller = keyCallers.get(token) ?? callerOf(claims, token)
    keyCallers.set(token, caller)
    return caller
  }

  function callerOf(claims: JWTPayload, token: string): Caller {
    const role = options.emptyIsRoleless && claims.role === '' ? roleless : (claims.role ?? roleless)
    if (typeof role !== 'string' || role === '') throw unauthenticated('The token names no usable role.')
    if (rolesAllowed && !rolesAllowed.has(role)) throw new PorticoError('FORBIDDEN_ROLE')
    return Object.freeze({ role, claims: deepFreeze(claims), token })
  }

  async function readClaims(token: string, tolerance: number): Promise<JWTPayload> {
    if (token.length > maximumTokenCharacters) throw unauthenticated('The token is too long.')
    try {
      const { payload } = await jwtVerify(token, findKey, {
        algorithms: ['HS256', ...publicKeyAlgorithms],
        clockTolerance: tolerance,
        currentDate: clock(),
        ...(issuer !== undefined && { issuer }),
        ...(audience !== undefined && { audience }),
      })
      if (!isAudience(payload.aud)) throw new errors.JWTClaimValidationFailed('no audience', payload, 'aud', 'invalid')
      return payload
    } catch (error) {
      throw refusal(error)
    }
  }

  async function verifyForData(token: string): Promise<Caller> {
    const caller = await verify(token, leewayForData)
    const { iat } = caller.claims
    if (typeof iat === 'number' && iat * 1000 > clock().getTime() + leewayForData * 1000)
      throw refusal(fromTheFuture(caller))
    return caller
  }

  return { verify: (token) => verify(token, leeway), verifyForData }
}

function isEarly({ nbf, iat }: JWTPayload, now: Date): boolean {
  return [nbf, iat].some((since) => typeof since === 'number' && since * 1000 > now.getTime())
}

function fromTheFuture({ claims }: Caller): errors.JWTClaimValidationFailed {
  return new errors.JWTClaimValidationFailed('issued in the future', claims, 'iat', 'check_failed')
}

/** RFC 7519, section 4.1.3. */
function isAudience(named: unknown): boolean {
  const isText = (value: unknown) => typeof value === 'string'
  return named === undefined || named === null || isText(named) || (Array.isArray(named) && named.every(isText))
}

/** A key's claims; undefined for one that is no token, which verifies as nothing. */
function readable(token: string): readonly [token: string, claims: JWTPayload][] | undefined {
  try {
    return [[token, decodeJwt(token)]]
  } catch {
    return undefined
  }
}

/** What a failed verification means to whoever sent the token. */
function refusal(error: unknown): PorticoError {
  if (error instanceof errors.JWTExpired) return unauthenticated('The token has expired.', error)
  if (error instanceof errors.JWTClaimValidationFailed)
    return unauthenticated('A claim of the token is not valid.', error)
  if (error instanceof KeysUnavailableError) {
    return new PorticoError('NOT_READY', { message: 'The keys that verify tokens cannot be had.', cause: error })
  }
  return unauthenticated('The token is not valid.', error)
}

function unauthenticated(message: string, cause?: unknown): PorticoError {
  return new PorticoError('UNAUTHENTICATED', { message, cause })
}

/** Verified claims are shared by every request with the token: none may change them. */
function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const part of Object.values(value)) deepFreeze(part)
    Object.freeze(value)
  }
  return value
}
