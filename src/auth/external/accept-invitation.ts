import { recordEvent } from '../audit/index.ts'
import { AuthError } from '../auth-error.ts'
import { findOneTimeTokens } from '../codes/index.ts'
import type { AuthContext, ClientInfo } from '../context.ts'
import type { AuthDatabase } from '../database/index.ts'
import { type Profile, provenEmails } from '../providers/index.ts'
import { confirmEmail, insertExternalIdentity, lockUser, mergeMetadata, recordProviders } from '../users/index.ts'
import { type Admission, takeOver } from './admit.ts'

/** Whoever was invited by mail may come by another service that vouches for the same address. */
export async function acceptInvitation(
  ctx: AuthContext,
  trx: AuthDatabase,
  token: string,
  { provider, profile }: { readonly provider: string; readonly profile: Profile },
  client: ClientInfo,
): Promise<Admission> {
  const now = ctx.clock()
  const [invitation] = await findOneTimeTokens(trx, { hash: token }, ['confirmation_token'])
  const user = invitation && (await lockUser(trx, invitation.userId))
  if (!user) throw new AuthError(404, 'invite_not_found', 'Invite not found')
  if (!user.email || ![profile.email, ...provenEmails(profile)].includes(user.email)) {
    throw new AuthError(400, 'validation_failed', 'Invited email does not match emails from external provider')
  }
  const { subject, data } = profile
  const identityId = await insertExternalIdentity(trx, { userId: user.id, provider, subject, data }, now)
  await takeOver(trx, user, { provider, identityId, profile }, now)
  const set = { raw_user_meta_data: mergeMetadata('raw_user_meta_data', data) }
  await trx.updateTable('auth.users').set(set).where('id', '=', user.id).execute()
  await recordProviders(trx, user.id)
  await recordEvent(trx, { action: 'invite_accepted', actor: user, client, traits: { provider } }, now)
  await confirmEmail(trx, user.id, now)
  return { kind: 'admitted', user: (await lockUser(trx, user.id)) ?? user, isNew: false }
}
