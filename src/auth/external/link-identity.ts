import { recordEvent } from '../audit/index.ts'
import { AuthError } from '../auth-error.ts'
import type { AuthContext, ClientInfo } from '../context.ts'
import type { AuthDatabase } from '../database/index.ts'
import { type Letter, writeLetter } from '../mail/index.ts'
import type { Profile } from '../providers/index.ts'
import {
  confirmEmail,
  findIdentity,
  findUserById,
  insertExternalIdentity,
  lockUser,
  recordProviders,
  stillThere,
  type User,
} from '../users/index.ts'
import type { Admission } from './admit.ts'

/** Adds an identity of another service to a user who is signed in and wants that. */
export async function linkIdentity(
  ctx: AuthContext,
  trx: AuthDatabase,
  { userId, provider, profile }: { readonly userId: string; readonly provider: string; readonly profile: Profile },
  client: ClientInfo,
): Promise<Admission> {
  const now = ctx.clock()
  const user = await lockUser(trx, userId)
  if (!user) throw new AuthError(422, 'user_not_found', 'Linking target user not found')
  await assertFree(trx, user, provider, profile.subject)
  const { subject, data } = profile
  const identityId = await insertExternalIdentity(trx, { userId, provider, subject, data }, now)
  const traits = { identity_id: identityId, provider, provider_id: subject }
  await recordEvent(trx, { action: 'identity_linked', actor: user, client, traits }, now)
  await recordProviders(trx, userId)
  if (user.email || profile.email === undefined)
    return { kind: 'admitted', user: await reload(trx, userId), isNew: false }
  return await takeAddress(ctx, trx, userId, profile.email, profile.emailVerified)
}

/** Tells the user that someone may sign in another way from now on. */
export function linkedNotice(user: User, provider: string): Letter & { readonly kind: 'identity_linked' } {
  return { kind: 'identity_linked', user, to: user.email ?? '', facts: { Provider: provider } }
}

async function assertFree(trx: AuthDatabase, user: User, provider: string, subject: string): Promise<void> {
  const taken = await findIdentity(trx, provider, subject)
  if (!taken) return
  const whose = taken.user_id === user.id ? 'linked' : 'linked to another user'
  throw new AuthError(422, 'identity_already_exists', `Identity is already ${whose}`)
}

/** A user without an address gets this one, and is no longer anonymous once it is proven. */
async function takeAddress(
  ctx: AuthContext,
  trx: AuthDatabase,
  userId: string,
  email: string,
  verified: boolean,
): Promise<Admission> {
  const now = ctx.clock()
  await trx.updateTable('auth.users').set({ email, updated_at: now }).where('id', '=', userId).execute()
  if (!verified) {
    const user = { ...(await reload(trx, userId)), email }
    const letter = await writeLetter(ctx, trx, 'confirmation', user, { redirectTo: ctx.settings.siteUrl })
    return { kind: 'unverified', user, isNew: false, letter }
  }
  await confirmEmail(trx, userId, now)
  await trx.updateTable('auth.users').set({ is_anonymous: false }).where('id', '=', userId).execute()
  return { kind: 'admitted', user: await reload(trx, userId), isNew: false }
}

async function reload(trx: AuthDatabase, id: string): Promise<User> {
  return stillThere(await findUserById(trx, id))
}
