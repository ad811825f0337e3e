import { createHash } from 'node:crypto'
import * as argon2 from '@node-rs/argon2'
import bcrypt from '@node-rs/bcrypt'
import { createClient } from '@supabase/supabase-js'
import { decodeJwt } from 'jose'
import { Secret, TOTP } from 'otpauth'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestApp, type TestApp } from '../support/app.ts'
import { dumpedIdentity, dumpedSession, dumpedUser, dumpOf } from './hosted-dump.ts'

const password = 'correct horse battery'
const minute = 60_000
const at = new Date(Date.now() - 2 * minute).toISOString()
const zoneless = at.replace('T', ' ').replace('Z', '')
const longAgo = '2023-04-05 06:07:08.9+00'

const ids = Object.fromEntries(
  ['bcrypt', 'argon2', 'firebase', 'factor', 'google', 'phone', 'guest', 'banned', 'gone', 'sso'].map((name, index) => {
    return [name, `10000000-0000-4000-8000-${String(index).padStart(12, '0')}`]
  }),
) as Record<string, string>
const idOf = (name: string) => String(ids[name])
const emailOf = (name: string) => `${name}@hosted.example`

/** Firebase's published example. */
const firebase = {
  word: 'user1password',
  hash: '$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk=jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==$42xEC+ixf3L2lw==$lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==',
}
const secret = new Secret({ size: 20 }).base32
const recoveryHash = createHash('sha224')
  .update(`${emailOf('bcrypt')}654321`)
  .digest('hex')
const loginHash = createHash('sha224')
  .update(`${emailOf('argon2')}123456`)
  .digest('hex')

async function dump(): Promise<string> {
  const hashed = (await bcrypt.hash(password, { cost: 10 })).replace('$2b$', '$2a$')
  const argon = await argon2.hash(password, { algorithm: 2, memoryCost: 8192 })
  const confirmed = { email_confirmed_at: longAgo, last_sign_in_at: at }
  const person = (name: string, own: Parameters<typeof dumpedUser>[2] = {}) =>
    dumpedUser(idOf(name), longAgo, { email: emailOf(name), encrypted_password: hashed, ...confirmed, ...own })
  const session = dumpedSession({ id: '20000000-0000-4000-8000-000000000000', userId: idOf('bcrypt'), at }, [
    ...['hostedtoken1', 'hostedtoken2', 'hostedtoken3'],
  ])
  const oneTime = (user: string, token_type: string, token_hash: string) => ({
    ...{ id: crypto.randomUUID(), user_id: idOf(user), token_type, token_hash, relates_to: emailOf(user) },
    ...{ created_at: zoneless, updated_at: zoneless },
  })
  return dumpOf({
    audit_log_entries: [
      {
        ...{ instance_id: '00000000-0000-0000-0000-000000000000', id: crypto.randomUUID(), created_at: longAgo },
        payload: { action: 'login', actor_id: idOf('bcrypt'), actor_username: emailOf('bcrypt'), log_type: 'account' },
        ip_address: '',
      },
    ],
    users: [
      person('bcrypt', {
        ...{ recovery_token: recoveryHash, recovery_sent_at: at, is_super_admin: false },
        raw_user_meta_data: { full_name: 'Tab\there, "quoted" \\ and\nbroken' },
      }),
      person('argon2', { encrypted_password: argon, recovery_token: loginHash, recovery_sent_at: at }),
      person('firebase', { encrypted_password: firebase.hash }),
      person('factor'),
      dumpedUser(idOf('google'), longAgo, {
        ...{ email: emailOf('google'), ...confirmed },
        raw_app_meta_data: { provider: 'google', providers: ['google'] },
      }),
      dumpedUser(idOf('phone'), longAgo, {
        phone: '15550001234',
        phone_confirmed_at: longAgo,
        encrypted_password: hashed,
      }),
      dumpedUser(idOf('guest'), longAgo, { is_anonymous: true, raw_app_meta_data: {} }),
      person('banned', { banned_until: '2999-01-01 00:00:00+00' }),
      person('gone', { deleted_at: longAgo }),
      // Single sign-on may have an account of the same address.
      person('sso', { email: emailOf('bcrypt'), is_sso_user: true, encrypted_password: '' }),
    ],
    identities: [
      ...['bcrypt', 'argon2', 'firebase', 'factor', 'banned'].map((name) =>
        dumpedIdentity(idOf(name), longAgo, emailOf(name)),
      ),
      {
        ...dumpedIdentity(idOf('google'), longAgo, emailOf('google')),
        ...{ provider: 'google', provider_id: '117', identity_data: { sub: '117', email: emailOf('google') } },
      },
    ],
    sessions: [session.session],
    refresh_tokens: session.tokens,
    mfa_amr_claims: [session.claim],
    mfa_factors: [
      {
        ...{
          id: idOf('factor'),
          user_id: idOf('factor'),
          friendly_name: 'App',
          factor_type: 'totp',
          status: 'verified',
        },
        ...{ created_at: longAgo, updated_at: longAgo, secret },
      },
      {
        ...{ id: idOf('argon2'), user_id: idOf('argon2'), factor_type: 'totp', status: 'verified' },
        ...{ created_at: longAgo, updated_at: longAgo },
        secret: '{"key_id":"k","alg":"aes-gcm-hkdf","data":"AAAA","nonce":"AAAA"}',
      },
    ],
    one_time_tokens: [
      oneTime('bcrypt', 'recovery_token', recoveryHash),
      oneTime('argon2', 'recovery_token', loginHash),
    ],
    sso_providers: [{ id: idOf('sso'), created_at: longAgo, updated_at: longAgo }],
    sso_domains: [
      {
        ...{ id: crypto.randomUUID(), sso_provider_id: idOf('sso'), domain: 'hosted.example' },
        ...{ created_at: longAgo, updated_at: longAgo },
      },
    ],
  })
}

