import { nobody, recordEvent } from '../audit/index.ts'
import { AuthError } from '../auth-error.ts'
import type { AuthContext, ClientInfo } from '../context.ts'
import { isUniqueViolation } from '../database/index.ts'
import { parsePhoneNumber } from '../users/index.ts'
import { requireFactor } from './factor.ts'

export interface FactorChanges {
  readonly userId: string
  readonly factorId: string
  /** Empty for no change, as is the number. */
  readonly friendlyName: string
  readonly phone: string
}

/** Changes a user's factor on an administrator's word; a number only of a factor that is one. */
export async function updateFactor(
  ctx: AuthContext,
  { userId, factorId, friendlyName, phone }: FactorChanges,
  client: ClientInfo,
): Promise<void> {
  const factor = await requireFactor(ctx.db, userId, factorId)
  const number = phone !== '' && factor.factor_type === 'phone' ? parsePhoneNumber(phone) : undefined
  const now = ctx.clock()
  const updated = ctx.db.transaction().execute(async (trx) => {
    await trx
      .updateTable('auth.mfa_factors')
      .set({
        ...(friendlyName !== '' && { friendly_name: friendlyName }),
        ...(number && { phone: number }),
        updated_at: now,
      })
      .where('id', '=', factorId)
      .execute()
    const traits = { user_id: userId, factor_id: factorId, factor_type: factor.factor_type }
    await recordEvent(trx, { action: 'factor_updated', actor: nobody, client, traits }, now)
  })
  await updated.catch((error: unknown) => {
    if (!isUniqueViolation(error, 'mfa_factors_user_friendly_name_unique')) throw error
    const message = `A factor with the friendly name ${JSON.stringify(friendlyName)} for this user already exists`
    throw new AuthError(422, 'mfa_factor_name_conflict', message)
  })
}
