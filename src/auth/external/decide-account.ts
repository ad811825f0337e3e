import { sql } from 'kysely'
import { AuthError } from '../auth-error.ts'
import type { AuthDatabase } from '../database/index.ts'
import { type Profile, provenEmails } from '../providers/index.ts'
import { findIdentity, findUserByEmail } from '../users/index.ts'

/** Whose account an identity of another service is. */
export type Decision =
  /** The one that has it already. */
  | { readonly kind: 'known'; readonly userId: string; readonly identityId: string }
  /** One with the same address, which both services have proven. */
  | { readonly kind: 'link'; readonly userId: string }
  /** None yet. Without an address where the profile's is unproven and another's. */
  | { readonly kind: 'create'; readonly email: string | undefined; readonly isSsoUser: boolean }

/**
 * Decides as GoTrue does (internal/models/linking.go), but an identity that only claims an address links to nothing,
 * also where addresses need no confirmation: anyone may write another's address into an account of theirs elsewhere.
 */
export async function decideAccount(db: AuthDatabase, provider: string, profile: Profile): Promise<Decision> {
  const { subject, email } = profile
  const known = await findIdentity(db, provider, subject)
  if (known) return { kind: 'known', userId: known.user_id, identityId: known.id }
  const isSsoUser = provider.startsWith('sso:')
  const create = (address: string | undefined) => ({ kind: 'create', email: address, isSsoUser }) as const
  if (isSsoUser && email !== undefined) {
    return linkedTo(await ownersAt(db, provider, email), provider) ?? create(email)
  }
  const proven = provenEmails(profile)
  if (proven.length === 0) {
    const isAnothers = email !== undefined && (await findUserByEmail(db, email))
    return create(isAnothers ? undefined : email)
  }
  return linkedTo(await ownersOf(db, proven), 'default') ?? create(email)
}

/** The account among those that may be meant; undefined where there is none. */
function linkedTo(userIds: readonly string[], domain: string): Decision | undefined {
  const [userId, another] = new Set(userIds)
  if (another !== undefined) {
    const message = `Multiple accounts with the same email address in the same linking domain detected: ${domain}`
    throw new AuthError(500, 'unexpected_failure', message)
  }
  return userId === undefined ? undefined : { kind: 'link', userId }
}

/** Accounts of an organisation's single sign-on are its own: an address of theirs leads to no other account, and from none. */
async function ownersAt(db: AuthDatabase, provider: string, email: string): Promise<readonly string[]> {
  const identities = await db
    .selectFrom('auth.identities')
    .select('user_id')
    .where('provider', '=', provider)
    .where('email', '=', email)
    .execute()
  return identities.map(({ user_id }) => user_id)
}

/** Users who have one of the addresses, and those of whom some service says so, whatever else they are called here. */
async function ownersOf(db: AuthDatabase, emails: readonly string[]): Promise<readonly string[]> {
  const owners: string[] = []
  for (const email of emails) {
    const user = await findUserByEmail(db, email)
    if (user) owners.push(user.id)
  }
  const identities = await db
    .selectFrom('auth.identities as i')
    .innerJoin('auth.users as u', 'u.id', 'i.user_id')
    .select('i.user_id')
    .where('i.email', 'in', emails)
    .where('u.is_sso_user', '=', false)
    .where(sql<boolean>`i.identity_data ->> 'email_verified' = 'true'`)
    .execute()
  return [...owners, ...identities.map(({ user_id }) => user_id)]
}
