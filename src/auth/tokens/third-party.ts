import { decodeJwt, type FlattenedJWSInput, type JWK } from 'jose'
import { z } from 'zod'
import { type Clock, systemClock } from '../clock.ts'
import { fetchJson, fetchKeys } from './published-keys.ts'
import { createRemoteKeys, type RemoteKeys } from './remote-keys.ts'

/** Another identity service that signs people in for this project: its tokens are good here as they are. */
export interface ThirdParty extends RemoteKeys {
  /** Whether a token says that it is from there, which its signature has to prove. */
  issued(token: FlattenedJWSInput): boolean
}

interface ThirdPartyOptions {
  /** Where its OpenID Connect discovery document is, and what its tokens may name as their issuer. */
  readonly config: { readonly url: string; readonly issuers: readonly string[] }
  readonly fetch?: typeof fetch
  readonly clock?: Clock
  /** Milliseconds that newer keys are waited for while there are others. */
  readonly patience?: number
}

const discovery = z.object({ issuer: z.string(), jwks_uri: z.url() })

/**
 * Tokens are believed by their issuer and by its keys together. Supabase looks at the keys alone; but some services,
 * Firebase among them, sign for all of their customers with the same ones.
 */
export function createThirdParty({
  config,
  fetch = globalThis.fetch,
  clock = systemClock,
  patience,
}: ThirdPartyOptions): ThirdParty {
  const issuers = new Set(config.issuers)
  return {
    ...createRemoteKeys(() => discoverKeys(config.url, issuers, fetch), clock, patience),
    issued: (token) => issuers.has(issuerOf(token)),
  }
}

/** See OpenID Connect Discovery 1.0, section 4. */
async function discoverKeys(
  url: string,
  issuers: ReadonlySet<string>,
  fetch: typeof globalThis.fetch,
): Promise<readonly JWK[]> {
  const { issuer, jwks_uri: uri } = await fetchJson(`${url}/.well-known/openid-configuration`, discovery, fetch)
  if (!issuers.has(issuer)) throw new Error(`${url} says that it is ${issuer}`)
  // What the service names is asked from inside of this network: no plain HTTP to whatever listens there.
  const { protocol, origin } = new URL(uri)
  if (protocol !== 'https:' && origin !== new URL(url).origin)
    throw new Error(`${url} names keys that are not at https://`)
  const keys = await fetchKeys(uri, fetch)
  if (keys.length === 0) throw new Error(`${uri} has no keys`)
  return keys
}

/** What an unverified token says; empty for one that says nothing. */
function issuerOf({ payload }: FlattenedJWSInput): string {
  try {
    return decodeJwt(`.${payload}.`).iss ?? ''
  } catch {
    return ''
  }
}
