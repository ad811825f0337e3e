import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type JWK, SignJWT } from 'jose'

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
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    if (typeof published === 'function') return published(request, response)
    const body =
      request.url === '/.well-known/openid-configuration'
        ? { issuer, jwks_uri: `${issuer}/keys` }
        : { keys: published.map(({ publicJwk }) => publicJwk) }
    response.setHeader('content-type', 'application/json').end(JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    issuer,
    asked,
    publish: (answer) => {
      published = answer
    },
    token: (claims, key) => signAs(key, { iss: issuer, ...claims }),
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => server.close(resolve).closeAllConnections())
    },
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
