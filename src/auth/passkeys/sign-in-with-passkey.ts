import { recordEvent } from '../audit/index.ts'
import { AuthError } from '../auth-error.ts'
import type { AuthContext, ClientInfo } from '../context.ts'
import type { JsonObject } from '../json.ts'
import { type SessionResponse, sessionResponse, sessionTransaction, startSession } from '../sessions/index.ts'
import { isBanned, lockUser, type User } from '../users/index.ts'
import { isUuid } from '../uuid.ts'
import { authenticationOptions, readAuthentication } from '../webauthn/index.ts'
import { openChallenge, spendChallenge } from './challenges.ts'
import { credentialOf, findPasskeys } from './passkey-table.ts'

/** Begins to sign in with whatever passkey the device has for this site. */
export async function beginAuthentication(ctx: AuthContext) {
  const options = await authenticationOptions(ctx.settings.relyingParty, [])
  const kept = { ceremony: 'authentication', userId: null, challenge: options.challenge } as const
  const { id, expiresAt } = await openChallenge(ctx.db, kept, ctx.clock())
  return { challenge_id: id, options, expires_at: Math.floor(expiresAt.getTime() / 1000) }
}

/** Signs in whoever proves the possession of a passkey. */
export async function finishAuthentication(
  ctx: AuthContext,
  { challengeId, response }: { readonly challengeId: string; readonly response: JsonObject },
  client: ClientInfo,
): Promise<SessionResponse> {
  const now = ctx.clock()
  const challenge = await spendChallenge(ctx.db, { ceremony: 'authentication', userId: null, id: challengeId }, now)
  const userId = userIdOf(response)
  const passkeys = userId === undefined ? [] : await findPasskeys(ctx.db, userId)
  const passkey = passkeys.find((own) => credentialOf(own).id === response.id)
  if (!passkey) throw refused()
  const proof = { challenge, credential: credentialOf(passkey) }
  const signCount = await readAuthentication(ctx.settings.relyingParty, response, proof)
  if (signCount === undefined) throw refused()

  return await sessionTransaction(ctx, async (trx) => {
    const user = await lockUser(trx, passkey.user_id)
    // Under the lock: it may have been taken away meanwhile.
    const stillThere = await trx
      .updateTable('auth.webauthn_credentials')
      .set({ sign_count: signCount, last_used_at: now, updated_at: now })
      .where('id', '=', passkey.id)
      .executeTakeFirstOrThrow()
    if (!user || stillThere.numUpdatedRows === 0n) throw refused()
    assertAdmitted(user, now)
    const traits = { passkey_id: passkey.id }
    await recordEvent(trx, { action: 'login', actor: user, client, traits }, now)
    const session = await startSession(trx, user.id, 'passkey', client, now)
    return await sessionResponse(ctx, trx, session, now)
  })
}

/** Whose key it says to be: the user's id as text. */
function userIdOf(response: JsonObject): string | undefined {
  const { userHandle } = (response.response ?? {}) as { readonly userHandle?: unknown }
  const id = typeof userHandle === 'string' ? Buffer.from(userHandle, 'base64url').toString() : ''
  return isUuid(id) ? id : undefined
}

function assertAdmitted(user: User, now: Date): void {
  if (user.email && !user.email_confirmed_at) throw new AuthError(403, 'email_not_confirmed', 'Email not confirmed')
  if (user.phone && !user.phone_confirmed_at) throw new AuthError(403, 'phone_not_confirmed', 'Phone not confirmed')
  if (isBanned(user.banned_until, now)) throw new AuthError(403, 'user_banned', 'User is banned')
}

function refused(): AuthError {
  return new AuthError(400, 'webauthn_verification_failed', 'Credential verification failed')
}
