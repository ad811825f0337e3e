import { recordEvent } from '../audit/index.ts'
import { AuthError } from '../auth-error.ts'
import type { AuthContext, ClientInfo } from '../context.ts'
import { type AuthDatabase, failingAs } from '../database/index.ts'
import { deliver, notify } from '../mail/index.ts'
import { endSessions } from '../sessions/index.ts'
import { deliverText } from '../sms/index.ts'
import {
  assertMetadataAllowed,
  findUserByEmail,
  findUserById,
  findUserByPhone,
  isContactTaken,
  isEmailTaken,
  lockUser,
  mergeMetadata,
  type PresentedUser,
  parseEmailAddress,
  parsePhoneNumber,
  presentUser,
  setPassword,
  type User,
} from '../users/index.ts'
import { assertChangesAllowed, type UserChanges } from './allowed-changes.ts'
import { type ContactMessages, changeEmail, changePhone } from './change-contact.ts'
import { prepareNewPassword } from './new-password.ts'
import type { SignedIn } from './signed-in.ts'

/** Changes the signed-in user: metadata and password at once, an address or number once it is confirmed. */
export async function updateUser(
  ctx: AuthContext,
  signedIn: SignedIn,
  changes: UserChanges,
  client: ClientInfo,
): Promise<PresentedUser> {
  const email = changes.email === '' ? undefined : parseEmailAddress(changes.email)
  const phone = changes.phone === '' ? undefined : parsePhoneNumber(changes.phone)
  const newEmail = email === signedIn.user.email ? undefined : email
  const newPhone = phone === signedIn.user.phone ? undefined : phone
  assertChangesAllowed(signedIn, changes, { newEmail, newPhone })
  if (newEmail !== undefined && (await findUserByEmail(ctx.db, newEmail))) throw emailExists()
  if (newPhone !== undefined && (await findUserByPhone(ctx.db, newPhone))) throw phoneExists()
  const passwordHash =
    changes.password === undefined
      ? undefined
      : await prepareNewPassword(ctx, signedIn, changes.password, changes.nonce)

  const updated = ctx.db
    .transaction()
    .execute((trx) => change(ctx, trx, signedIn, { ...changes, newEmail, newPhone, passwordHash }, client))
    .catch((error: unknown) => {
      throw isEmailTaken(error) ? emailExists() : isContactTaken(error) ? phoneExists() : error
    })
  const { user, letters = [], text } = await failingAs('Error updating user', updated)
  await deliver(ctx, letters, client)
  if (text) await deliverText(ctx, text, client)
  if (passwordHash !== undefined)
    await notify(ctx, { kind: 'password_changed', user, to: user.email ?? '', facts: {} }, client)
  return presentUser(user)
}

interface PreparedChanges extends Pick<UserChanges, 'data' | 'redirectTo' | 'challenge' | 'channel'> {
  readonly newEmail: string | undefined
  readonly newPhone: string | undefined
  readonly passwordHash: string | undefined
}

async function change(
  ctx: AuthContext,
  trx: AuthDatabase,
  { user: { id }, session }: SignedIn,
  { data, newEmail, newPhone, passwordHash, ...request }: PreparedChanges,
  client: ClientInfo,
): Promise<ContactMessages & { readonly user: User }> {
  const now = ctx.clock()
  const actor = await lockUser(trx, id)
  if (!actor) throw vanished()
  if (passwordHash !== undefined) {
    await setPassword(trx, id, passwordHash, now)
    await endSessions(trx, id, 'others', session?.id)
    await recordEvent(trx, { action: 'user_updated_password', actor, client }, now)
  }
  if (data) {
    await trx
      .updateTable('auth.users')
      .set({ raw_user_meta_data: mergeMetadata('raw_user_meta_data', data), updated_at: now })
      .where('id', '=', id)
      .execute()
  }
  const mailed = newEmail === undefined ? {} : await changeEmail(ctx, trx, id, newEmail, request)
  const texted = newPhone === undefined ? {} : await changePhone(ctx, trx, id, newPhone, request)
  await recordEvent(trx, { action: 'user_modified', actor, client }, now)
  const user = await findUserById(trx, id)
  if (!user) throw vanished()
  assertMetadataAllowed(user.raw_user_meta_data)
  return { user, ...mailed, ...texted }
}

function vanished(): AuthError {
  return new AuthError(403, 'user_not_found', 'User from sub claim in JWT does not exist')
}

function emailExists(): AuthError {
  return new AuthError(422, 'email_exists', 'A user with this email address has already been registered')
}

function phoneExists(): AuthError {
  return new AuthError(422, 'phone_exists', 'A user with this phone number has already been registered')
}
