import { createHmac } from 'node:crypto'
import type { Configuration } from 'openid-client'
import { isJsonObject, type JsonObject } from '../json.ts'
import { configure, patience, type SecretPlace } from './configuration.ts'
import type { Definition } from './definitions.ts'
import { profileFrom } from './id-token-profile.ts'
import { type Profile, textOf } from './profile.ts'

export interface ProviderSettings {
  /** The first one asks; ID tokens may be for any of them: native apps have ids of their own. */
  readonly clientIds: readonly string[]
  readonly secret: string
  /** The provider's own address, where it is not the public one. */
  readonly url: string | undefined
  /** Where the provider sends people back. */
  readonly redirectUri: string
  readonly skipNonceCheck: boolean
  /** People without an address are let in. */
  readonly emailOptional: boolean
}

/** What a sign-in at a provider begins with. */
export interface Departure {
  /** Comes back with the answer; also the nonce of an ID token. */
  readonly state: string
  readonly verifier: string
  readonly scopes: readonly string[]
  /** Further parameters: `prompt`, `hd`, `access_type` … */
  readonly extra: Readonly<Record<string, string>>
}

/** What came back, and what it has to fit. */
export interface Arrival {
  readonly parameters: URLSearchParams
  readonly state: string
  readonly verifier: string
}

export interface ProviderAnswer {
  readonly profile: Profile
  readonly accessToken: string
  readonly refreshToken: string | undefined
}

/** Another service that people may sign in with. */
export interface Provider {
  readonly name: string
  readonly settings: ProviderSettings
  readonly definition: Definition
  authorizationUrl(departure: Departure): Promise<URL>
  /** Redeems the code that came back, and asks who the user is. Rejects when the provider does not play along. */
  redeem(arrival: Arrival): Promise<ProviderAnswer>
}

/** Speaks to a provider in the way that its definition says, by the `fetch` given. */
export function createProvider(
  name: string,
  settings: ProviderSettings,
  definition: Definition,
  fetch: typeof globalThis.fetch,
): Provider {
  const configured = new Map<SecretPlace, Promise<Configuration>>()
  const configuration = (place: SecretPlace = 'body') => {
    const made = configured.get(place) ?? configure(definition, settings, place, fetch)
    configured.set(place, made)
    // One that was away is asked again.
    made.catch(() => configured.delete(place))
    return made
  }
  const { own } = definition
  const hasNonce = definition.kind === 'oidc' && definition.expectsNonce !== false

  async function redeemCode({ parameters, state, verifier }: Arrival): Promise<Tokens> {
    const { authorizationCodeGrant } = await import('openid-client')
    const came = new URL(settings.redirectUri)
    came.search = parameters.toString()
    // Of a provider that the project describes by its endpoints nobody knows what it calls itself.
    if (own && definition.kind === 'oauth') came.searchParams.delete('iss')
    const checks = {
      expectedState: state,
      ...(own?.usesPkce !== false && { pkceCodeVerifier: verifier }),
      ...(definition.kind === 'oidc' && { idTokenExpected: true }),
      ...(hasNonce && { expectedNonce: state }),
    }
    const [first, second] = placesOf(definition)
    const attempt = async (place: SecretPlace) => authorizationCodeGrant(await configuration(place), came, checks)
    return await attempt(first).catch((error: unknown) => {
      if (second === undefined || !refusesClient(error)) throw error
      return attempt(second)
    })
  }

  return {
    name,
    settings,
    definition,
    async authorizationUrl({ state, verifier, scopes, extra }) {
      const { buildAuthorizationUrl, calculatePKCECodeChallenge } = await import('openid-client')
      return buildAuthorizationUrl(await configuration(), {
        ...extra,
        ...scopeOf(definition, scopes),
        ...own?.parameters,
        redirect_uri: settings.redirectUri,
        state,
        ...(own?.usesPkce !== false && {
          code_challenge: await calculatePKCECodeChallenge(verifier),
          code_challenge_method: 'S256',
        }),
        ...(hasNonce && { nonce: state }),
        ...(definition.kind === 'oidc' && definition.responseMode && { response_mode: definition.responseMode }),
      })
    },
    async redeem(arrival) {
      const tokens = await redeemCode(arrival)
      const profile =
        definition.kind === 'oidc'
          ? profileFrom(definition, name, await claimsOf(await configuration(), tokens))
          : await definition.readProfile(
              (url, headers) => ask(url, tokens.access_token, { name, settings, fetch, headers }),
              { clientId: settings.clientIds[0] ?? '', answer: tokens as JsonObject },
            )
      return { profile, accessToken: tokens.access_token, refreshToken: tokens.refresh_token }
    },
  }
}

/** Where the secret goes first, and where it goes once that was refused. */
function placesOf(definition: Definition): readonly [SecretPlace, SecretPlace?] {
  if (definition.own) return ['header', 'body']
  return definition.kind === 'oauth' && definition.clientAuth === 'basic' ? ['header'] : ['body']
}

/** Whether a provider may have refused who asked, and not what was asked for. */
function refusesClient(error: unknown): boolean {
  const { status, error: code } = isJsonObject(error) ? error : {}
  return (status === 400 || status === 401) && code !== 'invalid_grant'
}

/** What a client asks for comes in the place of what a project set for a provider of its own, and on top otherwise. */
function scopeOf({ kind, own, scopes: standard }: Definition, asked: readonly string[]): { scope?: string } {
  const chosen = own && asked.length > 0 ? [...(kind === 'oidc' ? ['openid'] : []), ...asked] : [...standard, ...asked]
  return chosen.length === 0 ? {} : { scope: [...new Set(chosen)].join(' ') }
}

type Tokens = Awaited<ReturnType<typeof import('openid-client').authorizationCodeGrant>>

/** The ID token's claims, with what only the provider's API tells. */
async function claimsOf(configuration: Configuration, tokens: Tokens): Promise<JsonObject> {
  const claims: JsonObject & { readonly sub?: string } = tokens.claims() ?? {}
  if (textOf(claims.email) !== undefined || !configuration.serverMetadata().userinfo_endpoint) return claims
  const { fetchUserInfo } = await import('openid-client')
  return { ...(await fetchUserInfo(configuration, tokens.access_token, claims.sub ?? '')), ...claims }
}

async function ask(
  url: string,
  token: string,
  {
    name,
    settings,
    fetch,
    headers: own = {},
  }: {
    readonly name: string
    readonly settings: ProviderSettings
    readonly fetch: typeof globalThis.fetch
    readonly headers: Readonly<Record<string, string>> | undefined
  },
): Promise<unknown> {
  const address = new URL(url)
  // Facebook's proof that the one who asks has the app's secret.
  const proof = createHmac('sha256', settings.secret).update(token).digest('hex')
  if (name === 'facebook') address.searchParams.set('appsecret_proof', proof)
  const headers = { ...own, authorization: `Bearer ${token}`, accept: 'application/json', 'user-agent': 'portico' }
  const signal = AbortSignal.timeout(patience * 1000)
  const response = await fetch(address.href, { headers, signal, redirect: 'error' })
  if (!response.ok) throw new Error(`${name} answered ${response.status} when it was asked for a profile`)
  return await response.json()
}
