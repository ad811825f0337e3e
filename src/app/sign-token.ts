import type { JWTPayload } from 'jose'
import type { Config } from '#config'

/** A token as the project's Auth signs it, without a session behind it. */
export async function signToken({ keys, auth }: Config, claims: JWTPayload): Promise<string> {
  const { createKeyRing, createTokenSigner } = await import('#auth')
  const sign = createTokenSigner(keys.jwtSecret, createKeyRing(auth.signingKeys))
  return await sign(JSON.parse(JSON.stringify({ iss: auth.jwtIssuer, ...claims })))
}
