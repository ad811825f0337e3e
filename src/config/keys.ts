import { compactVerify, decodeJwt, importJWK, type JWK, type JWTPayload, SignJWT } from 'jose'
import { PorticoError } from '#errors'
import type { Keys } from './config.ts'
import { type OwnSecrets, ownSecrets } from './secrets-file.ts'
import { isWellKnownSigningKey, wellKnown, wellKnownExpiry } from './well-known.ts'

/** What the project itself says; `undefined` where it says nothing. */
export type GivenKeys = { readonly [Name in keyof Keys]: string | undefined }

export interface KeySource {
  readonly given: GivenKeys
  /** Keys of `signing_keys_path`; the first one signs, the others verify. */
  readonly signingKeys: readonly Readonly<JWK>[]
  /** Development on loopback: the well-known secrets are good enough. */
  readonly trusted: boolean
  /** Nobody else reaches the database. */
  readonly privateDatabase: boolean
  readonly dataFolder: string
}

const tenYears = 10 * 365 * 24 * 3600

/**
 * The keys of the project: given ones first; then, on a development machine's loopback, Supabase's well-known ones;
 * everywhere else its own, made once. Throws SECRETS_REFUSED where a given one is well-known and may not be used.
 */
export async function resolveKeys({
  given,
  signingKeys,
  trusted,
  privateDatabase,
  dataFolder,
}: KeySource): Promise<Keys> {
  if (!trusted) await refuseWellKnown(given, signingKeys)

  let own: OwnSecrets | undefined
  const kept = async () => {
    own ??= await ownSecrets(dataFolder)
    return own
  }
  const secret = async (name: keyof typeof wellKnown, mayBeWellKnown = trusted) =>
    given[name] ?? (mayBeWellKnown ? wellKnown[name] : (await kept())[name])

  const jwtSecret = await secret('jwtSecret')
  const legacyKey = async (role: string): Promise<string> => {
    if (signingKeys[0] !== undefined) {
      const exp = Math.floor(Date.now() / 1000) + tenYears
      return signWith(signingKeys[0], { iss: trusted ? 'supabase-demo' : 'supabase', role, exp })
    }
    if (trusted) return sign(jwtSecret, { iss: 'supabase-demo', role, exp: wellKnownExpiry })
    const iat = (await kept()).createdAt
    return sign(jwtSecret, { iss: 'supabase', role, iat, exp: iat + tenYears })
  }
  return {
    jwtSecret,
    anonKey: given.anonKey ?? (await legacyKey('anon')),
    serviceRoleKey: given.serviceRoleKey ?? (await legacyKey('service_role')),
    publishableKey: await secret('publishableKey'),
    secretKey: await secret('secretKey'),
    databasePassword: await secret('databasePassword', trusted && privateDatabase),
  }
}

/** Whether a token was signed with the secret or one of the keys; expired or not. */
export async function isSignedBy(
  token: string,
  jwtSecret: string,
  signingKeys: readonly Readonly<JWK>[],
): Promise<boolean> {
  const keys = [
    new TextEncoder().encode(jwtSecret),
    ...(await Promise.all(signingKeys.map((key) => importJWK(publicHalf(key))))),
  ]
  for (const key of keys) {
    try {
      await compactVerify(token, key)
      return true
    } catch {
      // the next key may fit
    }
  }
  return false
}

/** How the project names its keys. */
const projectNames: Readonly<Record<keyof Keys, string>> = {
  jwtSecret: 'auth.jwt_secret',
  anonKey: 'auth.anon_key',
  serviceRoleKey: 'auth.service_role_key',
  publishableKey: 'auth.publishable_key',
  secretKey: 'auth.secret_key',
  databasePassword: 'PORTICO_DB_PASSWORD',
}

/** Throws SECRETS_REFUSED if one of the keys is Supabase's well-known one or was signed with it. */
export async function refuseWellKnown(
  given: GivenKeys,
  signingKeys: readonly Readonly<JWK>[],
  names: Readonly<Record<keyof Keys, string>> = projectNames,
): Promise<void> {
  const refused: string[] = []
  for (const [key, name] of Object.entries(names) as [keyof Keys, string][]) {
    const value = given[key]
    if (value === undefined) continue
    const isPublic = (Object.values(wellKnown) as string[]).includes(value)
    if (isPublic || (await isSignedBy(value, wellKnown.jwtSecret, []))) refused.push(name)
  }
  if (signingKeys.some(isWellKnownSigningKey)) refused.push('auth.signing_keys_path')
  if (refused.length === 0) return
  throw new PorticoError('SECRETS_REFUSED', {
    message: [
      `${refused.join(', ')}: Supabase's well-known development secret, which opens this backend to anyone.`,
      'It is used only in development and on a loopback host.',
      'Set one of your own, or leave it out: Portico then makes one and keeps it in the data folder.',
    ].join(' '),
    details: { keys: refused },
  })
}

async function sign(secret: string, claims: JWTPayload): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg: 'HS256', typ: 'JWT' }).sign(new TextEncoder().encode(secret))
}

async function signWith(key: Readonly<JWK>, claims: JWTPayload): Promise<string> {
  const alg = key.alg ?? 'ES256'
  const header = { alg, ...(key.kid !== undefined && { kid: key.kid }), typ: 'JWT' }
  // Keys say `sign` and `verify` of both halves, as Supabase's CLI writes them; of a private one Web Crypto takes no more than `sign`.
  const { key_ops: _, ...half } = key
  return new SignJWT(claims).setProtectedHeader(header).sign(await importJWK(half, alg))
}

function publicHalf({ kty, kid, alg, n, e, crv, x, y }: Readonly<JWK>): JWK {
  return Object.fromEntries(
    Object.entries({ kty, kid, alg, n, e, crv, x, y }).filter(([, value]) => value !== undefined),
  )
}

/** The role that a key names which is a JWT, verified or not. */
export function roleOf(token: string): unknown {
  try {
    return decodeJwt(token).role
  } catch {
    return undefined
  }
}
