import * as argon2 from '@node-rs/argon2'
import bcrypt from '@node-rs/bcrypt'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { useFixture } from '../support/fixture.ts'
import { type AuthFixture, createAuthFixture, mint, must, password, withFactors } from './auth-fixture.ts'

const auth = useFixture(() => createAuthFixture())

const plenty = {
  ...{ emailSent: 100, smsSent: 100, anonymousUsers: 100, tokenRefresh: 100 },
  ...{ signInSignUps: 100, tokenVerifications: 100, web3: 100, sso: 100 },
}

const tooMany = {
  status: 429,
  body: { code: 429, error_code: 'over_request_rate_limit', msg: 'Request rate limit reached' },
}

/** A request from an address, with its status and body. */
async function from(fixture: AuthFixture, ip: string | undefined, path: string, body: object, token?: string) {
  const response = await fixture.request(path, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: ip === undefined ? {} : { 'x-forwarded-for': ip },
    ...(token && { token }),
  })
  return { status: response.status, body: await response.json() }
}

describe('requests of one address', () => {
  test.each([
    ['/token?grant_type=refresh_token', { refresh_token: 'x' }, 'tokenRefresh'],
    ['/token?grant_type=password', { email: 'a@example.com', password }, 'tokenRefresh'],
    ['/token?grant_type=web3', {}, 'web3'],
    ['/signup', { email: 'bad' }, 'signInSignUps'],
    ['/signup', {}, 'anonymousUsers'],
    ['/otp', { email: 'bad' }, 'signInSignUps'],
    ['/magiclink', { email: 'bad' }, 'signInSignUps'],
    ['/recover', { email: 'bad' }, 'signInSignUps'],
    ['/resend', { email: 'bad' }, 'signInSignUps'],
    ['/verify', { type: 'email' }, 'tokenVerifications'],
  ] as const)('%s %j is limited by %s', async (path, body, key) => {
    await using own = auth.beside({ rateLimit: { ...plenty, [key]: 2 } })
    const statuses = []
    for (let request = 0; request < 3; request += 1) statuses.push((await from(own, '203.0.113.1', path, body)).status)
    expect(statuses.slice(0, 2)).not.toContain(429)
    expect(await from(own, '203.0.113.1', path, body)).toEqual(tooMany)
    // Others are not concerned, nor calls from within.
    expect((await from(own, '203.0.113.2', path, body)).status).not.toBe(429)
    expect((await from(own, undefined, path, body)).status).not.toBe(429)
  })

  test('each endpoint counts for itself, and what it refuses costs nothing there', async () => {
    await using own = auth.beside({ rateLimit: { ...plenty, signInSignUps: 1 } })
    await from(own, '203.0.113.1', '/otp', { email: 'bad' })
    expect((await from(own, '203.0.113.1', '/otp', { email: 'bad' })).status).toBe(429)
    expect((await from(own, '203.0.113.1', '/recover', { email: 'bad' })).status).toBe(400)
  })

  test('an IPv6 network is one caller', async () => {
    await using own = auth.beside({ rateLimit: { ...plenty, signInSignUps: 1 } })
    expect((await from(own, '2001:db8::1', '/otp', { email: 'bad' })).status).toBe(400)
    expect((await from(own, '2001:db8:0:0:aaaa::2', '/otp', { email: 'bad' })).status).toBe(429)
    expect((await from(own, '2001:db8:0:1::1', '/otp', { email: 'bad' })).status).toBe(400)
  })

  test('second factors are tried at most fifteen times a minute', async () => {
    await using own = auth.beside(withFactors)
    const { data } = await own.client().auth.signUp({ email: 'factors@example.com', password })
    const token = must(data.session).access_token
    const factor = await own.post('/factors', { factor_type: 'totp' }, token)
    const statuses = []
    for (let request = 0; request < 16; request += 1) {
      const proof = { challenge_id: factor.body.id, code: '000000' }
      statuses.push((await from(own, '203.0.113.1', `/factors/${factor.body.id}/verify`, proof, token)).status)
    }
    expect(statuses.slice(0, 15)).not.toContain(429)
    expect(statuses[15]).toBe(429)
  })
})

test('copies on one database count together', async () => {
  const limited = { rateLimit: { ...plenty, signInSignUps: 3 }, options: { shared: true } }
  await using one = auth.beside(limited)
  await using two = auth.beside(limited)
  const ask = (copy: AuthFixture) => from(copy, '203.0.113.5', '/otp', { email: 'bad' })
  const statuses = await Promise.all([ask(one), ask(two), ask(one)].map(async (asked) => (await asked).status))
  expect(statuses).toEqual([400, 400, 400])
  expect([(await ask(two)).status, (await ask(one)).status]).toEqual([429, 429])
})

describe('what is sent', () => {
  const smtp = { enabled: true, host: 'localhost', user: '', pass: '', adminEmail: '', senderName: '' }

  test('mails of a server of the project are limited for all together', async () => {
    await using own = auth.beside({
      rateLimit: { ...plenty, emailSent: 1 },
      email: { enableConfirmations: true, smtp },
    })
    expect((await own.post('/otp', { email: 'mail1@example.com' })).status).toBe(200)
    expect(await own.post('/otp', { email: 'mail2@example.com' })).toEqual({
      status: 429,
      body: { code: 429, error_code: 'over_email_send_rate_limit', msg: 'email rate limit exceeded' },
    })
  })

  test('so are text messages, and none is sent where none may be', async () => {
    const sms = { enableSignup: true, enableConfirmations: true }
    await using own = auth.beside({ rateLimit: { ...plenty, smsSent: 1 }, sms })
    expect((await own.post('/otp', { phone: '15550001111' })).status).toBe(200)
    expect(await own.post('/otp', { phone: '15550001112' })).toMatchObject({
      status: 429,
      body: { error_code: 'over_sms_send_rate_limit' },
    })
    await using silent = auth.beside({ rateLimit: { ...plenty, smsSent: 0 }, sms })
    expect((await silent.post('/otp', { phone: '15550001113' })).status).toBe(429)
  })
})

