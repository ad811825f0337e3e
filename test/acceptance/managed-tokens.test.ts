import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type JWK, SignJWT } from 'jose'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { administer } from '../support/administer.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { freePort } from '../support/free-port.ts'
import { createFront, superuser } from '../support/front.ts'

const files = {
  'supabase/config.toml': '[auth]\nsigning_keys_path = "./signing_keys.json"\n',
  'supabase/migrations/20260101000000_secret.sql': `
    create table public.secret (id int primary key);
    alter table public.secret enable row level security;
    insert into public.secret values (1);
    create role editor nologin noinherit;
    grant editor to authenticator, postgres;
    grant usage on schema public to editor;
    create function public.who_asks() returns text stable language sql as $$ select current_user::text $$;
    create function public.secrets() returns int stable language sql as $$ select count(*)::int from public.secret $$;
    grant select on public.secret to editor;`,
}

interface SigningKey {
  readonly kid: string
  readonly privateKey: KeyObject
  readonly jwk: JWK
}

function signingKey(kid: string): SigningKey {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return { kid, privateKey, jwk: { ...privateKey.export({ format: 'jwk' }), kid, alg: 'ES256' } as JWK }
}

const [first, second, third, strangers] = [
  signingKey('first'),
  signingKey('second'),
  signingKey('third'),
  signingKey('first'),
]

const sign = ({ kid, privateKey }: SigningKey, claims: object, exp: string | number = '1h') =>
  new SignJWT({ ...claims }).setProtectedHeader({ alg: 'ES256', kid }).setExpirationTime(exp).sign(privateKey)

const signWithSecret = (secret: string, claims: object) =>
  new SignJWT({ ...claims }).setProtectedHeader({ alg: 'HS256' }).setExpirationTime('1h').sign(Buffer.from(secret))

const folder = mkdtempSync(join(tmpdir(), 'portico-rotation-'))
let managed: TestApp
let ports: { port: number; dbPort: number }

/** Starts the managed side, or starts it again, with these keys; the first signs. */
async function sideWith(...keys: readonly SigningKey[]): Promise<void> {
  await managed?.close()
  const path = join(folder, 'keys.json')
  writeFileSync(path, JSON.stringify(keys.map(({ jwk }) => jwk)))
  const env = { SUPABASE_AUTH_SIGNING_KEYS_PATH: path }
  managed = await createTestApp({
    files: { ...files, 'supabase/signing_keys.json': '[]' },
    data: folder,
    ...ports,
    env,
  })
}

/** A front whose login bypasses row-level security and may become more than it should, as hosted `postgres` is. */
const createPowerfulFront = (env: Record<string, string> = {}) =>
  createFront(managed, managed.app.databaseUrl ?? '', { env: { SUPABASE_JWT_SECRET: '', ...env } })

async function ask(front: TestApp, headers: Record<string, string>): Promise<{ status: number; said: unknown }> {
  const response = await fetch(`${front.app.url}/graphql/v1`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query: '{ who_asks secrets }' }),
  })
  const { data, errors, code, message } = (await response.json()) as Record<string, unknown>
  return { status: response.status, said: data ?? code ?? errors ?? message }
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
const sees = (role: string, secrets: number) => ({ status: 200, said: { who_asks: role, secrets } })
const refused = (status: number, said: string) => ({ status, said })

beforeAll(async () => {
  ports = { port: await freePort(), dbPort: await freePort() }
  await sideWith(first, second)
  await administer(superuser(managed), 'grant supabase_admin to postgres')
})
afterAll(async () => {
  await managed?.close()
  rmSync(folder, { recursive: true, force: true })
})

describe('a gateway that knows only the published keys', () => {
  let front: TestApp
  beforeAll(async () => {
    front = await createPowerfulFront()
  })
  afterAll(() => front?.close())
  const keys = () => managed.app.config.keys

  test.each<readonly [string, () => Promise<Record<string, string>> | Record<string, string>, object]>([
    ['nothing', () => ({}), sees('anon', 0)],
    ['the publishable key', () => ({ apikey: keys().publishableKey }), sees('anon', 0)],
    ['the legacy anon key', () => ({ apikey: keys().anonKey }), sees('anon', 0)],
    ['the secret key', () => ({ apikey: keys().secretKey }), sees('service_role', 1)],
    ['the secret key as a token', () => bearer(keys().secretKey), sees('service_role', 1)],
    ['the legacy service key', () => bearer(keys().serviceRoleKey), sees('service_role', 1)],
    ['another opaque key', () => ({ apikey: 'sb_secret_guessed' }), refused(401, 'Invalid API key')],
    ["a user's token", async () => bearer(await sign(first, { role: 'authenticated' })), sees('authenticated', 0)],
    ['a token without a role', async () => bearer(await sign(first, { sub: 'x' })), sees('anon', 0)],
    ['an expired token', async () => bearer(await sign(first, { role: 'anon' }, 1)), refused(401, 'UNAUTHENTICATED')],
    [
      "a stranger's key under a known name",
      async () => bearer(await sign(strangers, { role: 'authenticated' })),
      refused(401, 'UNAUTHENTICATED'),
    ],
    [
      'the shared secret, which it was not given',
      async () => bearer(await signWithSecret(keys().jwtSecret, { role: 'authenticated' })),
      refused(401, 'UNAUTHENTICATED'),
    ],
    [
      'an empty secret',
      async () => bearer(`${(await signWithSecret('x', { role: 'service_role' })).replace(/[^.]*$/, '')}`),
      refused(401, 'UNAUTHENTICATED'),
    ],
    ...['postgres', 'supabase_admin', 'authenticator', 'supabase_auth_admin', 'pg_monitor', 'none', 'editor'].map(
      (role) =>
        [
          `a token that names ${role}`,
          async () => bearer(await sign(first, { role })),
          refused(403, 'FORBIDDEN_ROLE'),
        ] as const,
    ),
  ])('%s', async (_name, headers, expected) => {
    expect(await ask(front, await headers())).toEqual(expected)
  })

  test('signs users up whose tokens it then takes', async () => {
    const { data } = await front.graphql(
      'mutation { signUp(email: "new@example.com", password: "correct horse") { session { accessToken } } }',
    )
    const { accessToken } = data.signUp.session
    expect(JSON.parse(Buffer.from(accessToken.split('.')[0], 'base64url').toString())).toMatchObject({ kid: 'first' })
    expect(await ask(front, bearer(accessToken))).toEqual(sees('authenticated', 0))
  })
})

