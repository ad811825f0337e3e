import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto'

/**
 * What Postgres keeps of a password (SCRAM-SHA-256, RFC 5803), made here so that the password itself is in no
 * statement, hence in no server log.
 *
 * @example scramVerifier('secret') // SCRAM-SHA-256$4096:SALT$STOREDKEY:SERVERKEY
 */
export function scramVerifier(password: string, salt = randomBytes(16), iterations = 4096): string {
  const salted = pbkdf2Sync(password.normalize('NFKC'), salt, iterations, 32, 'sha256')
  const hmac = (text: string) => createHmac('sha256', salted).update(text).digest()
  const storedKey = createHash('sha256').update(hmac('Client Key')).digest('base64')
  const serverKey = hmac('Server Key').toString('base64')
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${storedKey}:${serverKey}`
}

/** Whether a verifier that Postgres keeps was made from this password. */
export function verifies(verifier: string | null | undefined, password: string): boolean {
  const [, iterations, salt] = /^SCRAM-SHA-256\$(\d+):([^$]+)\$/.exec(verifier ?? '') ?? []
  if (!verifier || !iterations || !salt) return false
  const own = Buffer.from(scramVerifier(password, Buffer.from(salt, 'base64'), Number(iterations)))
  const kept = Buffer.from(verifier)
  return own.length === kept.length && timingSafeEqual(own, kept)
}
