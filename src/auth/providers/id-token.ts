import { createHash } from 'node:crypto'
import { createRemoteJWKSet, customFetch, decodeJwt, errors, type JWTVerifyGetKey, jwtVerify } from 'jose'
import { AuthError } from '../auth-error.ts'
import type { Clock } from '../clock.ts'
import type { JsonObject } from '../json.ts'
import { profileFrom } from './id-token-profile.ts'
import { type Profile, textOf } from './profile.ts'
import type { Provider } from './provider.ts'

/** An ID token that an app got from the provider itself, natively. */
export interface IdTokenProof {
  readonly idToken: string
  readonly accessToken: string
  /** What the app's nonce was made from; the token holds its SHA-256. */
  readonly nonce: string
}

/** Checks ID tokens of providers, whose keys are fetched when first needed. */
export interface IdTokenVerifier {
  verify(provider: Provider, proof: IdTokenProof): Promise<Profile>
}

/** Signatures that can be checked with public keys alone. */
const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA']

/** See GoTrue's internal/api/token_oidc.go. The issuer is the provider's, whatever the token says. */
export function createIdTokenVerifier(fetch: typeof globalThis.fetch, clock: Clock): IdTokenVerifier {
  const keys = new Map<string, Promise<JWTVerifyGetKey>>()

  function keysOf(issuer: string): Promise<JWTVerifyGetKey> {
    const known = keys.get(issuer)
    if (known) return known
    const found = discoverKeys(issuer, fetch)
    keys.set(issuer, found)
    found.catch(() => keys.delete(issuer))
    return found
  }

  async function readClaims(provider: Provider, idToken: string): Promise<JsonObject> {
    const issuer = issuerOf(provider, unverified(idToken))
    const { definition } = provider
    const published = definition.kind === 'oidc' ? definition.published : undefined
    const keysFound = await (published ? published.keys() : keysOf(issuer)).catch((cause: unknown) => {
      throw new AuthError(500, 'unexpected_failure', 'The keys of the provider cannot be had', { cause })
    })
    try {
      const { payload } = await jwtVerify(idToken, keysFound, {
        issuer: [issuer, ...aliasesOf(issuer)],
        algorithms,
        clockTolerance: 5,
        currentDate: clock(),
        requiredClaims: ['exp', 'aud'],
      })
      return payload
    } catch (cause) {
      if (cause instanceof errors.JOSEError && !(cause instanceof errors.JWKSTimeout)) throw badToken(cause)
      throw new AuthError(500, 'unexpected_failure', 'The keys of the provider cannot be had', { cause })
    }
  }

  return {
    async verify(provider, { idToken, accessToken, nonce }) {
      const claims = await readClaims(provider, idToken)
      if (textOf(claims.sub) === undefined) throw refused('invalid request', 'Missing sub claim in id_token')
      const audiences = [claims.aud].flat()
      if (!audiences.some((audience) => provider.settings.clientIds.includes(String(audience)))) {
        throw refused('invalid request', `Unacceptable audience in id_token: [${audiences.join(' ')}]`)
      }
      if (!provider.settings.skipNonceCheck && provider.name !== 'facebook') checkNonce(claims, nonce)
      if (accessToken !== '') checkAccessToken(claims, idToken, accessToken)
      return profileFrom(provider.definition, provider.name, claims)
    },
  }
}

/** Azure's tenants are issuers of their own; which one it is, only the token says, and only Azure may say it. */
function issuerOf({ name, definition }: Provider, { iss: issuer }: JsonObject): string {
  if (name !== 'azure') return ('idTokenIssuer' in definition && definition.idTokenIssuer) || definition.issuer
  const tenant = /^https:\/\/(login\.microsoftonline\.com|sts\.windows\.net)\/[0-9a-z.-]+\/(v2\.0)?$/i
  if (typeof issuer === 'string' && (tenant.test(issuer) || issuer === definition.issuer)) return issuer
  throw new AuthError(400, 'validation_failed', 'Detected ID token issuer is not an Azure ID token issuer')
}

/** What a token says, to be believed once its signature is proven. */
function unverified(idToken: string): JsonObject {
  try {
    return decodeJwt(idToken)
  } catch (cause) {
    throw badToken(cause)
  }
}

/** Google's older tokens name it without a scheme. */
function aliasesOf(issuer: string): readonly string[] {
  return issuer === 'https://accounts.google.com' ? ['accounts.google.com'] : []
}

async function discoverKeys(issuer: string, fetch: typeof globalThis.fetch): Promise<JWTVerifyGetKey> {
  const signal = AbortSignal.timeout(10_000)
  const address = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
  const response = await fetch(address, { signal, redirect: 'error' })
  const { jwks_uri: uri } = (await response.json()) as { readonly jwks_uri?: unknown }
  if (!response.ok || typeof uri !== 'string') throw new Error(`${issuer} publishes no keys`)
  return createRemoteJWKSet(new URL(uri), { [customFetch]: (url, init) => fetch(url, init) })
}

/** A token that was overheard is of no use to whoever does not know what its nonce was made from. */
function checkNonce(claims: JsonObject, nonce: string): void {
  const expected = textOf(claims.nonce)
  if ((expected !== undefined) !== (nonce !== '')) {
    throw refused('invalid request', 'Passed nonce and nonce in id_token should either both exist or not.')
  }
  if (expected !== undefined && createHash('sha256').update(nonce).digest('hex') !== expected) {
    throw refused('invalid nonce', 'Nonces mismatch')
  }
}

/** `at_hash`: the left half of the access token's digest (OpenID Connect Core, section 3.1.3.6). */
function checkAccessToken(claims: JsonObject, idToken: string, accessToken: string): void {
  const expected = textOf(claims.at_hash)
  if (expected === undefined) return
  const header = JSON.parse(Buffer.from(idToken.split('.')[0] ?? '', 'base64url').toString()) as {
    readonly alg: string
  }
  const bits = /\d+$/.exec(header.alg)?.[0] ?? '512'
  const digest = createHash(`sha${bits}`).update(accessToken).digest()
  if (digest.subarray(0, digest.length / 2).toString('base64url') !== expected) {
    throw badToken()
  }
}

function badToken(cause?: unknown): AuthError {
  return refused('invalid request', 'Bad ID token', cause)
}

function refused(error: string, message: string, cause?: unknown): AuthError {
  return new AuthError(400, 'validation_failed', message, { oauth: error, cause })
}