describe('where a CAPTCHA is wanted', () => {
  const asked: { url: string; form: URLSearchParams }[] = []
  const judge: typeof fetch = async (input, init) => {
    const form = init?.body as URLSearchParams
    asked.push({ url: String(input), form })
    if (form.get('response') === 'down') throw new TypeError('fetch failed')
    const success = form.get('response') === 'solved'
    return Response.json(success ? { success } : { success, 'error-codes': ['timeout-or-duplicate'] })
  }
  const captcha = { enabled: true, provider: 'turnstile', secret: ' captcha secret ' } as const
  let guarded: AuthFixture
  beforeAll(() => {
    guarded = auth.beside({ captcha, options: { fetch: judge } })
  })
  afterAll(() => guarded[Symbol.asyncDispose]())

  const gated = [
    ['/signup', { email: 'captcha@example.com', password }],
    ['/otp', { email: 'captcha2@example.com' }],
    ['/recover', { email: 'captcha@example.com' }],
    ['/resend', { type: 'signup', email: 'captcha@example.com' }],
    ['/token?grant_type=password', { email: 'captcha@example.com', password }],
  ] as const

  test.each(gated)('%s takes nothing without', async (path, body) => {
    const refused = (reason: string) => ({
      status: 400,
      body: { code: 400, error_code: 'captcha_failed', msg: `captcha protection: request disallowed (${reason})` },
    })
    expect(await guarded.post(path, body)).toEqual(refused('no captcha_token found'))
    const bad = { ...body, gotrue_meta_security: { captcha_token: 'guessed' } }
    expect(await guarded.post(path, bad)).toEqual(refused('timeout-or-duplicate'))
    const down = { ...body, gotrue_meta_security: { captcha_token: 'down' } }
    expect(await guarded.post(path, down)).toMatchObject({ status: 500, body: { error_code: 'unexpected_failure' } })
  })

  test('a solved one signs up and in, and the service is asked with the secret', async () => {
    const options = { captchaToken: 'solved' }
    const email = 'solver@example.com'
    expect((await guarded.client().auth.signUp({ email, password, options })).error).toBeNull()
    const { data } = await guarded.client().auth.signInWithPassword({ email, password, options })
    expect(data.user?.email).toBe(email)
    const last = must(asked.at(-1))
    expect(last.url).toBe('https://challenges.cloudflare.com/turnstile/v0/siteverify')
    expect(Object.fromEntries(last.form)).toMatchObject({ secret: 'captcha secret', response: 'solved' })
    // What follows from a sign-in needs none.
    const refresh_token = must(data.session).refresh_token
    expect((await guarded.post('/token?grant_type=refresh_token', { refresh_token })).status).toBe(200)
  })

  test('a service that has the secret key needs none', async () => {
    const token = await mint({ role: 'service_role' })
    expect((await guarded.post('/recover', { email: 'captcha@example.com' }, token)).status).toBe(200)
  })
})

describe('passwords that came from elsewhere', () => {
  // Firebase's published example, and hashes made by argon2's reference implementation and by GoTrue.
  test.each([
    [
      'firebase scrypt',
      'user1password',
      '$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk=jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==$42xEC+ixf3L2lw==$lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==',
    ],
    ['argon2id', 'test', () => argon2.hash('test', { algorithm: 2, memoryCost: 8192 })],
    ['argon2i', 'test', () => argon2.hash('test', { algorithm: 1, memoryCost: 8192 })],
    ['bcrypt of 2y', 'test', async () => (await bcrypt.hash('test', { cost: 4 })).replace('$2b$', '$2y$')],
  ])('%s', async (kind, word, made) => {
    const hash = typeof made === 'string' ? made : await made()
    const email = `${kind.replaceAll(' ', '')}@example.com`
    const { error } = await auth.admin.auth.admin.createUser({ email, password_hash: hash, email_confirm: true })
    expect(error).toBeNull()
    const sign = async (tried: string) =>
      (await auth.client().auth.signInWithPassword({ email, password: tried })).error
    expect(await sign(word)).toBeNull()
    expect((await sign(`${word}x`))?.code).toBe('invalid_credentials')
  })

  test.each([
    ['argon2d', '$argon2d$v=19$m=4096,t=3,p=1$c29tZXNhbHQ$aGFzaGhhc2g'],
    ['too much memory', '$argon2id$v=19$m=4194304,t=3,p=1$c29tZXNhbHQ$aGFzaGhhc2g'],
    ['too much time', '$argon2id$v=19$m=4096,t=99,p=1$c29tZXNhbHQ$aGFzaGhhc2g'],
    ['a huge scrypt', '$fbscrypt$v=1,n=30,r=8,p=1,ss=Bw==,sk=AAAA$AAAA$AAAA'],
    ['another version', '$fbscrypt$v=2,n=14,r=8,p=1,ss=Bw==,sk=AAAA$AAAA$AAAA'],
    ['plain text', 'hunter2'],
  ])('%s is no hash that is taken', async (_kind, password_hash) => {
    expect(
      await auth.post(
        '/admin/users',
        { email: 'odd@example.com', password_hash },
        await mint({ role: 'service_role' }),
      ),
    ).toMatchObject({ status: 400, body: { error_code: 'validation_failed' } })
  })
})
