import type { AuthDatabase } from '../database/index.ts'
import type { JsonObject } from '../json.ts'
import { type Contact, insertIdentity, insertUser } from '../users/index.ts'

export interface NewAccount {
  /** As it was announced. */
  readonly id: string
  readonly contact: Contact
  /** Empty for a user who has no password. */
  readonly passwordHash: string
  readonly data: JsonObject
}

/** Adds a user who is reached at a contact that is not confirmed yet, and answers the id. */
export async function addUser(
  trx: AuthDatabase,
  { id, contact: { kind, address }, passwordHash, data }: NewAccount,
  now: Date,
): Promise<string> {
  // A number is not repeated: it may change, and GoTrue leaves it out too.
  const own = { ...(kind === 'email' && { email: address }), email_verified: false, phone_verified: false }
  const appMetadata = { provider: kind, providers: [kind] }
  const userMetadata = { ...data, sub: id, ...own }
  await insertUser(trx, { id, [kind]: address, passwordHash, appMetadata, userMetadata }, now)
  await insertIdentity(trx, id, kind, { ...data, ...own }, now)
  return id
}

/** Two requests that add the same contact at once: the second looks again, and finds what the first made. */
export async function onceMoreIfTaken<T>(work: () => Promise<T>, isTaken: (error: unknown) => boolean): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!isTaken(error)) throw error
    return await work()
  }
}
