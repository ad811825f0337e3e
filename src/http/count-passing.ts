import type { IncomingMessage } from 'node:http'
import type { Caller } from '#database'
import { isPorticoError } from '#errors'
import type { ClientAddress } from './client-address.ts'
import { corsHeaders } from './cors.ts'
import { json } from './dispatch.ts'
import type { CountRequests } from './rate-limit.ts'
import type { WhoAsks } from './who-asks.ts'

export interface CountPassingOptions {
  readonly count: CountRequests
  readonly whoAsks: WhoAsks
  readonly addressOf: ClientAddress
}

/** Of somebody whose key or token nobody here vouches for, only the address counts; what they are, the other side says. */
const stranger: Caller = { role: 'anon', claims: {} }

/**
 * Counts requests to a Data API elsewhere as those to one here are counted.
 *
 * @returns the refusal of one too many, as the Data API words it
 */
export function createCountPassing({ count, whoAsks, addressOf }: CountPassingOptions) {
  return async (req: IncomingMessage): Promise<Response | undefined> => {
    if (req.method === 'OPTIONS') return undefined
    const address = addressOf(req)
    const caller = (await whoAsks(req).catch(() => undefined)) ?? stranger
    try {
      await count(caller, address)
      return undefined
    } catch (error) {
      if (!isPorticoError(error, 'RATE_LIMITED')) throw error
      const { status, code, message, details } = error
      const refusal = json(status, { code, details: null, hint: null, message })
      for (const [name, value] of Object.entries(corsHeaders)) refusal.headers.set(name, value)
      refusal.headers.set('retry-after', String(details.retryAfter))
      return refusal
    }
  }
}
