import { type Selectable, sql } from 'kysely'
import { AuthError } from '../auth-error.ts'
import type { AuthContext, ClientInfo } from '../context.ts'
import type { AuthTables } from '../database/index.ts'
import { challengeLifetime, unknownAddress } from './challenge-factor.ts'
import type { Factor } from './factor.ts'

export type Challenge = Selectable<AuthTables['auth.mfa_challenges']>

/** An open challenge of a factor, to be answered from where it was asked for. */
export async function findChallenge(
  { db, clock }: AuthContext,
  factor: Factor,
  challengeId: string,
  client: ClientInfo,
): Promise<Challenge> {
  const challenge = await db
    .selectFrom('auth.mfa_challenges')
    .selectAll()
    .where(sql`id::text`, '=', challengeId.toLowerCase())
    .where('factor_id', '=', factor.id)
    .executeTakeFirst()
  if (!challenge) {
    const message = 'MFA factor with the provided challenge ID not found'
    throw new AuthError(422, 'mfa_factor_not_found', message)
  }
  if (challenge.verified_at || challenge.ip_address !== (client.ip ?? unknownAddress)) {
    throw new AuthError(422, 'mfa_ip_address_mismatch', 'Challenge and verify IP addresses mismatch.')
  }
  if (clock().getTime() > challenge.created_at.getTime() + challengeLifetime) {
    await db.deleteFrom('auth.mfa_challenges').where('id', '=', challenge.id).execute()
    const message = `MFA challenge ${challenge.id} has expired, verify against another challenge or create a new challenge.`
    throw new AuthError(422, 'mfa_challenge_expired', message)
  }
  return challenge
}
