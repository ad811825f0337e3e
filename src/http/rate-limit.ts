import type { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { countedAs } from '#config'
import type { Caller } from '#database'
import { PorticoError } from '#errors'

export interface RateLimits {
  /** Requests a minute of one user; 0 sets no limit. */
  readonly user: number
  /** The same of one address, where nobody is signed in. */
  readonly address: number
}

/**
 * Counts requests of whoever asks.
 *
 * @param requests more than one for a batch
 * @throws PorticoError RATE_LIMITED, with `retryAfter` in seconds
 */
export type CountRequests = (caller: Caller, address: string | undefined, requests?: number) => Promise<void>

const seconds = 60

/** @returns undefined where nothing is limited */
export function createRateLimit({ user, address: ofAddress }: RateLimits): CountRequests | undefined {
  if (user === 0 && ofAddress === 0) return undefined
  const users = lazily(user)
  const addresses = lazily(ofAddress)
  return async ({ role, claims }, address, requests = 1) => {
    if (role === 'service_role') return
    const isUser = typeof claims.sub === 'string'
    const [limiter, key] = isUser ? [users, claims.sub as string] : [addresses, countedAs(address ?? '')]
    // Without an address it is a call from within.
    if (!limiter || key === '') return
    try {
      await (await limiter()).consume(key, requests)
    } catch (error) {
      throw new PorticoError('RATE_LIMITED', { details: { retryAfter: secondsLeft(error as RateLimiterRes) } })
    }
  }
}

function lazily(points: number): (() => Promise<RateLimiterMemory>) | undefined {
  if (points === 0) return undefined
  let limiter: Promise<RateLimiterMemory> | undefined
  return () => {
    limiter ??= import('rate-limiter-flexible').then(
      ({ RateLimiterMemory }) => new RateLimiterMemory({ points, duration: seconds }),
    )
    return limiter
  }
}

const secondsLeft = ({ msBeforeNext }: RateLimiterRes) => Math.max(1, Math.ceil(msBeforeNext / 1000))
