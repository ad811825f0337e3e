import { createSecretKey } from 'node:crypto'
import { SignJWT } from 'jose'
import type { JsonObject } from '../json.ts'
import { followKeys, type KeyRing } from './key-ring.ts'

/** How and when a session was authenticated: the `amr` claim, latest first. */
export interface AuthenticationMethod {
  readonly method: string
  /** Seconds since 1970. */
  readonly timestamp: number
  /** The identity provider of single sign-on. */
  readonly provider?: string
}

/** The claims of an access token, in GoTrue's order. Times are seconds since 1970. */
export interface AccessTokenClaims {
  readonly iss: string
  readonly sub: string
  readonly aud: string
  readonly exp: number
  readonly iat: number
  readonly email: string
  readonly phone: string
  readonly app_metadata: JsonObject
  readonly user_metadata: JsonObject
  readonly role: string
  readonly aal: 'aal1' | 'aal2' | 'aal3'
  readonly amr: readonly AuthenticationMethod[]
  readonly session_id: string
  readonly is_anonymous: boolean
  /** Of a session for another application, as is the scope. */
  readonly client_id?: string
  readonly scope?: string
}

/** Signs claims: a session's, as they are or as the project's own code made them. */
export type SignToken = (claims: JsonObject) => Promise<string>

/** Signs with the project's signing key, or with the shared secret (HS256) where there is none. */
export function createTokenSigner(secret: string, ring: KeyRing): SignToken {
  const signer = followKeys(ring, (keys) => {
    const own = keys.find((key) => key.signs)
    const header = own ? { alg: own.alg, kid: own.kid, typ: 'JWT' } : { alg: 'HS256', typ: 'JWT' }
    return { header, key: own?.signWith ?? createSecretKey(secret, 'utf8') }
  })
  return (claims) => {
    const { header, key } = signer()
    return new SignJWT({ ...claims }).setProtectedHeader(header).sign(key)
  }
}
