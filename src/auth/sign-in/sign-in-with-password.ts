import { AuthError } from '../auth-error.ts'
import type { AuthContext, ClientInfo } from '../context.ts'
import { type AuthDatabase, failingAs } from '../database/index.ts'
import { findWeakness } from '../passwords/index.ts'
import {
  type SessionResponse,
  sessionResponse,
  sessionTransaction,
  startSessionWithPassword,
} from '../sessions/index.ts'
import { findUserByEmail, findUserByPhone, isBanned, isConfirmed } from '../users/index.ts'
import { judgePassword } from './judge-password.ts'

/** A session, and what is weak about a password that was chosen under older rules; null when nothing is. */
export type PasswordSignInResponse = SessionResponse & {
  readonly weak_password: ReturnType<typeof findWeakness> | null
}

export interface PasswordSignIn {
  readonly email: string
  readonly phone: string
  readonly password: string
}

/**
 * Signs in with a password. An unknown address or number, an account without password and a wrong password
 * get the same answer after the same time; only with the right password is anything else told.
 */
export async function signInWithPassword(
  ctx: AuthContext,
  { email, phone, password }: PasswordSignIn,
  client: ClientInfo,
): Promise<PasswordSignInResponse> {
  const kind = phone === '' ? 'email' : 'phone'
  assertKindOpen(ctx, kind)
  const user =
    kind === 'email'
      ? await findUserByEmail(ctx.db, email.toLowerCase())
      : await findUserByPhone(ctx.db, phone.replace(/^\+/, '').replaceAll(' ', ''))
  const matches = await ctx.hasher.verify(password, user?.encrypted_password)
  if (user?.encrypted_password && !isBanned(user.banned_until, ctx.clock()))
    await judgePassword(ctx, { userId: user.id, valid: matches }, client)
  if (!user || !matches) throw invalidCredentials()
  const now = ctx.clock()
  if (isBanned(user.banned_until, now)) throw new AuthError(400, 'user_banned', 'User is banned')
  if (!isConfirmed(user, kind)) {
    throw kind === 'email'
      ? new AuthError(400, 'email_not_confirmed', 'Email not confirmed')
      : new AuthError(400, 'phone_not_confirmed', 'Phone not confirmed')
  }

  const signedIn = withinTransaction(ctx, async (db) => {
    const event = { action: 'login', actor: user, client, traits: { provider: kind } } as const
    // The password may have been changed, and its sessions ended, while the hash was computed.
    const session = await startSessionWithPassword(db, user, event, now)
    if (!session) throw invalidCredentials()
    return await sessionResponse(ctx, db, session, now)
  })
  const response = await failingAs('Database error granting user', signedIn)
  return { ...response, weak_password: findWeakness(password, ctx.settings.passwords) ?? null }
}

/** What is one statement needs no transaction, unless a hook may undo it. */
function withinTransaction<T>(ctx: AuthContext, work: (db: AuthDatabase) => Promise<T>): Promise<T> {
  return ctx.hooks.has('customAccessToken') ? sessionTransaction(ctx, work) : work(ctx.db)
}

function assertKindOpen({ settings }: AuthContext, kind: 'email' | 'phone'): void {
  if (kind === 'email' && !settings.email.enabled) {
    throw new AuthError(422, 'email_provider_disabled', 'Email logins are disabled')
  }
  if (kind === 'phone' && !settings.sms.enabled) {
    throw new AuthError(422, 'phone_provider_disabled', 'Phone logins are disabled')
  }
}

function invalidCredentials(): AuthError {
  return new AuthError(400, 'invalid_credentials', 'Invalid login credentials')
}
