import { randomBytes } from 'node:crypto'
import { isLoopback } from './address.ts'
import type { Keys, Managed } from './config.ts'
import type { Environment } from './environment.ts'
import { type GivenKeys, refuseWellKnown, roleOf } from './keys.ts'
import type { Report } from './report.ts'

export interface ManagedSource {
  readonly managed: Managed
  readonly databaseUrl: string
  /** The same keys under the names that the rest of Portico uses. */
  readonly given: GivenKeys
}

/**
 * The Supabase elsewhere that the environment names, if it asks for managed mode.
 *
 * It asks by SUPABASE_URL and DATABASE_URL together, both in the process's own environment: an app's `.env` often
 * names its hosted Supabase, and starting a local backend there must never turn into a gateway to production.
 * The keys may come from `.env` files.
 */
export function findManaged(
  { own, all }: Environment,
  dbUrl: string | undefined,
  report: Report,
): ManagedSource | undefined {
  const url = own.SUPABASE_URL || undefined
  const databaseUrl = own.DATABASE_URL || undefined
  if (url === undefined || databaseUrl === undefined) {
    if (url !== undefined && (own.SUPABASE_SECRET_KEY || own.SUPABASE_SERVICE_ROLE_KEY)) {
      report.warn('SUPABASE_URL is set without DATABASE_URL: the embedded services run; managed mode needs both')
    }
    return undefined
  }
  if (dbUrl !== undefined) {
    const expected = 'no --db-url beside SUPABASE_URL and DATABASE_URL, which ask for managed mode'
    report.mistakeIn('--db-url', expected)
    return undefined
  }

  const anonKey = all.SUPABASE_ANON_KEY || undefined
  const serviceRoleKey = all.SUPABASE_SERVICE_ROLE_KEY || undefined
  const publishableKey = all.SUPABASE_PUBLISHABLE_KEY || anonKey
  const secretKey = all.SUPABASE_SECRET_KEY || serviceRoleKey
  const because = 'since SUPABASE_URL and DATABASE_URL ask for managed mode'
  if (publishableKey === undefined) {
    report.mistakeIn('SUPABASE_PUBLISHABLE_KEY', `it or SUPABASE_ANON_KEY to be set, ${because}`)
  }
  if (secretKey === undefined) {
    report.mistakeIn('SUPABASE_SECRET_KEY', `it or SUPABASE_SERVICE_ROLE_KEY to be set, ${because}`)
  }
  for (const [name, key] of [
    ['SUPABASE_PUBLISHABLE_KEY', publishableKey],
    ['SUPABASE_ANON_KEY', anonKey],
  ] as const) {
    if (key !== undefined && isSecret(key)) report.mistakeIn(name, 'a key that everyone may see, and not a secret one')
  }
  if (!isPostgresUrl(databaseUrl)) report.mistakeIn('DATABASE_URL', postgresUrlExpected)
  else warnOfPlainText(new URL(databaseUrl), report)
  const base = serviceUrl(url, report)
  if (base === undefined || publishableKey === undefined || secretKey === undefined) return undefined
  const jwtSecret = all.SUPABASE_JWT_SECRET || undefined
  const managed = { url: base, publishableKey, secretKey, jwtSecret }
  const given = { jwtSecret, anonKey, serviceRoleKey, publishableKey, secretKey, databasePassword: undefined }
  return { managed, databaseUrl, given }
}

/**
 * The keys of a gateway in front of a Supabase elsewhere. It signs nothing: without the shared secret, one that nobody
 * knows stands in its place, so that no token can be forged with an empty one. Throws SECRETS_REFUSED.
 */
export async function managedKeys({ managed, given }: ManagedSource, trusted: boolean): Promise<Keys> {
  if (!trusted) await refuseWellKnown(given, [], variableNames)
  return {
    jwtSecret: managed.jwtSecret ?? randomBytes(48).toString('base64url'),
    anonKey: given.anonKey ?? managed.publishableKey,
    serviceRoleKey: given.serviceRoleKey ?? managed.secretKey,
    publishableKey: managed.publishableKey,
    secretKey: managed.secretKey,
    databasePassword: '',
  }
}

/** Whether whoever holds the key may do more than anybody. */
function isSecret(key: string): boolean {
  return key.startsWith('sb_secret_') || (roleOf(key) ?? 'anon') !== 'anon'
}

const variableNames: Readonly<Record<keyof Keys, string>> = {
  jwtSecret: 'SUPABASE_JWT_SECRET',
  anonKey: 'SUPABASE_ANON_KEY',
  serviceRoleKey: 'SUPABASE_SERVICE_ROLE_KEY',
  publishableKey: 'SUPABASE_PUBLISHABLE_KEY',
  secretKey: 'SUPABASE_SECRET_KEY',
  databasePassword: 'DATABASE_URL',
}

function serviceUrl(written: string, report: Report): string | undefined {
  const url = URL.parse(written)
  if (url !== null && (url.username !== '' || url.password !== '')) {
    report.mistakeIn('SUPABASE_URL', 'a URL without user and password')
    return undefined
  }
  const isPlain = url !== null && /^https?:$/.test(url.protocol) && url.search === '' && url.hash === ''
  if (!isPlain) {
    report.mistakeIn('SUPABASE_URL', 'an https:// URL like "https://abcdefghijklmnopqrst.supabase.co"', written)
    return undefined
  }
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    report.warn(`SUPABASE_URL (${url.origin}) is not https: keys and tokens cross the network unprotected`)
  }
  return url.origin + url.pathname.replace(/\/+$/, '')
}

/** No client of Postgres asks for encryption by itself. */
function warnOfPlainText({ hostname, searchParams }: URL, report: Report): void {
  const says = ['sslmode', 'ssl', 'sslrootcert', 'sslnegotiation', 'host'].some((name) => searchParams.has(name))
  if (says || hostname === '' || isLoopback(hostname)) return
  report.warn(
    `DATABASE_URL (${hostname}) names no sslmode: rows cross the network unprotected; ?sslmode=require encrypts`,
  )
}

/** Left without its value in messages: it holds a password. */
export const postgresUrlExpected =
  'a URL like "postgresql://user:password@host:5432/database", with @ / ? # and % of the password as %40 %2F %3F %23 %25'

/** One whose password was not encoded may still be a URL, of another host. */
export function isPostgresUrl(written: string): boolean {
  const url = /^postgres(ql)?:\/\/\S+$/.test(written) ? URL.parse(written) : null
  return url !== null && !written.includes('#') && !`${url.pathname}${url.search}`.includes('@')
}

/** The role names of `PORTICO_ROLES`, separated by commas; in managed mode Supabase's three unless it says otherwise. */
export function allowedRoles(
  written: string | undefined,
  isManaged: boolean,
  report: Report,
): readonly string[] | undefined {
  if (written === undefined || written === '') return isManaged ? ['anon', 'authenticated', 'service_role'] : undefined
  const roles = written
    .split(',')
    .map((role) => role.trim())
    .filter((role) => role !== '')
  const forbidden = roles.filter((role) => /^(postgres|authenticator|none|supabase_.*|pg_.*)$/i.test(role))
  if (forbidden.length > 0) {
    const expected = `role names but postgres, authenticator, supabase_… and pg_…, which no token may name`
    report.mistakeIn('PORTICO_ROLES', expected, written)
  }
  return roles
}
