import type pg from 'pg'
import type { RateLimiterAbstract, RateLimiterRes } from 'rate-limiter-flexible'
import { countedAs } from '#config'
import type { Observe } from '#observe'
import { AuthError, type AuthErrorCode } from '../auth-error.ts'
import type { RateLimits } from '../settings/index.ts'

/** What is counted apart. Each endpoint has a count of its own, as in GoTrue (internal/api/apilimiter). */
export type LimitKind =
  | 'anonymous'
  | 'sign-up'
  | 'otp'
  | 'magic-link'
  | 'recover'
  | 'resend'
  | 'user'
  | 'token'
  | 'web3'
  | 'verify'
  | 'factor-challenge'
  | 'factor-verify'
  | 'passkey'
  | 'client-registration'
  | 'sso'
  | 'saml-assertion'
  | 'mail'
  | 'text'

export interface Limits {
  /**
   * Counts one more request, mail or message. Throws a 429 once there were too many.
   *
   * @param key whose: an IP address, or the project as a whole; without one (a call from within) nothing is counted
   */
  take(kind: LimitKind, key: string | null): Promise<void>
}

/** The key of what is limited for the whole project. */
export const everyone = 'everyone'

const hour = 3600
const fiveMinutes = 300

interface Limit {
  readonly points: number
  /** Seconds. */
  readonly duration: number
}

/** Where counts are kept that several copies share; a table is made there when first needed. */
export interface SharedCounts {
  readonly pool: pg.Pool
  readonly schema: string
}

/** @param shared absent where this process is the only one: it counts in its own memory */
export function createLimits(limits: RateLimits, shared: SharedCounts | undefined, observe: Observe): Limits {
  const table = limitsOf(limits)
  const limiters = new Map<LimitKind, Promise<RateLimiterAbstract>>()
  const limiterOf = (kind: LimitKind, limit: Limit) => {
    const known = limiters.get(kind)
    if (known) return known
    const made = createLimiter(kind, limit, shared)
    limiters.set(kind, made)
    // A database that was away when it was first needed may be there the next time.
    made.catch(() => limiters.delete(kind))
    return made
  }

  return {
    async take(kind, key) {
      const limit = table[kind]
      if (!limit || key === null) return
      if (limit.points === 0) throw tooMany(kind)
      try {
        await (await limiterOf(kind, limit)).consume(countedAs(key))
      } catch (error) {
        if (isExceeded(error)) throw tooMany(kind)
        observe({ kind: 'message', level: 'warn', text: 'requests could not be counted: none is refused', error })
      }
    },
  }
}

function limitsOf(limits: RateLimits): { readonly [kind in LimitKind]: Limit | undefined } {
  const otp = { points: limits.signInSignUps, duration: fiveMinutes }
  const factor = { points: 15, duration: 60 }
  return {
    anonymous: { points: limits.anonymousUsers, duration: hour },
    'sign-up': otp,
    otp,
    'magic-link': otp,
    recover: otp,
    resend: otp,
    user: otp,
    token: { points: limits.tokenRefresh, duration: fiveMinutes },
    web3: { points: limits.web3, duration: fiveMinutes },
    sso: { points: limits.sso, duration: fiveMinutes },
    'saml-assertion': { points: limits.samlAssertion, duration: fiveMinutes },
    verify: { points: limits.tokenVerifications, duration: fiveMinutes },
    // GoTrue's defaults; config.toml has no keys for these four.
    'factor-challenge': factor,
    'factor-verify': factor,
    passkey: { points: 30, duration: fiveMinutes },
    'client-registration': { points: 10, duration: fiveMinutes },
    mail: limits.emailSent === undefined ? undefined : { points: limits.emailSent, duration: hour },
    text: { points: limits.smsSent, duration: hour },
  }
}

async function createLimiter(
  kind: LimitKind,
  limit: Limit,
  shared: SharedCounts | undefined,
): Promise<RateLimiterAbstract> {
  const { RateLimiterMemory, RateLimiterPostgres } = await import('rate-limiter-flexible')
  const options = { ...limit, keyPrefix: kind }
  if (!shared) return new RateLimiterMemory(options)
  return new RateLimiterPostgres({
    ...options,
    ...{ storeClient: shared.pool, storeType: 'pool', schemaName: shared.schema },
    ...{ tableName: 'auth_rate_limits', tableCreated: true },
    // What is over the limit is known here for the rest of its time, and asks the database no more.
    ...{ inMemoryBlockOnConsumed: limit.points + 1, clearExpiredByTimeout: true },
  })
}

function isExceeded(error: unknown): error is RateLimiterRes {
  return !(error instanceof Error) && typeof error === 'object' && error !== null && 'msBeforeNext' in error
}

const refusals: { readonly [kind in LimitKind]?: readonly [AuthErrorCode, string] } = {
  mail: ['over_email_send_rate_limit', 'email rate limit exceeded'],
  text: ['over_sms_send_rate_limit', 'SMS rate limit exceeded'],
}

function tooMany(kind: LimitKind): AuthError {
  const [code, message] = refusals[kind] ?? ['over_request_rate_limit', 'Request rate limit reached']
  return new AuthError(429, code, message)
}