test('more roles are allowed by PORTICO_ROLES, and no others', async () => {
  const front = await createPowerfulFront({ PORTICO_ROLES: 'anon, editor' })
  try {
    expect(await ask(front, bearer(await sign(first, { role: 'editor' })))).toEqual(sees('editor', 0))
    for (const role of ['postgres', 'service_role', 'authenticated']) {
      expect(await ask(front, bearer(await sign(first, { role })))).toEqual(refused(403, 'FORBIDDEN_ROLE'))
    }
  } finally {
    await front.close()
  }
})

test('legacy keys are known by sight, whatever secret signed them', async () => {
  const [anon, service] = await Promise.all(
    ['anon', 'service_role'].map((role) => signWithSecret('what this gateway was not given', { role })),
  )
  const front = await createPowerfulFront({ SUPABASE_ANON_KEY: anon ?? '', SUPABASE_SERVICE_ROLE_KEY: service ?? '' })
  try {
    expect(await ask(front, { apikey: anon ?? '' })).toEqual(sees('anon', 0))
    expect(await ask(front, bearer(service ?? ''))).toEqual(sees('service_role', 1))
    const other = await signWithSecret('what this gateway was not given', { role: 'service_role', sub: 'other' })
    expect(await ask(front, bearer(other))).toEqual(refused(401, 'UNAUTHENTICATED'))
  } finally {
    await front.close()
  }
})

test('tokens of the shared secret are taken where the gateway is given it', async () => {
  const { jwtSecret } = managed.app.config.keys
  const front = await createPowerfulFront({ SUPABASE_JWT_SECRET: jwtSecret })
  try {
    const token = await signWithSecret(jwtSecret, { role: 'authenticated' })
    expect(await ask(front, bearer(token))).toEqual(sees('authenticated', 0))
    const forged = await signWithSecret(jwtSecret, { role: 'postgres' })
    expect(await ask(front, bearer(forged))).toEqual(refused(403, 'FORBIDDEN_ROLE'))
  } finally {
    await front.close()
  }
})

describe('when the managed side signs with another key', () => {
  afterEach(() => void vi.useRealTimers())

  test('its tokens are taken, and those of a key that is still published', async () => {
    const front = await createPowerfulFront()
    try {
      const early = await sign(first, { role: 'authenticated', sub: 'early' })
      expect(await ask(front, bearer(early))).toEqual(sees('authenticated', 0))

      // Both were published beforehand, as the platform does it.
      await sideWith(second, first)
      const of = async (email: string) => {
        const { data, error } = await front.client().auth.signUp({ email, password: 'correct horse' })
        expect(error).toBeNull()
        const token = String(data.session?.access_token)
        const { kid } = JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString())
        return { kid, outcome: await ask(front, bearer(token)) }
      }
      expect(await of('second@example.com')).toEqual({ kid: 'second', outcome: sees('authenticated', 0) })
      expect(await ask(front, bearer(early))).toEqual(sees('authenticated', 0))

      // A key that nobody announced is asked for, at most twice a minute; the old one is no more.
      await sideWith(third)
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 31_000 })
      expect(await of('third@example.com')).toEqual({ kid: 'third', outcome: sees('authenticated', 0) })
      const late = await sign(first, { role: 'authenticated', sub: 'late' })
      expect(await ask(front, bearer(late))).toEqual(refused(401, 'UNAUTHENTICATED'))
      // Verified before, a withdrawn key's token is not for long.
      vi.setSystemTime(Date.now() + 600_000)
      expect(await ask(front, bearer(early))).toEqual(refused(401, 'UNAUTHENTICATED'))
    } finally {
      await front.close()
    }
  })
})
