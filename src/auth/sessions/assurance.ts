import type { AuthDatabase } from '../database/index.ts'
import type { AuthenticationMethod } from '../tokens/index.ts'

/** How sure a session is of its user, and by what. */
export interface Assurance {
  readonly aal: 'aal1' | 'aal2'
  readonly amr: readonly AuthenticationMethod[]
}

/** Ways of signing in that prove possession of a second factor. */
const secondFactors = new Set(['totp', 'mfa/phone', 'mfa/webauthn'])

/** The assurance of a session that is not new, the latest proof first. */
export async function readAssurance(db: AuthDatabase, sessionId: string): Promise<Assurance> {
  const claims = await db
    .selectFrom('auth.mfa_amr_claims')
    .select(['authentication_method as method', 'updated_at'])
    .where('session_id', '=', sessionId)
    .orderBy('updated_at', 'desc')
    .execute()
  return {
    aal: claims.some((claim) => secondFactors.has(claim.method)) ? 'aal2' : 'aal1',
    amr: claims.map(({ method, updated_at }) => ({ method, timestamp: Math.floor(updated_at.getTime() / 1000) })),
  }
}
