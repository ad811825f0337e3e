import { createHash } from 'node:crypto'
import { SignJWT } from 'jose'

const users = 50

/** Authorization of the first fifty users. */
export function signTokens(secret: string): Promise<string[]> {
  const sign = async (user: number) => {
    const token = new SignJWT({ role: 'authenticated' })
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .setSubject(userId(user))
      .setAudience('authenticated')
      .setExpirationTime('1h')
    return `Bearer ${await token.sign(new TextEncoder().encode(secret))}`
  }
  return Promise.all(Array.from({ length: users }, (_, n) => sign(n + 1)))
}

/** The id of the n-th profile, as rows.sql makes it. */
export function userId(n: number): string {
  const digits = createHash('md5').update(`profile${n}`).digest('hex')
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
