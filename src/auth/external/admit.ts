import { recordEvent } from '../audit/index.ts'
import { AuthError } from '../auth-error.ts'
import type { AuthContext, ClientInfo } from '../context.ts'
import type { AuthDatabase } from '../database/index.ts'
import { announced } from '../hooks/index.ts'
import type { JsonObject } from '../json.ts'
import { type RequestLetter, writeLetter } from '../mail/index.ts'
import { type Profile, provenEmails } from '../providers/index.ts'
import { endSessions } from '../sessions/index.ts'
import { assertSignUpOpen } from '../sign-in/index.ts'
import {
  confirmEmail,
  insertExternalIdentity,
  insertUser,
  isBanned,
  lockUser,
  mergeMetadata,
  recordProviders,
  type User,
} from '../users/index.ts'
import { type Decision, decideAccount } from './decide-account.ts'

/** Who comes by way of another service. */
export interface Visitor {
  readonly provider: string
  readonly profile: Profile
  readonly emailOptional: boolean
  /** It vouches for no address: what is known of the account's does not matter. */
  readonly provesNoAddress?: boolean
  /** The id that was announced for a new user; undefined where none was expected. */
  readonly newId: string | undefined
  /** What else is written down of the sign-in. */
  readonly traits?: JsonObject
}

export type Admission =
  | { readonly kind: 'admitted'; readonly user: User; readonly isNew: boolean }
  /** The address has to be proven first; a mail is under way where there is an address. */
  | { readonly kind: 'unverified'; readonly user: User; readonly isNew: boolean; readonly letter?: RequestLetter }

/** Finds or makes the account of a visitor. The caller commits in either case. */
export async function admit(
  ctx: AuthContext,
  trx: AuthDatabase,
  visitor: Visitor,
  client: ClientInfo,
): Promise<Admission> {
  const { provider, profile } = visitor
  const now = ctx.clock()
  const { autoconfirm } = ctx.settings.email
  const decision = await decideAccount(trx, provider, profile)
  const { userId, identityId } = await enter(ctx, trx, visitor, decision, client)
  await trx
    .updateTable('auth.users')
    .set({ raw_user_meta_data: mergeMetadata('raw_user_meta_data', profile.data), updated_at: now })
    .where('id', '=', userId)
    .execute()
  await recordProviders(trx, userId)
  const user = (await lockUser(trx, userId)) ?? vanished()
  if (isBanned(user.banned_until, now)) throw new AuthError(403, 'user_banned', 'User is banned')

  const isNew = decision.kind === 'create'
  const traits = { provider, ...visitor.traits }
  const hasAddress = !(visitor.emailOptional && (user.email ?? '') === '')
  if (!hasAddress || visitor.provesNoAddress || user.email_confirmed_at) {
    await recordEvent(trx, { action: 'login', actor: user, client, traits }, now)
    return { kind: 'admitted', user, isNew }
  }
  await takeOver(trx, user, { provider, identityId, profile }, now)
  if (user.email && (autoconfirm || provenEmails(profile).includes(user.email))) {
    await recordEvent(trx, { action: 'user_signedup', actor: user, client, traits }, now)
    await confirmEmail(trx, userId, now)
    return { kind: 'admitted', user: (await lockUser(trx, userId)) ?? vanished(), isNew }
  }
  if (!user.email) return { kind: 'unverified', user, isNew }
  const letter = await writeLetter(
    ctx,
    trx,
    'confirmation',
    { ...user, email: user.email },
    { redirectTo: ctx.settings.siteUrl },
  )
  return { kind: 'unverified', user, isNew, letter }
}

/** Throws the error for a visitor whose address is not proven; call it once that is committed. */
export function assertVerified(
  admission: Admission,
  provider: string,
): asserts admission is Admission & { kind: 'admitted' } {
  if (admission.kind === 'admitted') return
  const rest = admission.letter
    ? `A confirmation email has been sent to your ${provider} email`
    : `Verify the email with ${provider} in order to sign in`
  throw new AuthError(422, 'provider_email_needs_verification', `Unverified email with ${provider}. ${rest}`)
}

async function enter(
  ctx: AuthContext,
  trx: AuthDatabase,
  { provider, profile, newId }: Visitor,
  decision: Decision,
  client: ClientInfo,
): Promise<{ readonly userId: string; readonly identityId: string }> {
  const now = ctx.clock()
  const { subject, data } = profile
  switch (decision.kind) {
    case 'known': {
      const { userId, identityId } = decision
      await trx
        .updateTable('auth.identities')
        .set({ identity_data: JSON.stringify(data), last_sign_in_at: now, updated_at: now })
        .where('id', '=', identityId)
        .execute()
      return { userId, identityId }
    }
    case 'link': {
      const { userId } = decision
      const actor = (await lockUser(trx, userId)) ?? vanished()
      const identityId = await insertExternalIdentity(trx, { userId, provider, subject, data }, now)
      const traits = { identity_id: identityId, provider, provider_id: subject }
      await recordEvent(trx, { action: 'identity_linked', actor, client, traits }, now)
      return { userId, identityId }
    }
    case 'create': {
      assertSignUpOpen(ctx.settings)
      const appMetadata = { provider, providers: [provider] }
      const { email, isSsoUser } = decision
      const account = { id: announced(newId), email, passwordHash: '', appMetadata, userMetadata: data, isSsoUser }
      const userId = await insertUser(trx, account, now)
      return { userId, identityId: await insertExternalIdentity(trx, { userId, provider, subject, data }, now) }
    }
  }
}

/**
 * An account whose address was never proven may have been made by someone else, in wait for its owner: what they left
 * in it (a password, a number, other identities, sessions) goes.
 */
export async function takeOver(
  trx: AuthDatabase,
  user: User,
  own: { readonly provider: string; readonly identityId: string; readonly profile: Profile },
  now: Date,
): Promise<void> {
  await trx
    .updateTable('auth.users')
    .set({
      encrypted_password: null,
      raw_user_meta_data: JSON.stringify(own.profile.data),
      raw_app_meta_data: mergeMetadata('raw_app_meta_data', { provider: own.provider, providers: [own.provider] }),
      ...(!user.phone_confirmed_at && { phone: null }),
      updated_at: now,
    })
    .where('id', '=', user.id)
    .execute()
  await trx.deleteFrom('auth.identities').where('user_id', '=', user.id).where('id', '<>', own.identityId).execute()
  await endSessions(trx, user.id, 'global', undefined)
}

function vanished(): User {
  throw new AuthError(409, 'conflict', 'The user was deleted while the request was under way: send it again')
}