let app: TestApp
beforeAll(async () => {
  app = await createTestApp({
    files: {
      'supabase/config.toml': `
        project_id = "hosted-dump"
        [inbucket]
        enabled = false
        [auth.sms]
        enable_signup = true
        [auth.mfa.totp]
        enroll_enabled = true
        verify_enabled = true`,
      'supabase/migrations/20260101000000_profiles.sql': `
        create table public.profile (id uuid primary key references auth.users on delete cascade, name text);
        create function public.welcome() returns trigger language plpgsql security definer set search_path = '' as $$
          begin insert into public.profile values (new.id, new.raw_user_meta_data ->> 'full_name'); return new; end $$;
        create trigger welcome after insert on auth.users for each row execute function public.welcome();`,
      'supabase/seed.sql': await dump(),
    },
  })
})
afterAll(() => app?.close())

const signIn = async (credentials: { email: string } | { phone: string }, word = password) => {
  const client = app.client()
  const { data, error } = await client.auth.signInWithPassword({ ...credentials, password: word })
  return { client, user: data.user, session: data.session, code: error?.code }
}

async function query(sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: app.app.databaseUrl })
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

describe('users of a hosted project, after its dump was loaded', () => {
  test.each([
    ['bcrypt', { email: emailOf('bcrypt') }, password],
    ['argon2', { email: emailOf('argon2') }, password],
    ['firebase', { email: emailOf('firebase') }, firebase.word],
    ['phone', { phone: '+15550001234' }, password],
  ])('sign in: %s', async (name, credentials, word) => {
    const { user, session } = await signIn(credentials, word)
    expect(user?.id).toBe(idOf(name))
    expect(decodeJwt(String(session?.access_token))).toMatchObject({
      sub: idOf(name),
      role: 'authenticated',
      aal: 'aal1',
    })
    expect((await signIn(credentials, `${word}x`)).code).toBe('invalid_credentials')
  })

  test('keep what they wrote of themselves, and their identities', async () => {
    const { user } = await signIn({ email: emailOf('bcrypt') })
    expect(user?.user_metadata.full_name).toBe('Tab\there, "quoted" \\ and\nbroken')
    expect(user?.identities).toMatchObject([{ provider: 'email', identity_data: { email_verified: true } }])
  })

  test('go on with the session they had: its token renews it once, and a stolen one ends it', async () => {
    const client = app.client()
    const { data, error } = await client.auth.refreshSession({ refresh_token: 'hostedtoken3' })
    expect(error).toBeNull()
    expect(data.user?.id).toBe(idOf('bcrypt'))
    expect(decodeJwt(String(data.session?.access_token))).toMatchObject({
      session_id: '20000000-0000-4000-8000-000000000000',
      amr: [{ method: 'password', timestamp: Math.floor(Date.parse(at) / 1000) }],
    })
    const [{ id } = { id: 0 }] = await query(
      `select id::int from auth.refresh_tokens where token = '${data.session?.refresh_token}'`,
    )
    expect(id).toBeGreaterThan(4711)
    const stolen = await app.client().auth.refreshSession({ refresh_token: 'hostedtoken1' })
    expect(stolen.error?.code).toBe('refresh_token_already_used')
    expect((await client.auth.refreshSession()).error?.code).toBe('refresh_token_not_found')
  })

  test('prove their second factor', async () => {
    const { client } = await signIn({ email: emailOf('factor') })
    expect((await client.auth.mfa.getAuthenticatorAssuranceLevel()).data).toMatchObject({ nextLevel: 'aal2' })
    const code = new TOTP({ secret: Secret.fromBase32(secret) }).generate()
    const { data, error } = await client.auth.mfa.challengeAndVerify({ factorId: idOf('factor'), code })
    expect(error).toBeNull()
    expect(decodeJwt(String(data?.access_token))).toMatchObject({ aal: 'aal2' })
  })

  test('are told so where their second factor was encrypted by a key that stayed there', async () => {
    const { client } = await signIn({ email: emailOf('argon2') })
    const { error } = await client.auth.mfa.challengeAndVerify({ factorId: idOf('argon2'), code: '123456' })
    expect(error?.code).toBe('mfa_verification_failed')
  })

  test('follow a link and type a code that were mailed before', async () => {
    const link = await app.client().auth.verifyOtp({ token_hash: recoveryHash, type: 'recovery' })
    expect(link.data.user?.id).toBe(idOf('bcrypt'))
    const typed = { email: emailOf('argon2'), type: 'email' } as const
    expect((await app.client().auth.verifyOtp({ ...typed, token: '654321' })).error?.code).toBe('otp_expired')
    const code = await app.client().auth.verifyOtp({ ...typed, token: '123456' })
    expect(code.data.user?.id).toBe(idOf('argon2'))
  })

  test('stay out where they were kept out', async () => {
    expect((await signIn({ email: emailOf('banned') })).code).toBe('user_banned')
    expect((await signIn({ email: emailOf('google') })).code).toBe('invalid_credentials')
  })

  test('are there for administrators, triggers and foreign keys', async () => {
    const admin = createClient(app.app.url, app.app.config.keys.secretKey)
    const { data } = await admin.auth.admin.listUsers({ perPage: 100 })
    expect(data.users.map(({ id }) => id).toSorted()).toEqual(Object.values(ids).toSorted())
    // A dump loads as a replica does: triggers made their rows long ago.
    expect(await query('select count(*)::int as n from public.profile')).toEqual([{ n: 0 }])
    const fresh = await app.client().auth.signUp({ email: 'new@hosted.example', password })
    expect(await query('select id from public.profile')).toEqual([{ id: fresh.data.user?.id }])
    expect((await admin.auth.admin.deleteUser(idOf('firebase'))).error).toBeNull()
    expect(await query(`select 1 from auth.identities where user_id = '${idOf('firebase')}'`)).toEqual([])
  })
})
