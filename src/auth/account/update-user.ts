import { AuthError } from '../auth-error.ts'
import type { AuthContext } from '../context.ts'
import { type AuthDatabase, failingAs } from '../database/index.ts'
import { deliver, type Mail } from '../mail/index.ts'
import { endSessions } from '../sessions/index.ts'
import {
  assertMetadataAllowed,
  findUserByEmail,
  findUserById,
  isEmailTaken,
  lockUser,
  mergeMetadata,
  type PresentedUser,
  parseEmailAddress,
  presentUser,
  replaceEmail,
  setPassword,
  type User,
} from '../users/index.ts'
import { assertChangesAllowed, type UserChanges } from './allowed-changes.ts'
import { prepareNewPassword } from './new-password.ts'
import { requestEmailChange } from './request-email-change.ts'
import type { SignedIn } from './signed-in.ts'

/** Changes the signed-in user: metadata and password at once, the address once it is confirmed. */
export async function updateUser(ctx: AuthContext, signedIn: SignedIn, changes: UserChanges): Promise<PresentedUser> {
  const email = changes.email === '' ? undefined : parseEmailAddress(changes.email)
  const newEmail = email === signedIn.user.email ? undefined : email
  assertChangesAllowed(signedIn, changes, newEmail)
  if (newEmail !== undefined && (await findUserByEmail(ctx.db, newEmail))) throw emailExists()
  const passwordHash =
    changes.password === undefined
      ? undefined
      : await prepareNewPassword(ctx, signedIn, changes.password, changes.nonce)

  const updated = ctx.db
    .transaction()
    .execute((trx) => change(ctx, trx, signedIn, { ...changes, newEmail, passwordHash }))
    .catch((error: unknown) => {
      throw isEmailTaken(error) ? emailExists() : error
    })
  const { user, mails } = await failingAs('Error updating user', updated)
  await deliver(ctx, mails, 'email change')
  return presentUser(user)
}

interface PreparedChanges extends Pick<UserChanges, 'data' | 'redirectTo'> {
  readonly newEmail: string | undefined
  readonly passwordHash: string | undefined
}

async function change(
  ctx: AuthContext,
  trx: AuthDatabase,
  { user: { id }, session }: SignedIn,
  { data, newEmail, passwordHash, redirectTo }: PreparedChanges,
): Promise<{ readonly user: User; readonly mails: readonly Mail[] }> {
  const now = ctx.clock()
  await lockUser(trx, id)
  if (passwordHash !== undefined) {
    await setPassword(trx, id, passwordHash, now)
    await endSessions(trx, id, 'others', session?.id)
  }
  if (data) {
    await trx
      .updateTable('auth.users')
      .set({ raw_user_meta_data: mergeMetadata('raw_user_meta_data', data), updated_at: now })
      .where('id', '=', id)
      .execute()
  }
  const mails = newEmail === undefined ? [] : await changeEmail(ctx, trx, id, newEmail, redirectTo)
  const user = await findUserById(trx, id)
  if (!user) throw new AuthError(403, 'user_not_found', 'User from sub claim in JWT does not exist')
  assertMetadataAllowed(user.raw_user_meta_data)
  return { user, mails }
}

/** An anonymous user's first address needs no mail where sign-ups need none; every other change does. */
async function changeEmail(
  ctx: AuthContext,
  trx: AuthDatabase,
  id: string,
  email: string,
  redirectTo: string,
): Promise<readonly Mail[]> {
  const user = await findUserById(trx, id)
  if (!user) return []
  if (!(user.is_anonymous && ctx.settings.email.autoconfirm)) {
    return await requestEmailChange(ctx, trx, user, email, redirectTo)
  }
  await replaceEmail(trx, user, email, ctx.clock())
  return []
}

function emailExists(): AuthError {
  return new AuthError(422, 'email_exists', 'A user with this email address has already been registered')
}
