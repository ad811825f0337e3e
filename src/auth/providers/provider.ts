import { createHmac } from 'node:crypto'
import type { Configuration } from 'openid-client'
import { isJsonObject, type JsonObject } from '../json.ts'
import type { OAuthDefinition } from './apis/index.ts'
import { type Definition, definitionOf } from './definitions.ts'
import { profileOfClaims } from './id-token-profile.ts'
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

/** Seconds. */
const patience = 10

/** Undefined for a provider that this service cannot speak to. */
export function createProvider(
  name: string,
  settings: ProviderSettings,
  fetch: typeof globalThis.fetch,
): Provider | undefined {
  const definition = definitionOf(name, settings.url)
  if (!definition) return undefined
  let configured: Promise<Configuration> | undefined
  const configuration = () => {
    configured ??= configure(definition, settings, fetch)
    // One that was away is asked again.
    configured.catch(() => {
      configured = undefined
    })
    return configured
  }

  return {
    name,
    settings,
    definition,
    async authorizationUrl({ state, verifier, scopes, extra }) {
      const { buildAuthorizationUrl, calculatePKCECodeChallenge } = await import('openid-client')
      return buildAuthorizationUrl(await configuration(), {
        ...extra,
        redirect_uri: settings.redirectUri,
        ...scopeOf([...definition.scopes, ...scopes]),
        state,
        code_challenge: await calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        ...(definition.kind === 'oidc' && { nonce: state }),
        ...(definition.kind === 'oidc' && definition.responseMode && { response_mode: definition.responseMode }),
      })
    },
    async redeem({ parameters, state, verifier }) {
      const { authorizationCodeGrant } = await import('openid-client')
      const came = new URL(settings.redirectUri)
      came.search = parameters.toString()
      const tokens = await authorizationCodeGrant(await configuration(), came, {
        expectedState: state,
        pkceCodeVerifier: verifier,
        ...(definition.kind === 'oidc' && { expectedNonce: state, idTokenExpected: true }),
      })
      const profile =
        definition.kind === 'oidc'
          ? profileOfClaims(name, await claimsOf(await configuration(), tokens))
          : await definition.readProfile(
              (url, headers) => ask(url, tokens.access_token, { name, settings, fetch, headers }),
              { clientId: settings.clientIds[0] ?? '', answer: tokens as JsonObject },
            )
      return { profile, accessToken: tokens.access_token, refreshToken: tokens.refresh_token }
    },
  }
}

async function configure(
  definition: Definition,
  settings: ProviderSettings,
  fetch: typeof globalThis.fetch,
): Promise<Configuration> {
  const client = await import('openid-client')
  const [clientId = ''] = settings.clientIds
  const prove = 'clientAuth' in definition ? client.ClientSecretBasic : client.ClientSecretPost
  const authentication = settings.secret === '' ? client.None() : prove(settings.secret)
  const issuer = new URL(definition.issuer)
  const insecure = issuer.protocol === 'http:' ? [client.allowInsecureRequests] : []
  const configuration =
    definition.kind === 'oidc'
      ? await client.discovery(issuer, clientId, {}, authentication, {
          [client.customFetch]: (url, init) => fetch(url, init as RequestInit),
          timeout: patience,
          execute: [...insecure, client.enableNonRepudiationChecks],
        })
      : new client.Configuration(serverOf(definition), clientId, {}, authentication)
  if (definition.kind === 'oauth') {
    configuration.timeout = patience
    for (const execute of insecure) execute(configuration)
  }
  configuration[client.customFetch] = async (url, init) => {
    const response = await fetch(url, init as RequestInit)
    return definition.kind === 'oauth' && url === definition.token ? await withPlainScope(response) : response
  }
  return configuration
}

function scopeOf(scopes: readonly string[]): { scope?: string } {
  return scopes.length === 0 ? {} : { scope: [...new Set(scopes)].join(' ') }
}

/** Some list the scopes that they gave, where OAuth has them in one text (RFC 6749, section 5.1). */
async function withPlainScope(response: Response): Promise<Response> {
  const answer: unknown = await response
    .clone()
    .json()
    .catch(() => undefined)
  if (!isJsonObject(answer) || !Array.isArray(answer.scope)) return response
  const { status } = response
  return Response.json({ ...answer, scope: answer.scope.join(' ') }, { status })
}

function serverOf({ issuer, authorize, token }: OAuthDefinition) {
  return { issuer, authorization_endpoint: authorize, token_endpoint: token }
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
