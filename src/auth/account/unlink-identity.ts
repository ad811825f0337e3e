import { recordEvent } from '../audit/index.ts'
import { AuthError } from '../auth-error.ts'
import type { AuthContext, ClientInfo } from '../context.ts'
import type { AuthDatabase } from '../database/index.ts'
import { notify } from '../mail/index.ts'
import { isEmailTaken, lockUser, recordProviders, type User } from '../users/index.ts'

/** Takes one of several ways of signing in away from a user. */
export async function unlinkIdentity(
  ctx: AuthContext,
  { id }: User,
  identityId: string,
  client: ClientInfo,
): Promise<void> {
  const unlinked = ctx.db.transaction().execute(async (trx) => {
    const user = await lockUser(trx, id)
    if (!user || user.identities.length <= 1) {
      const message = 'User must have at least 1 identity after unlinking'
      throw new AuthError(422, 'single_identity_not_deletable', message)
    }
    const identity = user.identities.find((own) => own.id === identityId)
    if (!identity) throw new AuthError(422, 'identity_not_found', "Identity doesn't exist")
    const { provider, provider_id } = identity
    const traits = { identity_id: identityId, provider, provider_id }
    await recordEvent(trx, { action: 'identity_unlinked', actor: user, client, traits }, ctx.clock())
    await trx.deleteFrom('auth.identities').where('id', '=', identityId).execute()
    if (provider === 'phone') await forgetPhone(trx, id, ctx.clock())
    else await takeRemainingEmail(trx, user, identityId, ctx.clock())
    await recordProviders(trx, id)
    return { user, provider }
  })
  const { user, provider } = await unlinked.catch((error: unknown) => {
    if (!isEmailTaken(error)) throw error
    const message = 'Unable to unlink identity due to email conflict'
    throw new AuthError(422, 'email_conflict_identity_not_deletable', message)
  })
  await notify(ctx, { kind: 'identity_unlinked', user, to: user.email ?? '', facts: { Provider: provider } }, client)
}

async function forgetPhone(trx: AuthDatabase, id: string, now: Date): Promise<void> {
  const set = { phone: null, phone_confirmed_at: null, updated_at: now }
  await trx.updateTable('auth.users').set(set).where('id', '=', id).execute()
}

/** The user's address becomes one that an identity left still vouches for. */
async function takeRemainingEmail(trx: AuthDatabase, user: User, gone: string, now: Date): Promise<void> {
  const left = user.identities.filter(({ id, email }) => id !== gone && email)
  if (left.some(({ email }) => email === user.email)) return
  const next = left.find(({ identity_data }) => identity_data.email_verified === true)
  const set = { email: next?.email ?? null, email_confirmed_at: next ? now : null, updated_at: now }
  await trx.updateTable('auth.users').set(set).where('id', '=', user.id).execute()
}
