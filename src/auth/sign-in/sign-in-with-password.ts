import { AuthError } from '../auth-error.ts'
import type { AuthContext, ClientInfo } from '../context.ts'
import { failingAs } from '../database/index.ts'
import { findWeakness } from '../passwords/index.ts'
import { type SessionResponse, sessionResponse, startSession } from '../sessions/index.ts'
import { findUserByEmail, isBanned, lockUser } from '../users/index.ts'

/** A session, and what is weak about a password that was chosen under older rules; null when nothing is. */
export type PasswordSignInResponse = SessionResponse & {
  readonly weak_password: ReturnType<typeof findWeakness> | null
}

/**
 * Signs in with e-mail address and password. An unknown address, an account without password and a wrong password
 * get the same answer after the same time; only with the right password is anything else told.
 */
export async function signInWithPassword(
  ctx: AuthContext,
  { email, password }: { readonly email: string; readonly password: string },
  client: ClientInfo,
): Promise<PasswordSignInResponse> {
  if (!ctx.settings.email.enabled) throw new AuthError(422, 'email_provider_disabled', 'Email logins are disabled')
  const user = await findUserByEmail(ctx.db, email.toLowerCase())
  const matches = await ctx.hasher.verify(password, user?.encrypted_password)
  if (!user || !matches) throw invalidCredentials()
  const now = ctx.clock()
  if (isBanned(user.banned_until, now)) throw new AuthError(400, 'user_banned', 'User is banned')
  if (!user.email_confirmed_at) throw new AuthError(400, 'email_not_confirmed', 'Email not confirmed')

  const signedIn = ctx.db.transaction().execute(async (trx) => {
    // The password may have been changed, and its sessions ended, while the hash was computed.
    const current = await lockUser(trx, user.id)
    if (current?.encrypted_password !== user.encrypted_password) throw invalidCredentials()
    const session = await startSession(trx, user.id, 'password', client, now)
    return await sessionResponse(ctx, trx, user.id, session, now)
  })
  const response = await failingAs('Database error granting user', signedIn)
  return { ...response, weak_password: findWeakness(password, ctx.settings.passwords) ?? null }
}

function invalidCredentials(): AuthError {
  return new AuthError(400, 'invalid_credentials', 'Invalid login credentials')
}
