import type { JWK } from 'jose'
import type { Variables } from './environment.ts'
import { type GivenKeys, isSignedBy, roleOf } from './keys.ts'
import type { Report } from './report.ts'
import type { Sections } from './sections/index.ts'
import { wellKnown } from './well-known.ts'

export interface GivenKeysContext {
  readonly variables: Variables
  readonly signingKeys: readonly Readonly<JWK>[]
  /** Development on loopback. */
  readonly trusted: boolean
  readonly report: Report
}

/** The keys that `[auth]` or its variables name, checked for what would only show when the first request fails. */
export async function findGivenKeys(auth: Sections['auth'], context: GivenKeysContext): Promise<GivenKeys> {
  const { variables, trusted, report } = context
  const complain = (key: string, expected: string) => {
    const override = `SUPABASE_AUTH_${key.toUpperCase()}`
    const variable = variables[override] ? override : undefined
    report.mistakeAt({ path: ['auth', key], value: 'given', secret: true, variable }, expected)
  }

  const least = trusted ? 16 : 32
  if (auth.jwtSecret !== undefined && auth.jwtSecret.length < least) {
    complain('jwt_secret', `at least ${least} characters`)
  }
  if (auth.publishableKey?.startsWith('sb_publishable_') === false) {
    complain('publishable_key', 'a key that begins with sb_publishable_')
  }
  if (auth.secretKey?.startsWith('sb_secret_') === false) {
    complain('secret_key', 'a key that begins with sb_secret_')
  }
  for (const [key, token, role] of [
    ['anon_key', auth.anonKey, 'anon'],
    ['service_role_key', auth.serviceRoleKey, 'service_role'],
  ] as const) {
    if (token === undefined) continue
    if (roleOf(token) !== role) {
      complain(key, `a JWT whose role is ${role}`)
    } else if (!(await isSignedBy(token, auth.jwtSecret ?? wellKnown.jwtSecret, context.signingKeys))) {
      report.warn(`auth.${key} is not signed by auth.jwt_secret or a signing key: requests with it will be refused`)
    }
  }
  return {
    jwtSecret: auth.jwtSecret,
    anonKey: auth.anonKey,
    serviceRoleKey: auth.serviceRoleKey,
    publishableKey: auth.publishableKey,
    secretKey: auth.secretKey,
    databasePassword: variables.PORTICO_DB_PASSWORD || undefined,
  }
}
