import { randomUUID } from 'node:crypto'
import { type AuthDatabase, isUniqueViolation } from '../database/index.ts'
import type { JsonObject } from '../json.ts'
import { nilUuid } from './select-user.ts'

/** The audience and the role of everyone who signs up, as the platform sets them. */
export const defaultAudience = 'authenticated'
const defaultRole = 'authenticated'

export interface NewUser {
  readonly id?: string | undefined
  readonly email?: string | undefined
  readonly phone?: string | undefined
  /** Empty for a user who has no password. */
  readonly passwordHash: string
  readonly appMetadata: JsonObject
  readonly userMetadata: JsonObject
  readonly audience?: string | undefined
  readonly role?: string | undefined
  readonly isAnonymous?: boolean
  /** Of an organisation's single sign-on: others may have the same address. */
  readonly isSsoUser?: boolean
}

/** Adds a user without identities, and answers the id. Raises a unique violation when the address is taken. */
export async function insertUser(trx: AuthDatabase, user: NewUser, now: Date): Promise<string> {
  const id = user.id ?? randomUUID()
  await trx
    .insertInto('auth.users')
    .values({
      instance_id: nilUuid,
      id,
      aud: user.audience ?? defaultAudience,
      role: user.role ?? defaultRole,
      email: user.email ?? null,
      phone: user.phone ?? null,
      encrypted_password: user.passwordHash,
      // Empty rather than null, since GoTrue cannot read a null here once the data moves there.
      confirmation_token: '',
      recovery_token: '',
      email_change: '',
      email_change_token_new: '',
      raw_app_meta_data: JSON.stringify(user.appMetadata),
      raw_user_meta_data: JSON.stringify(user.userMetadata),
      is_anonymous: user.isAnonymous ?? false,
      is_sso_user: user.isSsoUser ?? false,
      created_at: now,
      updated_at: now,
    })
    .execute()
  return id
}

/** True when the address was taken by a request that came first. */
export function isEmailTaken(error: unknown): boolean {
  return isUniqueViolation(error, 'users_email_partial_key')
}

/** True when the phone number is another user's. */
export function isPhoneTaken(error: unknown): boolean {
  return isUniqueViolation(error, 'users_phone_key')
}
