import type { Caller } from '#database'
import { PorticoError } from '#errors'
import { badToken, noAnonymousAccess } from './errors/index.ts'
import type { Settings } from './settings.ts'

interface IdentifyOptions {
  readonly settings: Pick<Settings, 'rolePath' | 'audience'>
  /** Undefined where nobody may ask without a role. */
  readonly anonymous: Caller | undefined
  /** The only roles there may be; any role where unset. */
  readonly rolesAllowed?: ReadonlySet<string> | undefined
}

/**
 * Whom the bearer of a verified token is to the database: the role is where `pgrst.jwt_role_claim_key` says, and who has
 * none is the anonymous role.
 *
 * @throws RestError PGRST302 where nobody may ask without a role, PGRST303 for another audience; FORBIDDEN_ROLE
 */
export function createIdentify({ settings, anonymous, rolesAllowed }: IdentifyOptions): (verified: Caller) => Caller {
  const { rolePath, audience } = settings
  // A verified token stands for the same caller each time.
  const known = new WeakMap<Caller, Caller>()

  function identified(verified: Caller): Caller {
    const { claims } = verified
    if (audience !== undefined && !isFor(audience, claims.aud)) throw badToken('JWT not in audience', 'PGRST303')
    const named = rolePath ? rolePath(claims) : claims.role
    const role = named === undefined || named === null ? anonymous?.role : asText(named)
    if (role === undefined) throw noAnonymousAccess()
    if (rolesAllowed && !rolesAllowed.has(role)) throw new PorticoError('FORBIDDEN_ROLE')
    return Object.freeze({ ...verified, role, claims: Object.freeze({ ...claims, role }) })
  }

  return (verified) => {
    if (!rolePath && audience === undefined && verified.claims.role !== undefined) return verified
    const caller = known.get(verified) ?? identified(verified)
    known.set(verified, caller)
    return caller
  }
}

/** A token that names no audience is for everybody's. */
function isFor(audience: string, named: unknown): boolean {
  if (named === undefined || named === null) return true
  return Array.isArray(named) ? named.length === 0 || named.includes(audience) : named === audience
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
