import type { Selectable } from 'kysely'
import { AuthError } from '../auth-error.ts'
import type { AuthContext } from '../context.ts'
import type { AuthDatabase, AuthTables } from '../database/index.ts'
import type { FactorMethod } from '../sessions/index.ts'

/** A second factor of a user, as it is stored. */
export type Factor = Selectable<AuthTables['auth.mfa_factors']>

export type FactorType = Factor['factor_type']

/** How a session shows that a factor raised it. */
export const methods: Readonly<Record<FactorType, FactorMethod>> = {
  totp: 'totp',
  phone: 'mfa/phone',
  webauthn: 'mfa/webauthn',
}

const names: Readonly<Record<FactorType, string>> = { totp: 'TOTP', phone: 'Phone', webauthn: 'WebAuthn' }

/** Throws where the project does not let users add factors of a type. */
export function assertEnrollable({ settings }: AuthContext, type: FactorType): void {
  if (settings.factors[type].enroll) return
  throw new AuthError(422, `mfa_${type}_enroll_not_enabled`, `MFA enroll is disabled for ${names[type]}`)
}

/** Throws where the project does not let users verify factors of a type. */
export function assertVerifiable({ settings }: AuthContext, type: FactorType): void {
  if (settings.factors[type].verify) return
  throw new AuthError(422, `mfa_${type}_verify_not_enabled`, `MFA verification is disabled for ${names[type]}`)
}

/** A factor of the user, or the error for one that there is not. */
export async function requireFactor(db: AuthDatabase, userId: string, factorId: string): Promise<Factor> {
  const factor = await db
    .selectFrom('auth.mfa_factors')
    .selectAll()
    .where('id', '=', factorId)
    .where('user_id', '=', userId)
    .executeTakeFirst()
  if (factor) return factor
  throw new AuthError(404, 'mfa_factor_not_found', 'Factor not found')
}
