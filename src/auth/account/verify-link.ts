import { AuthError } from '../auth-error.ts'
import type { AuthContext, ClientInfo } from '../context.ts'
import type { AuthDatabase, OneTimeTokenType } from '../database/index.ts'
import { clearOneTimeTokens, findOneTimeToken } from '../mail/index.ts'
import { type SessionResponse, sessionResponse, startSession } from '../sessions/index.ts'
import { confirmEmail, isBanned, isEmailTaken, lockUser, putIdentity, replaceEmail, type User } from '../users/index.ts'

/** Which tokens each `type` of a verification accepts; none where nothing of the type is issued. */
const tokenTypes: Readonly<Record<string, readonly OneTimeTokenType[]>> = {
  signup: ['confirmation_token'],
  invite: ['confirmation_token'],
  email: ['confirmation_token'],
  recovery: [],
  magiclink: [],
  email_change: ['email_change_token_new', 'email_change_token_current'],
}

/**
 * Accepts the token of a link, once, and signs its user in.
 * Undefined when a change of address needs the other link too.
 */
export async function verifyLink(
  ctx: AuthContext,
  { type, tokenHash }: { readonly type: string; readonly tokenHash: string },
  client: ClientInfo,
): Promise<SessionResponse | undefined> {
  const types = Object.hasOwn(tokenTypes, type) ? tokenTypes[type] : undefined
  if (!types) throw new AuthError(400, 'validation_failed', 'Invalid email verification type')
  return await ctx.db
    .transaction()
    .execute(async (trx) => {
      const now = ctx.clock()
      const token = await findOneTimeToken(trx, tokenHash, types)
      const user = token && (await lockUser(trx, token.userId))
      // Looked for again under the lock: of two requests with one token, the second finds none.
      if (!token || !user || !(await findOneTimeToken(trx, tokenHash, types))) throw linkInvalid()
      if (isBanned(user.banned_until, now)) throw new AuthError(403, 'user_banned', 'User is banned')
      assertFresh(ctx, token.type, user, now)

      const done =
        token.type === 'confirmation_token'
          ? await confirmSignUp(trx, user, now)
          : await confirmEmailChange(ctx, trx, user, token.type, now)
      if (!done) return undefined
      const session = await startSession(trx, user.id, 'otp', client, now)
      return await sessionResponse(ctx, trx, user.id, session, now)
    })
    .catch((error: unknown) => {
      if (!isEmailTaken(error)) throw error
      throw new AuthError(422, 'email_exists', 'A user with this email address has already been registered')
    })
}

async function confirmSignUp(trx: AuthDatabase, user: User, now: Date): Promise<boolean> {
  await confirmEmail(trx, user.id, now)
  if (user.identities.some((identity) => identity.provider === 'email' && identity.email === user.email)) {
    await putIdentity(trx, user.id, 'email', { email_verified: true }, now)
  }
  return true
}

/** False when this was the first of two links. */
async function confirmEmailChange(
  { settings }: AuthContext,
  trx: AuthDatabase,
  user: User,
  type: OneTimeTokenType,
  now: Date,
): Promise<boolean> {
  const { autoconfirm, confirmChangeTwice } = settings.email
  const isFirstOfTwo = confirmChangeTwice && !autoconfirm && user.email && user.email_change_confirm_status !== 1
  if (isFirstOfTwo) {
    await trx
      .updateTable('auth.users')
      .set({
        ...(type === 'email_change_token_new' ? { email_change_token_new: '' } : { email_change_token_current: '' }),
        email_change_confirm_status: 1,
        updated_at: now,
      })
      .where('id', '=', user.id)
      .execute()
    await clearOneTimeTokens(trx, user.id, type)
    return false
  }
  if (!user.email_change) throw linkInvalid()
  await replaceEmail(trx, user, user.email_change, now)
  return true
}

function assertFresh({ settings }: AuthContext, type: OneTimeTokenType, user: User, now: Date): void {
  const sentAt = type === 'confirmation_token' ? user.confirmation_sent_at : user.email_change_sent_at
  if (!sentAt || now.getTime() > sentAt.getTime() + settings.email.otpExpiry * 1000) throw linkInvalid()
}

function linkInvalid(): AuthError {
  return new AuthError(403, 'otp_expired', 'Email link is invalid or has expired')
}
