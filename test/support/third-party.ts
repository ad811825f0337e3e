import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import type { RequestListener } from 'node:http'
import { type JWK, SignJWT } from 'jose'
import { serveOnLoopback } from './loopback-server.ts'

export interface SigningKey {
  readonly kid: string
  readonly alg: string
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  readonly publicJwk: JWK
}

export function signingKey(kid: string, alg: 'RS256' | 'PS256' | 'ES256' | 'EdDSA' = 'RS256'): SigningKey {
  const { privateKey, publicKey } =
    alg === 'ES256'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : alg === 'EdDSA'
        ? generateKeyPairSync('ed25519')
        : generateKeyPairSync('rsa', { modulusLength: 2048 })
  return { kid, alg, privateKey, publicKey, publicJwk: { ...publicKey.export({ format: 'jwk' }), kid, alg } as JWK }
}

/** An identity service on loopback that publishes its keys as OpenID Connect has it. */
export interface ThirdPartyServer {
  readonly issuer: string
  /** The paths that were asked for. */
  readonly asked: string[]
  /** What it publishes; another answer altogether where it is a listener. */
  publish(answer: readonly SigningKey[] | RequestListener): void
  /** A token of one of its users. */
  token(claims: Readonly<Record<string, unknown>>, key: SigningKey): Promise<string>
  [Symbol.asyncDispose](): Promise<void>
}

export async function startThirdParty(...keys: readonly SigningKey[]): Promise<ThirdPartyServer> {
  let published: readonly SigningKey[] | RequestListener = keys
  const asked: string[] = []
  const server = await serveOnLoopback((request, response) => {
    asked.push(request.url ?? '')
    if (typeof published === 'function') return published(request, response)
    const body =
      request.url === '/.well-known/openid-configuration'
        ? { issuer, jwks_uri: `${issuer}/keys` }
        : { keys: published.map(({ publicJwk }) => publicJwk) }
    response.setHeader('content-type', 'application/json').end(JSON.stringify(body))
  })
  const issuer = server.url
  return {
    issuer,
    asked,
    publish: (answer) => {
      published = answer
    },
    token: (claims, key) => signAs(key, { iss: issuer, ...claims }),
    [Symbol.asyncDispose]: server[Symbol.asyncDispose],
  }
}

export function signAs(
  { kid, alg, privateKey }: SigningKey,
  claims: Readonly<Record<string, unknown>>,
): Promise<string> {
  return new SignJWT({ exp: Math.floor(Date.now() / 1000) + 3600, ...claims })
    .setProtectedHeader({ alg, kid })
    .sign(privateKey)
}
