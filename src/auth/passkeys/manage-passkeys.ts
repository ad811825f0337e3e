import type { SignedIn } from '../account/index.ts'
import { nobody, recordEvent } from '../audit/index.ts'
import { AuthError } from '../auth-error.ts'
import type { AuthContext, ClientInfo } from '../context.ts'
import { findPasskeys, presentPasskey, requirePasskey } from './passkey-table.ts'
import { assertManageable } from './register-passkey.ts'

export async function listPasskeys({ db }: AuthContext, userId: string) {
  return (await findPasskeys(db, userId)).map(presentPasskey)
}

/** Gives a passkey another name. */
export async function renamePasskey(
  ctx: AuthContext,
  { user }: SignedIn,
  { id, name }: { readonly id: string; readonly name: string },
  client: ClientInfo,
) {
  if (name === '') throw new AuthError(400, 'validation_failed', 'friendly_name is required')
  if (Buffer.byteLength(name) > 120) {
    throw new AuthError(400, 'validation_failed', 'friendly_name must be 120 characters or less')
  }
  const passkey = await requirePasskey(ctx.db, user.id, id)
  const now = ctx.clock()
  await ctx.db.transaction().execute(async (trx) => {
    const set = { friendly_name: name, updated_at: now }
    await trx.updateTable('auth.webauthn_credentials').set(set).where('id', '=', id).execute()
    await recordEvent(trx, { action: 'passkey_updated', actor: user, client, traits: { passkey_id: id } }, now)
  })
  return presentPasskey({ ...passkey, friendly_name: name })
}

/** Takes a passkey away from the user who asks. */
export async function removePasskey(
  ctx: AuthContext,
  signedIn: SignedIn,
  id: string,
  client: ClientInfo,
): Promise<void> {
  assertManageable(signedIn)
  await remove(ctx, { userId: signedIn.user.id, id, actor: signedIn.user }, client)
}

/** Takes a user's passkey away on an administrator's word. */
export async function removePasskeyAsAdmin(
  ctx: AuthContext,
  { userId, id }: { readonly userId: string; readonly id: string },
  client: ClientInfo,
): Promise<void> {
  await remove(ctx, { userId, id, actor: nobody }, client)
}

async function remove(
  { db, clock }: AuthContext,
  { userId, id, actor }: { readonly userId: string; readonly id: string; readonly actor: typeof nobody },
  client: ClientInfo,
): Promise<void> {
  await requirePasskey(db, userId, id)
  await db.transaction().execute(async (trx) => {
    await trx.deleteFrom('auth.webauthn_credentials').where('id', '=', id).execute()
    const traits = { user_id: userId, passkey_id: id }
    await recordEvent(trx, { action: 'passkey_deleted', actor, client, traits }, clock())
  })
}
