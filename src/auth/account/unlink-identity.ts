import { recordEvent } from '../audit/index.ts'
import { AuthError } from '../auth-error.ts'
import type { AuthContext, ClientInfo } from '../context.ts'
import type { AuthDatabase } from '../database/index.ts'
import { notify } from '../mail/index.ts'
import {
  findUserByEmail,
  forgetPending,
  type Identity,
  isEmailTaken,
  lockUser,
  mergeMetadata,
  recordProviders,
  type User,
} from '../users/index.ts'

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
    else await takeRemainingEmail(ctx, trx, user, identityId)
    await recordProviders(trx, id)
    return { user, provider }
  })
  const { user, provider } = await unlinked.catch((error: unknown) => {
    throw isEmailTaken(error) ? conflict() : error
  })
  await notify(ctx, { kind: 'identity_unlinked', user, to: user.email ?? '', facts: { Provider: provider } }, client)
}

async function forgetPhone(trx: AuthDatabase, id: string, now: Date): Promise<void> {
  const set = { phone: null, phone_confirmed_at: null, updated_at: now }
  await trx.updateTable('auth.users').set(set).where('id', '=', id).execute()
}

/**
 * The user's address becomes that of an identity left, of a proven one first, unless another user has it. What was on its way
 * to the old address is worth nothing then. See GoTrue's `UpdateUserEmailFromIdentities`.
 */
async function takeRemainingEmail({ settings, clock }: AuthContext, trx: AuthDatabase, user: User, gone: string) {
  const left = user.identities.filter(({ id }) => id !== gone)
  if (left.some(({ email }) => (email ?? '') === (user.email ?? ''))) return
  const next = await firstFree(trx, left.toSorted(byTrust))
  const staysConfirmed = next.email && (isProven(next) || settings.email.autoconfirm)
  await forgetPending(trx, user.id)
  await trx
    .updateTable('auth.users')
    .set({
      email: next.email || null,
      ...(!staysConfirmed && {
        email_confirmed_at: null,
        raw_user_meta_data: mergeMetadata('raw_user_meta_data', { email_verified: false }),
      }),
      updated_at: clock(),
    })
    .where('id', '=', user.id)
    .execute()
}

async function firstFree(trx: AuthDatabase, identities: readonly Identity[]): Promise<Identity> {
  for (const identity of identities) {
    if (!identity.email || !(await findUserByEmail(trx, identity.email))) return identity
  }
  throw conflict()
}

/** Identities whose service has proven the address, others with one, and those without; the oldest first. */
function byTrust(one: Identity, other: Identity): number {
  const rank = (identity: Identity) => (!identity.email ? 2 : isProven(identity) ? 0 : 1)
  return rank(one) - rank(other)
}

function isProven({ identity_data: data }: Identity): boolean {
  return data.email_verified === true
}

function conflict(): AuthError {
  return new AuthError(422, 'email_conflict_identity_not_deletable', 'Unable to unlink identity due to email conflict')
}
