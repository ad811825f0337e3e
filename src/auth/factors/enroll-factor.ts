import { randomUUID } from 'node:crypto'
import type { SignedIn } from '../account/index.ts'
import { recordEvent } from '../audit/index.ts'
import { AuthError } from '../auth-error.ts'
import type { AuthContext, ClientInfo } from '../context.ts'
import { type AuthDatabase, isUniqueViolation } from '../database/index.ts'
import { lockUser, parsePhoneNumber, type User } from '../users/index.ts'
import { assertEnrollable, type FactorType } from './factor.ts'
import { createTotpSecret } from './totp.ts'

export interface EnrollRequest {
  readonly type: FactorType
  readonly friendlyName: string
  /** Who an authenticator app shows the codes to be for; the site where empty. */
  readonly issuer: string
  readonly phone: string
}

/** A factor that never was verified is forgotten after so many milliseconds. */
const unverifiedLifetime = 300_000

/** Adds a factor, which counts once it was verified. */
export async function enrollFactor(ctx: AuthContext, signedIn: SignedIn, request: EnrollRequest, client: ClientInfo) {
  const { type, friendlyName } = request
  assertEnrollable(ctx, type)
  if (type === 'phone' && request.phone === '') {
    throw new AuthError(400, 'validation_failed', 'Phone number required to enroll Phone factor')
  }
  const phone = type === 'phone' ? parsePhoneNumber(request.phone) : null
  const issuer = request.issuer || new URL(ctx.settings.siteUrl).host
  const totp = type === 'totp' ? await createTotpSecret(signedIn.user, issuer) : undefined
  const id = randomUUID()
  const enrolled = ctx.db.transaction().execute(async (trx) => {
    const now = ctx.clock()
    const user = await lockUser(trx, signedIn.user.id)
    if (!user) throw new AuthError(403, 'user_not_found', 'User from sub claim in JWT does not exist')
    if (phone) await forgetUnverifiedPhone(trx, user, phone)
    await assertRoom(ctx, trx, user, signedIn, friendlyName)
    await trx
      .insertInto('auth.mfa_factors')
      .values({
        id,
        user_id: user.id,
        friendly_name: friendlyName,
        factor_type: type,
        status: 'unverified',
        secret: totp?.secret ?? '',
        phone,
        created_at: now,
        updated_at: now,
      })
      .execute()
    const traits = { factor_id: id, factor_type: type }
    await recordEvent(trx, { action: 'factor_in_progress', actor: user, client, traits }, now)
  })
  await enrolled.catch((error: unknown) => {
    if (isUniqueViolation(error, 'mfa_factors_user_friendly_name_unique')) throw nameConflict(friendlyName)
    throw error
  })
  return {
    id,
    type,
    friendly_name: friendlyName,
    ...(totp && { totp: { qr_code: totp.qrCode, secret: totp.secret, uri: totp.uri } }),
    ...(phone && { phone: request.phone }),
  }
}

/** A number that was not proven to be there may be tried again. */
async function forgetUnverifiedPhone(trx: AuthDatabase, user: User, phone: string): Promise<void> {
  const known = user.factors.find((factor) => factor.factor_type === 'phone' && factor.phone === phone)
  if (!known) return
  if (known.status === 'verified') {
    const message = 'A verified phone factor already exists, unenroll the existing factor to continue'
    throw new AuthError(422, 'mfa_verified_factor_exists', message)
  }
  await trx.deleteFrom('auth.mfa_factors').where('id', '=', known.id).execute()
}

async function assertRoom(
  { settings, clock }: AuthContext,
  trx: AuthDatabase,
  user: User,
  { session }: SignedIn,
  friendlyName: string,
): Promise<void> {
  const stale = new Date(clock().getTime() - unverifiedLifetime)
  await trx
    .deleteFrom('auth.mfa_factors')
    .where('user_id', '=', user.id)
    .where('status', '=', 'unverified')
    .where('created_at', '<', stale)
    .execute()
  const factors = await trx
    .selectFrom('auth.mfa_factors')
    .select(['friendly_name as name', 'status'])
    .where('user_id', '=', user.id)
    .execute()
  if (factors.some(({ name }) => (name ?? '') === friendlyName)) throw nameConflict(friendlyName)
  if (factors.length >= settings.factors.maximum) {
    const message = 'Maximum number of verified factors reached, unenroll to continue'
    throw new AuthError(422, 'too_many_enrolled_mfa_factors', message)
  }
  if (factors.some(({ status }) => status === 'verified') && session?.aal !== 'aal2') {
    throw new AuthError(403, 'insufficient_aal', 'AAL2 required to enroll a new factor')
  }
}

function nameConflict(name: string): AuthError {
  const message = `A factor with the friendly name ${JSON.stringify(name)} for this user already exists`
  return new AuthError(422, 'mfa_factor_name_conflict', message)
}
