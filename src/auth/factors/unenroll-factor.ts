import type { SignedIn } from '../account/index.ts'
import { nobody, recordEvent } from '../audit/index.ts'
import { AuthError } from '../auth-error.ts'
import type { AuthContext, ClientInfo } from '../context.ts'
import type { AuthDatabase } from '../database/index.ts'
import { notify } from '../mail/index.ts'
import { lowerSessions } from '../sessions/index.ts'
import { type Factor, requireFactor } from './factor.ts'

/** Takes a factor away from the user who asks; a verified one only from a session of level 2. */
export async function unenrollFactor(
  ctx: AuthContext,
  { user, session }: SignedIn,
  factorId: string,
  client: ClientInfo,
): Promise<void> {
  const factor = await requireFactor(ctx.db, user.id, factorId)
  if (factor.status === 'verified' && session?.aal !== 'aal2') {
    throw new AuthError(422, 'insufficient_aal', 'AAL2 required to unenroll verified factor')
  }
  await ctx.db.transaction().execute(async (trx) => {
    const traits = { factor_id: factor.id, factor_status: factor.status, session_id: session?.id }
    await recordEvent(trx, { action: 'factor_unenrolled', actor: user, client, traits }, ctx.clock())
    await remove(trx, factor, ctx.clock())
  })
  await notify(
    ctx,
    {
      kind: 'mfa_factor_unenrolled',
      user,
      to: user.email ?? '',
      facts: { FactorType: factor.factor_type },
    },
    client,
  )
}

/** Takes a user's factor away on an administrator's word: of someone who lost a phone, say. */
export async function deleteFactor(
  ctx: AuthContext,
  { userId, factorId }: { readonly userId: string; readonly factorId: string },
  client: ClientInfo,
): Promise<Factor> {
  const factor = await requireFactor(ctx.db, userId, factorId)
  await ctx.db.transaction().execute(async (trx) => {
    const traits = { user_id: userId, factor_id: factor.id }
    await recordEvent(trx, { action: 'factor_deleted', actor: nobody, client, traits }, ctx.clock())
    await remove(trx, factor, ctx.clock())
  })
  return factor
}

async function remove(trx: AuthDatabase, { id, user_id }: Factor, now: Date): Promise<void> {
  await trx.deleteFrom('auth.mfa_factors').where('id', '=', id).execute()
  await lowerSessions(trx, user_id, id, now)
}
