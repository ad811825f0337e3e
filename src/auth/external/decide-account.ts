import { sql } from 'kysely'
import { AuthError } from '../auth-error.ts'
import type { AuthDatabase } from '../database/index.ts'
import { type Profile, provenEmails } from '../providers/index.ts'
import { findUserByEmail } from '../users/index.ts'

/** Whose account an identity of another service is. */
export type Decision =
  /** The one that has it already. */
  | { readonly kind: 'known'; readonly userId: string; readonly identityId: string }
  /** One with the same address, which both services have proven. */
  | { readonly kind: 'link'; readonly userId: string }
  /** None yet. Without an address where the profile's is unproven and another's. */
  | { readonly kind: 'create'; readonly email: string | undefined }

/**
 * Decides as GoTrue does (internal/models/linking.go), but an identity that only claims an address links to nothing,
 * also where addresses need no confirmation: anyone may write another's address into an account of theirs elsewhere.
 */
export async function decideAccount(db: AuthDatabase, provider: string, profile: Profile): Promise<Decision> {
  const { subject, email } = profile
  const own = await db
    .selectFrom('auth.identities')
    .select(['id', 'user_id'])
    .where('provider', '=', provider)
    .where('provider_id', '=', subject)
    .executeTakeFirst()
  if (own) return { kind: 'known', userId: own.user_id, identityId: own.id }
  const proven = provenEmails(profile)
  if (proven.length === 0) {
    const isAnothers = email !== undefined && (await findUserByEmail(db, email))
    return { kind: 'create', email: isAnothers ? undefined : email }
  }
  const users = new Set(await ownersOf(db, proven))
  const [userId, another] = users
  if (another !== undefined) {
    const message = 'Multiple accounts with the same email address in the same linking domain detected: default'
    throw new AuthError(500, 'unexpected_failure', message)
  }
  return userId === undefined ? { kind: 'create', email } : { kind: 'link', userId }
}

/** Users who have one of the addresses, and those of whom some service says so, whatever else they are called here. */
async function ownersOf(db: AuthDatabase, emails: readonly string[]): Promise<readonly string[]> {
  const users = await Promise.all(emails.map((email) => findUserByEmail(db, email)))
  const identities = await db
    .selectFrom('auth.identities as i')
    .innerJoin('auth.users as u', 'u.id', 'i.user_id')
    .select('i.user_id')
    .where('i.email', 'in', emails)
    .where('u.is_sso_user', '=', false)
    .where(sql<boolean>`i.identity_data ->> 'email_verified' = 'true'`)
    .execute()
  return [...users.flatMap((user) => user?.id ?? []), ...identities.map(({ user_id }) => user_id)]
}
