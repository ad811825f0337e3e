import { createRemoteJWKSet, customFetch, type JWTVerifyGetKey } from 'jose'
import { z } from 'zod'
import { errorMessage } from '#errors'
import { AuthError } from '../auth-error.ts'
import type { Clock } from '../clock.ts'
import type { JsonObject } from '../json.ts'
import { fetchJson } from '../tokens/index.ts'
import type { PublicNetwork } from './public-network.ts'

/** Where a provider says what it is. */
export interface Issuer {
  readonly issuer: string
  readonly discoveryUrl: string
}

/** What providers publish of themselves (OpenID Connect Discovery 1.0), kept for an hour. */
export interface Discovery {
  /** As it was within the last hour; older where the provider is away. */
  documentOf(issuer: Issuer): Promise<Document>
  /** As it is now. Throws GoTrue's error for one that cannot be had, is another's or lacks what sign-ins need. */
  discover(issuer: Issuer): Promise<Document>
  forget(issuer: Issuer): void
  /** The keys that sign its ID tokens. */
  keysOf(issuer: Issuer): Promise<JWTVerifyGetKey>
}

export type Document = z.output<typeof documentShape>

const address = z.string().optional()
const documentShape = z.looseObject({
  issuer: address,
  authorization_endpoint: address,
  token_endpoint: address,
  jwks_uri: address,
  userinfo_endpoint: address,
})

const required = ['authorization_endpoint', 'token_endpoint', 'jwks_uri'] as const

/** Milliseconds. */
const minute = 60_000

const lifetime = 60 * minute
/** One that is away is not asked again sooner, while an older document serves. */
const pause = minute

interface Known {
  readonly document: Document
  readonly keys: JWTVerifyGetKey
  readonly at: number
}

/** See GoTrue's internal/utilities/oidc_discovery.go and internal/api/provider/oidc_cache.go. */
export function createDiscovery(network: PublicNetwork, clock: Clock): Discovery {
  const known = new Map<string, Known>()
  const underWay = new Map<string, Promise<Known>>()
  const nameOf = ({ issuer, discoveryUrl }: Issuer) => JSON.stringify([issuer, discoveryUrl])

  async function load(issuer: Issuer): Promise<Known> {
    const document = await fetchDocument(issuer, network)
    const keys = createRemoteJWKSet(new URL(document.jwks_uri ?? ''), {
      [customFetch]: (url, init) => network.fetch(url, init),
    })
    const found = { document, keys, at: clock().getTime() }
    known.set(nameOf(issuer), found)
    return found
  }

  async function current(issuer: Issuer): Promise<Known> {
    const name = nameOf(issuer)
    const last = known.get(name)
    if (last && clock().getTime() < last.at + lifetime) return last
    const loading = underWay.get(name) ?? load(issuer).finally(() => underWay.delete(name))
    underWay.set(name, loading)
    return await loading.catch((error: unknown) => {
      if (!last) throw error
      known.set(name, { ...last, at: clock().getTime() - lifetime + pause })
      return last
    })
  }

  return {
    documentOf: async (issuer) => (await current(issuer)).document,
    discover: async (issuer) => (await load(issuer)).document,
    forget: (issuer) => void known.delete(nameOf(issuer)),
    keysOf: async (issuer) => (await current(issuer)).keys,
  }
}

async function fetchDocument({ issuer, discoveryUrl }: Issuer, { fetch, assertPublic }: PublicNetwork) {
  const failed = (reason: string, cause?: unknown) =>
    invalid(`OIDC discovery from ${JSON.stringify(discoveryUrl)} failed: oidc: ${reason}`, cause)
  const document = await fetchJson(discoveryUrl, documentShape, fetch).catch((cause: unknown) => {
    const why =
      cause instanceof z.ZodError || cause instanceof SyntaxError ? 'it is no such document' : errorMessage(cause)
    throw failed(`discovery request to ${discoveryUrl} failed: ${why}`, cause)
  })
  if (document.issuer !== issuer) {
    const [expected, got] = [JSON.stringify(issuer), JSON.stringify(document.issuer ?? '')]
    throw failed(`issuer mismatch, expected ${expected} got ${got}`)
  }
  const missing = required.filter((name) => !document[name])
  if (missing.length > 0) {
    throw invalid(`OIDC discovery document is missing required fields: ${missing.join(', ')}`)
  }
  for (const name of [...required, 'userinfo_endpoint'] as const) {
    if (document[name]) await assertPublic(document[name])
  }
  return document
}

/** What of a document is kept with the provider, and shown to administrators. */
export function storedPart(document: Document): JsonObject {
  return Object.fromEntries(
    storedNames.flatMap((name) => (document[name] === undefined ? [] : [[name, document[name]]])),
  )
}

const storedNames = [
  ...['issuer', 'authorization_endpoint', 'token_endpoint', 'userinfo_endpoint', 'jwks_uri', 'scopes_supported'],
  ...['response_types_supported', 'grant_types_supported', 'subject_types_supported'],
]

function invalid(message: string, cause?: unknown): AuthError {
  return new AuthError(400, 'validation_failed', message, { cause })
}
