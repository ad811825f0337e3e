import { availableParallelism } from 'node:os'
import bcrypt from '@node-rs/bcrypt'
import { AuthError } from '../auth-error.ts'
import { createSlots } from './slots.ts'

/** The longest password in UTF-8 bytes: bcrypt sees no further. */
export const maximumPasswordBytes = 72

/** Cost of new hashes, as GoTrue's. */
const cost = 10

/** A well-formed hash that no password has. Comparing with it takes as long as with a real one. */
const nobodysHash = `$2a$${cost}$${'.'.repeat(53)}`

export interface PasswordHasher {
  /** A bcrypt hash of a password of at most 72 bytes. */
  hash(password: string): Promise<string>
  /**
   * Whether the password is the one that was hashed. Takes the same time when there is no hash to compare with,
   * so that an answer's delay does not tell whether an account exists.
   */
  verify(password: string, hash: string | null | undefined): Promise<boolean>
}

/** Hashes on the thread pool, as many at once as there are processors, so that other work still gets its turn. */
export function createPasswordHasher(): PasswordHasher {
  const slots = createSlots(
    availableParallelism(),
    500,
    () => new AuthError(429, 'over_request_rate_limit', 'Request rate limit reached'),
  )
  return {
    hash: (password) => slots.run(() => bcrypt.hash(password, { cost, version: '2a' })),
    async verify(password, hash) {
      const comparable = hash && isBcrypt(hash) && Buffer.byteLength(password) <= maximumPasswordBytes
      const matches = await slots.run(() => bcrypt.verify(password, comparable ? hash : nobodysHash))
      return matches && Boolean(comparable)
    },
  }
}

/** Whether the text is a bcrypt hash that a password can be compared with. */
export function isBcrypt(hash: string): boolean {
  return /^\$2[abxy]\$(0[4-9]|[12][0-9]|3[01])\$[./A-Za-z0-9]{53}$/.test(hash)
}
