import { type RawBuilder, sql } from 'kysely'
import type { AuthDatabase } from '../database/index.ts'
import type { AuthenticationMethod } from '../tokens/index.ts'
import type { User } from '../users/index.ts'

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

/** What a token says of them: of single sign-on the identity provider too, which is the user's only one. */
export function assuranceBy(methods: readonly AuthenticationMethod[], { identities }: Identified): Assurance {
  const [identity, ...others] = identities
  const provider = others.length === 0 && identity?.provider.startsWith('sso:') ? identity.provider.slice(4) : undefined
  const amr = methods.map((entry) =>
    entry.method === 'sso/saml' && provider !== undefined ? { ...entry, provider } : entry,
  )
  return { aal: amr.some(({ method }) => secondFactors.has(method)) ? 'aal2' : 'aal1', amr }
}

type Identified = { readonly identities: readonly Pick<User['identities'][number], 'provider'>[] }

/** The assurance of a session that is not new. */
export async function readAssurance(db: AuthDatabase, sessionId: string, user: Identified): Promise<Assurance> {
  const { rows } = await sql<{ amr: readonly AuthenticationMethod[] }>`select ${methodsOf(sessionId)} as amr`.execute(
    db,
  )
  return assuranceBy(rows[0]?.amr ?? [], user)
}
