import { type RawBuilder, sql } from 'kysely'
import type { AuthDatabase } from '../database/index.ts'
import type { AuthenticationMethod } from '../tokens/index.ts'

/** How sure a session is of its user, and by what. */
export interface Assurance {
  readonly aal: 'aal1' | 'aal2'
  readonly amr: readonly AuthenticationMethod[]
}

/** Ways of signing in that prove possession of a second factor. */
const secondFactors = new Set(['totp', 'mfa/phone', 'mfa/webauthn'])

/** The proofs of a session, the latest first, as one value of a query. */
export function methodsOf(sessionId: string): RawBuilder<readonly AuthenticationMethod[]> {
  return sql`(
    select coalesce(json_agg(
      json_build_object('method', authentication_method, 'timestamp', floor(extract(epoch from updated_at)))
      order by updated_at desc), '[]')
    from auth.mfa_amr_claims where session_id = ${sessionId})`
}

export function assuranceBy(amr: readonly AuthenticationMethod[]): Assurance {
  return { aal: amr.some(({ method }) => secondFactors.has(method)) ? 'aal2' : 'aal1', amr }
}

/** The assurance of a session that is not new. */
export async function readAssurance(db: AuthDatabase, sessionId: string): Promise<Assurance> {
  const { rows } = await sql<{ amr: readonly AuthenticationMethod[] }>`select ${methodsOf(sessionId)} as amr`.execute(
    db,
  )
  return assuranceBy(rows[0]?.amr ?? [])
}
