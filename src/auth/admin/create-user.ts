import { nobody, recordEvent } from '../audit/index.ts'
import { AuthError } from '../auth-error.ts'
import type { AuthContext, ClientInfo } from '../context.ts'
import { type AuthDatabase, failingAs } from '../database/index.ts'
import { maximumPasswordBytes, readStoredHash } from '../passwords/index.ts'
import { randomText } from '../random.ts'
import {
  confirmEmail,
  findUserById,
  insertIdentity,
  insertUser,
  mergeMetadata,
  type PresentedUser,
  parseEmailAddress,
  parsePhoneNumber,
  presentUser,
} from '../users/index.ts'
import type { AdminUserRequest } from './admin-user-request.ts'
import { parseBan } from './ban-duration.ts'
import { takenError } from './taken-error.ts'

/** Makes an account on an administrator's word. The rules for passwords that people choose do not apply. */
export async function createUser(
  ctx: AuthContext,
  request: AdminUserRequest,
  client: ClientInfo,
): Promise<PresentedUser> {
  const account = prepare(request)
  const bannedUntil = parseBan(request.banDuration, ctx.clock())
  const passwordHash = request.passwordHash || (await ctx.hasher.hash(request.password || randomText(64)))
  const created = ctx.db
    .transaction()
    .execute(async (trx) => {
      const now = ctx.clock()
      const id = await add(trx, request, { ...account, passwordHash, bannedUntil }, now)
      const whose = { user_id: id, user_email: account.email ?? '', user_phone: account.phone ?? '' }
      const traits = { ...whose, provider: account.providers[0] }
      await recordEvent(trx, { action: 'user_signedup', actor: nobody, client, traits }, now)
      return await findUserById(trx, id)
    })
    .catch((error: unknown) => {
      throw takenError(error) ?? error
    })
  const failure = 'Database error creating new user'
  const user = await failingAs(failure, created)
  if (!user) throw new AuthError(500, 'unexpected_failure', failure)
  return presentUser(user)
}

interface Account {
  readonly id: string | undefined
  readonly email: string | undefined
  readonly phone: string | undefined
  readonly providers: readonly ('email' | 'phone')[]
}

/** Checks what the request says. */
function prepare(request: AdminUserRequest): Account {
  const email = request.email === '' ? undefined : parseEmailAddress(request.email)
  const phone = request.phone === '' ? undefined : parsePhoneNumber(request.phone)
  if (email === undefined && phone === undefined) {
    throw invalid('Cannot create a user without either an email or phone')
  }
  if (request.password !== undefined && request.passwordHash !== '') {
    throw invalid('Only a password or a password hash should be provided')
  }
  if (request.password !== undefined && Buffer.byteLength(request.password) > maximumPasswordBytes) {
    throw invalid(`Password cannot be longer than ${maximumPasswordBytes} characters`)
  }
  if (request.passwordHash !== '' && !readStoredHash(request.passwordHash)) {
    throw invalid('The password hash is not one of bcrypt, argon2 or Firebase scrypt')
  }
  if (request.id !== '' && !/^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(request.id)) {
    throw invalid('ID must conform to the uuid v4 format')
  }
  if (/^[0-]+$/.test(request.id)) throw invalid('ID cannot be a nil uuid')
  const providers = [...(email ? (['email'] as const) : []), ...(phone ? (['phone'] as const) : [])]
  return { id: request.id === '' ? undefined : request.id.toLowerCase(), email, phone, providers }
}

async function add(
  trx: AuthDatabase,
  request: AdminUserRequest,
  account: Account & { readonly passwordHash: string; readonly bannedUntil: Date | null | undefined },
  now: Date,
): Promise<string> {
  const { email, phone, providers } = account
  const id = await insertUser(
    trx,
    {
      id: account.id,
      email,
      phone,
      passwordHash: account.passwordHash,
      appMetadata: { provider: providers[0], providers },
      userMetadata: request.userMetadata ?? {},
      audience: request.aud || undefined,
      role: request.role.trim() || undefined,
    },
    now,
  )
  const unverified = { email_verified: false, phone_verified: false }
  if (email) await insertIdentity(trx, id, 'email', { email, ...unverified }, now)
  if (phone) await insertIdentity(trx, id, 'phone', { phone, ...unverified }, now)
  await trx
    .updateTable('auth.users')
    .set({
      raw_app_meta_data: mergeMetadata('raw_app_meta_data', request.appMetadata ?? {}),
      ...(request.phoneConfirm && { phone_confirmed_at: now }),
      ...(account.bannedUntil !== undefined && { banned_until: account.bannedUntil }),
    })
    .where('id', '=', id)
    .execute()
  if (request.emailConfirm) await confirmEmail(trx, id, now)
  return id
}

function invalid(message: string): AuthError {
  return new AuthError(400, 'validation_failed', message)
}
