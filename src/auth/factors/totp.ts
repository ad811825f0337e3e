import type { User } from '../users/index.ts'

export interface TotpSecret {
  /** Base32. */
  readonly secret: string
  /** What an authenticator app reads. */
  readonly uri: string
  /** The same as a picture, an SVG. */
  readonly qrCode: string
}

/** Makes the secret that an authenticator app and this server share. */
export async function createTotpSecret(user: User, issuer: string): Promise<TotpSecret> {
  const [{ Secret, TOTP }, { toString: draw }] = await Promise.all([import('otpauth'), import('qrcode')])
  const secret = new Secret({ size: 20 })
  const label = user.email || user.phone || user.id
  const uri = new TOTP({ issuer, label, secret, algorithm: 'SHA1', digits: 6, period: 30 }).toString()
  return { secret: secret.base32, uri, qrCode: await draw(uri, { type: 'svg' }) }
}

/**
 * Whether a code is the secret's, now or one step of thirty seconds before or after. No code is that of a secret which
 * cannot be read: a hosted project may have encrypted it.
 */
export async function isTotpCode(secret: string, code: string, now: Date): Promise<boolean> {
  if (!/^[A-Z2-7]+=*$/i.test(secret)) return false
  const { Secret, TOTP } = await import('otpauth')
  const totp = new TOTP({ secret: Secret.fromBase32(secret), algorithm: 'SHA1', digits: 6, period: 30 })
  return totp.validate({ token: code, timestamp: now.getTime(), window: 1 }) !== null
}
