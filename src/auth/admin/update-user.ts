import { nobody, recordEvent } from '../audit/index.ts'
import { AuthError } from '../auth-error.ts'
import type { AuthContext, ClientInfo } from '../context.ts'
import { type AuthDatabase, failingAs } from '../database/index.ts'
import { assertPasswordAllowed } from '../passwords/index.ts'
import { endSessions } from '../sessions/index.ts'
import {
  confirmEmail,
  findUserById,
  lockUser,
  mergeMetadata,
  type PresentedUser,
  parseEmailAddress,
  parsePhoneNumber,
  presentUser,
  putIdentity,
  recordProviders,
  setPassword,
  type User,
} from '../users/index.ts'
import type { AdminUserRequest } from './admin-user-request.ts'
import { parseBan } from './ban-duration.ts'
import { takenError } from './taken-error.ts'

/** Changes an account on an administrator's word: at once, and without mails. */
export async function updateUserAsAdmin(
  ctx: AuthContext,
  id: string,
  request: AdminUserRequest,
  client: ClientInfo,
): Promise<PresentedUser> {
  const changes: Changes = {
    ...request,
    email: request.email === '' ? undefined : parseEmailAddress(request.email),
    phone: request.phone === '' ? undefined : parsePhoneNumber(request.phone),
    bannedUntil: parseBan(request.banDuration, ctx.clock()),
    passwordHash: undefined,
  }
  if (request.password !== undefined) assertPasswordAllowed(request.password, ctx.settings.passwords)
  const passwordHash = request.password === undefined ? undefined : await ctx.hasher.hash(request.password)
  const updated = ctx.db
    .transaction()
    .execute(async (trx) => {
      const locked = await lockUser(trx, id)
      if (!locked) return undefined
      const now = ctx.clock()
      await apply(trx, locked, { ...changes, passwordHash }, now)
      const changed = await findUserById(trx, id)
      const traits = { user_id: id, user_email: changed?.email ?? '', user_phone: changed?.phone ?? '' }
      await recordEvent(trx, { action: 'user_modified', actor: nobody, client, traits }, now)
      return changed
    })
    .catch((error: unknown) => {
      throw takenError(error) ?? error
    })
  const user = await failingAs('Error updating user', updated)
  if (!user) throw new AuthError(404, 'user_not_found', 'User not found')
  return presentUser(user)
}

interface Changes extends Omit<AdminUserRequest, 'email' | 'phone' | 'passwordHash'> {
  readonly email: string | undefined
  readonly phone: string | undefined
  readonly passwordHash: string | undefined
  readonly bannedUntil: Date | null | undefined
}

async function apply(trx: AuthDatabase, user: User, changes: Changes, now: Date): Promise<void> {
  const { id } = user
  const { email, phone, emailConfirm, phoneConfirm, passwordHash } = changes
  const role = changes.role.trim()
  const becomesPermanent = (email && emailConfirm) || (phone && phoneConfirm)
  if (passwordHash !== undefined) {
    await setPassword(trx, id, passwordHash, now)
    await endSessions(trx, id, 'global', undefined)
  }
  if (emailConfirm) await confirmEmail(trx, id, now)
  if (email) await putIdentity(trx, id, 'email', { email, email_verified: emailConfirm }, now)
  if (phone) await putIdentity(trx, id, 'phone', { phone, phone_verified: phoneConfirm }, now)
  if (email || phone) await recordProviders(trx, id)
  await trx
    .updateTable('auth.users')
    .set({
      ...(role !== '' && { role }),
      ...(email && { email }),
      ...(phone && { phone }),
      ...(phoneConfirm && { phone_confirmed_at: now }),
      ...(becomesPermanent && { is_anonymous: false }),
      ...(changes.bannedUntil !== undefined && { banned_until: changes.bannedUntil }),
      raw_app_meta_data: mergeMetadata('raw_app_meta_data', changes.appMetadata ?? {}),
      raw_user_meta_data: mergeMetadata('raw_user_meta_data', changes.userMetadata ?? {}),
      updated_at: now,
    })
    .where('id', '=', id)
    .execute()
}
