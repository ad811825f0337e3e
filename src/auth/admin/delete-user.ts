import { createHash } from 'node:crypto'
import { nobody, recordEvent } from '../audit/index.ts'
import { AuthError } from '../auth-error.ts'
import { clearOneTimeTokens } from '../codes/index.ts'
import type { AuthContext, ClientInfo } from '../context.ts'
import { type AuthDatabase, failingAs } from '../database/index.ts'
import { endSessions } from '../sessions/index.ts'
import { lockUser, type User } from '../users/index.ts'

/**
 * Deletes an account with all that hangs on it. Softly: the row stays, for what refers to it, but nothing in it tells
 * whose it was, and its address is free again.
 */
export async function deleteUser(
  ctx: AuthContext,
  { id, soft }: { readonly id: string; readonly soft: boolean },
  client: ClientInfo,
): Promise<void> {
  const deleted = ctx.db.transaction().execute(async (trx) => {
    const user = await lockUser(trx, id)
    if (!user) throw new AuthError(404, 'user_not_found', 'User not found')
    const traits = { user_id: id, user_email: user.email ?? '', user_phone: user.phone ?? '' }
    await recordEvent(trx, { action: 'user_deleted', actor: nobody, client, traits }, ctx.clock())
    if (!soft) await trx.deleteFrom('auth.users').where('id', '=', id).execute()
    else if (!user.deleted_at) await obscure(trx, user, ctx.clock())
  })
  await failingAs('Database error deleting user', deleted)
}

async function obscure(trx: AuthDatabase, user: User, now: Date): Promise<void> {
  const { id } = user
  await trx
    .updateTable('auth.users')
    .set({
      email: digest(id, user.email ?? ''),
      phone: digest(id, user.phone ?? '').slice(0, 15),
      email_change: digest(id, user.email_change ?? ''),
      phone_change: digest(id, user.phone_change ?? '').slice(0, 15),
      encrypted_password: null,
      confirmation_token: '',
      recovery_token: '',
      email_change_token_current: '',
      email_change_token_new: '',
      phone_change_token: '',
      reauthentication_token: '',
      raw_user_meta_data: '{}',
      raw_app_meta_data: '{}',
      deleted_at: now,
      updated_at: now,
    })
    .where('id', '=', id)
    .execute()
  for (const identity of user.identities) {
    await trx
      .updateTable('auth.identities')
      .set({
        identity_data: '{}',
        provider_id: digest(id, `${identity.provider}:${identity.provider_id}`),
        updated_at: now,
      })
      .where('id', '=', identity.id)
      .execute()
  }
  for (const table of ['auth.mfa_factors', 'auth.webauthn_credentials'] as const) {
    await trx.deleteFrom(table).where('user_id', '=', id).execute()
  }
  await clearOneTimeTokens(trx, id)
  await endSessions(trx, id, 'global', undefined)
}

/** As GoTrue obfuscates: bound to the user, so that two users' equal values do not look equal. */
function digest(userId: string, value: string): string {
  return createHash('sha256')
    .update(userId + value)
    .digest('base64url')
}
