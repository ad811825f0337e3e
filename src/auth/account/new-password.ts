import { AuthError } from '../auth-error.ts'
import type { AuthContext } from '../context.ts'
import { assertPasswordAllowed } from '../passwords/index.ts'
import { lockUser } from '../users/index.ts'
import { askProvider, spendNonce } from './reauthenticate.ts'
import type { SignedIn } from './signed-in.ts'

const dayInMilliseconds = 24 * 60 * 60 * 1000

/** Checks a new password, and the right to set one, and answers its hash. */
export async function prepareNewPassword(
  ctx: AuthContext,
  signedIn: SignedIn,
  password: string,
  nonce: string,
): Promise<string> {
  assertPasswordAllowed(password, ctx.settings.passwords)
  if (ctx.settings.email.secureChangeOfPassword) await assertRecentlyAuthenticated(ctx, signedIn, nonce)
  if (await isCurrentPassword(ctx, signedIn, password)) {
    throw new AuthError(422, 'same_password', 'New password should be different from the old password.')
  }
  return await ctx.hasher.hash(password)
}

async function isCurrentPassword(ctx: AuthContext, { user }: SignedIn, password: string): Promise<boolean> {
  return Boolean(user.encrypted_password) && (await ctx.hasher.verify(password, user.encrypted_password))
}

/** A session older than a day needs the code that `GET /reauthenticate` mails. */
async function assertRecentlyAuthenticated(ctx: AuthContext, signedIn: SignedIn, nonce: string): Promise<void> {
  const { session } = signedIn
  if (session && ctx.clock().getTime() <= session.createdAt.getTime() + dayInMilliseconds) return
  if (nonce === '') throw new AuthError(400, 'reauthentication_needed', 'Password update requires reauthentication')
  const approved = await askProvider(ctx, signedIn.user, nonce)
  const accepted = await ctx.db.transaction().execute(async (trx) => {
    const user = await lockUser(trx, signedIn.user.id)
    return user !== undefined && (await spendNonce(ctx, trx, user, { nonce, approved }))
  })
  if (!accepted) throw new AuthError(422, 'reauthentication_not_valid', 'Nonce has expired or is invalid')
}
