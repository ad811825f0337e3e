import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { type AuthDatabase, isUniqueViolation } from '../database/index.ts'
import type { JsonObject } from '../json.ts'
import { mergeMetadata } from './metadata.ts'

/** What an identity of provider `email` or `phone` says of its user. */
export interface OwnIdentityData {
  readonly email?: string
  readonly phone?: string
  readonly email_verified: boolean
  readonly phone_verified: boolean
}

/** Adds an identity whose subject is the user itself: `email` or `phone`. */
export async function insertIdentity(
  trx: AuthDatabase,
  userId: string,
  provider: 'email' | 'phone',
  data: OwnIdentityData & JsonObject,
  now: Date,
): Promise<void> {
  await trx
    .insertInto('auth.identities')
    .values({
      id: randomUUID(),
      provider_id: userId,
      user_id: userId,
      provider,
      identity_data: JSON.stringify({ ...data, sub: userId }),
      last_sign_in_at: now,
      created_at: now,
      updated_at: now,
    })
    .execute()
}

/** Adds an identity that another service vouches for, and answers its id. Raises a unique violation when it is taken. */
export async function insertExternalIdentity(
  trx: AuthDatabase,
  {
    userId,
    provider,
    subject,
    data,
  }: { readonly userId: string; readonly provider: string; readonly subject: string; readonly data: JsonObject },
  now: Date,
): Promise<string> {
  const id = randomUUID()
  await trx
    .insertInto('auth.identities')
    .values({
      id,
      provider_id: subject,
      user_id: userId,
      provider,
      identity_data: JSON.stringify(data),
      last_sign_in_at: now,
      created_at: now,
      updated_at: now,
    })
    .execute()
  return id
}

/** The identity of a provider that has this subject, whoever's it is. */
export async function findIdentity(
  db: AuthDatabase,
  provider: string,
  subject: string,
): Promise<{ readonly id: string; readonly user_id: string } | undefined> {
  return await db
    .selectFrom('auth.identities')
    .select(['id', 'user_id'])
    .where('provider', '=', provider)
    .where('provider_id', '=', subject)
    .executeTakeFirst()
}

/** True when the identity was added by a request that came first. */
export function isIdentityTaken(error: unknown): boolean {
  return isUniqueViolation(error, 'identities_provider_id_provider_unique')
}

/** Changes the identity of provider `email` or `phone`, or adds it where the user has none. */
export async function putIdentity(
  trx: AuthDatabase,
  userId: string,
  provider: 'email' | 'phone',
  changes: Partial<OwnIdentityData>,
  now: Date,
): Promise<void> {
  const updated = await trx
    .updateTable('auth.identities')
    .set({ identity_data: sql<string>`identity_data || ${JSON.stringify(changes)}::jsonb`, updated_at: now })
    .where('provider', '=', provider)
    .where('provider_id', '=', userId)
    .executeTakeFirstOrThrow()
  if (updated.numUpdatedRows > 0n) return
  await insertIdentity(trx, userId, provider, { email_verified: false, phone_verified: false, ...changes }, now)
}

/** Writes into `app_metadata` which providers the user's identities are of, the oldest first. */
export async function recordProviders(trx: AuthDatabase, userId: string): Promise<void> {
  const identities = await trx
    .selectFrom('auth.identities')
    .select('provider')
    .where('user_id', '=', userId)
    .orderBy('created_at')
    .execute()
  const providers = [...new Set(identities.map((identity) => identity.provider))]
  const changes = { providers, ...(providers.length > 0 && { provider: providers[0] }) }
  await trx
    .updateTable('auth.users')
    .set({ raw_app_meta_data: mergeMetadata('raw_app_meta_data', changes) })
    .where('id', '=', userId)
    .execute()
}
