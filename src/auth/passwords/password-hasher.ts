import { availableParallelism } from 'node:os'
import bcrypt from '@node-rs/bcrypt'
import { createTurns } from '#turns'
import { AuthError } from '../auth-error.ts'
import { matchesFirebase, readStoredHash, type StoredHash } from './stored-hash.ts'

/** The longest password in UTF-8 bytes: bcrypt sees no further. */
export const maximumPasswordBytes = 72

/** Cost of new hashes, as GoTrue's. */
const cost = 10

/** Bytes of a password that another service may have taken. */
const longest = 1024

/** A well-formed hash that no password has. Comparing with it takes as long as with a real one. */
const nobody = { kind: 'bcrypt', hash: `$2a$${cost}$${'.'.repeat(53)}` } as const

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
  const turns = createTurns(availableParallelism(), {
    most: 500,
    full: () => new AuthError(429, 'over_request_rate_limit', 'Request rate limit reached'),
  })
  return {
    hash: (password) => turns(() => bcrypt.hash(password, { cost, version: '2a' })),
    async verify(password, hash) {
      const stored = hash ? readStoredHash(hash) : undefined
      const tooLong = Buffer.byteLength(password) > (stored?.kind === 'bcrypt' ? maximumPasswordBytes : longest)
      const comparable = stored && !tooLong ? stored : undefined
      const matches = await turns(() => compare(tooLong ? '' : password, comparable ?? nobody))
      return matches && comparable !== undefined
    },
  }
}

async function compare(password: string, stored: StoredHash): Promise<boolean> {
  switch (stored.kind) {
    case 'bcrypt':
      return await bcrypt.verify(password, stored.hash)
    case 'argon2': {
      const argon2 = await import('@node-rs/argon2')
      return await argon2.verify(stored.hash, password)
    }
    case 'firebase':
      return await matchesFirebase(password, stored)
  }
}
