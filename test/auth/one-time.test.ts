import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type AuthFixture,
  codeTo,
  createAuthFixture,
  follow,
  linkTo,
  must,
  newEmail,
  password,
} from './auth-fixture.ts'

let auth: AuthFixture
let strict: AuthFixture
beforeAll(async () => {
  auth = await createAuthFixture()
  strict = auth.beside({ email: { enableConfirmations: true } })
})
afterAll(async () => {
  await strict[Symbol.asyncDispose]()
  await auth[Symbol.asyncDispose]()
})

const someone = newEmail

/** A user whose address is confirmed. */
async function known(fixture = auth): Promise<string> {
  const email = someone()
  await fixture.admin.auth.admin.createUser({ email, password, email_confirm: true })
  return email
}

const fragmentOf = (url: URL) => new URLSearchParams(url.hash.slice(1))

describe('a link that signs in', () => {
  test('reaches a known user, works once, and says how it was', async () => {
    const email = await known()
    expect((await auth.client().auth.signInWithOtp({ email })).error).toBeNull()
    const link = linkTo(auth, email)
    expect(link.searchParams.get('type')).toBe('magiclink')
    const fragment = fragmentOf(await follow(auth, link))
    expect(fragment.get('type')).toBe('magiclink')
    expect(decodeJwt(must(fragment.get('access_token')))).toMatchObject({ email, amr: [{ method: 'otp' }] })
    expect(fragmentOf(await follow(auth, link)).get('error_code')).toBe('otp_expired')
  })

  test('makes a user of a stranger, who is confirmed once the mail was read', async () => {
    const email = someone()
    await strict.client().auth.signInWithOtp({ email, options: { data: { theme: 'dark' } } })
    const [before] = await auth.query('select email_confirmed_at from auth.users where email = $1', [email])
    expect(before).toEqual({ email_confirmed_at: null })
    const { data } = await strict.client().auth.verifyOtp({ email, token: codeTo(strict, email), type: 'email' })
    expect(data.user).toMatchObject({ email, user_metadata: { theme: 'dark', email_verified: true } })
  })

  test.each([
    ['an unknown address', { create_user: false }, 'otp_disabled'],
    ['a channel', { channel: 'sms' }, 'validation_failed'],
    ['no address', { email: '' }, 'validation_failed'],
    ['an address and a number', { phone: '+4915112345678' }, 'validation_failed'],
    ['half a challenge', { code_challenge: 'x'.repeat(43) }, 'validation_failed'],
    ['a short challenge', { code_challenge: 'x', code_challenge_method: 's256' }, 'validation_failed'],
    ['an unknown method', { code_challenge: 'x'.repeat(43), code_challenge_method: 'md5' }, 'validation_failed'],
  ])('is refused with %s', async (_name, extra, error_code) => {
    const answer = await auth.post('/otp', { email: someone(), ...extra })
    expect(answer).toMatchObject({ body: { error_code } })
    expect(answer.status).toBeGreaterThanOrEqual(400)
  })

  test('comes at most so often', async () => {
    const email = await known()
    expect(await auth.post('/magiclink', { email })).toEqual({ status: 200, body: {} })
    const again = await auth.post('/otp', { email })
    expect(again).toMatchObject({ status: 429, body: { error_code: 'over_email_send_rate_limit' } })
  })
})

test.each([
  ['/otp', 'Only an email address or phone number should be provided'],
  ['/resend', 'Only an email address or phone number should be provided.'],
])('%s is for one of the two', async (path, msg) => {
  const answer = await auth.post(path, { type: 'signup', email: 'a@example.com', phone: '15551234567' })
  expect(answer).toEqual({ status: 400, body: { code: 400, error_code: 'validation_failed', msg } })
})

test.each([
  ['/magiclink', {}, 422, 'Password recovery requires an email'],
  ['/otp', {}, 400, 'One of email or phone must be set'],
  ['/recover', {}, 400, 'Password recovery requires an email'],
  ['/verify', { type: 'signup', token: '123456', email: 'nobody' }, 422, 'Invalid email format'],
  ['/otp', { email: 'nobody' }, 400, 'Unable to validate email address: invalid format'],
])('%s with %j is refused in the words of GoTrue', async (path, body, status, msg) => {
  expect(await auth.post(path, body)).toEqual({ status, body: { code: status, error_code: 'validation_failed', msg } })
})

describe('a code from a mail', () => {
  test('signs in, once', async () => {
    const email = await known()
    const client = auth.client()
    await client.auth.signInWithOtp({ email })
    const token = codeTo(auth, email)
    expect(token).toMatch(/^\d{6}$/)
    const { data, error } = await client.auth.verifyOtp({ email, token, type: 'email' })
    expect(error).toBeNull()
    expect(data.session?.user.email).toBe(email)
    const again = await client.auth.verifyOtp({ email, token, type: 'email' })
    expect(again.error).toMatchObject({
      status: 403,
      code: 'otp_expired',
      message: 'Token has expired or is invalid',
    })
  })

  test('may be guessed five times; the link stays good', async () => {
    const email = await known()
    await auth.client().auth.signInWithOtp({ email })
    const token = codeTo(auth, email)
    const wrong = token === '000000' ? '000001' : '000000'
    for (let tries = 0; tries < 5; tries += 1) {
      expect(await auth.post('/verify', { email, token: wrong, type: 'email' })).toMatchObject({ status: 403 })
    }
    expect(await auth.post('/verify', { email, token, type: 'email' })).toMatchObject({ status: 403 })
    expect(fragmentOf(await follow(auth, linkTo(auth, email))).has('access_token')).toBe(true)
  })

  test('is as long as it was sent: no part of it will do, nor more', async () => {
    const email = await known()
    await auth.client().auth.signInWithOtp({ email })
    const token = codeTo(auth, email)
    for (const part of [token.slice(2), token.slice(1), `0${token}`, `${token} `]) {
      expect(await auth.post('/verify', { email, token: part, type: 'email' })).toMatchObject({ status: 403 })
    }
    expect(await auth.post('/verify', { email, token, type: 'email' })).toMatchObject({ status: 200 })
    await using longer = auth.beside({ email: { otpLength: 8 } })
    longer.pass(61)
    await longer.client().auth.resetPasswordForEmail(email)
    const eight = must(/\b\d{8}\b/.exec(must(longer.inbox.mails.at(-1)).html)?.[0])
    expect(await longer.post('/verify', { email, token: eight.slice(2), type: 'recovery' })).toMatchObject({
      status: 403,
    })
    expect(await longer.post('/verify', { email, token: eight, type: 'recovery' })).toMatchObject({ status: 200 })
  })

  test('is of no use for another address or another type', async () => {
    const [email, other] = [await known(), await known()]
    await auth.client().auth.signInWithOtp({ email })
    const token = codeTo(auth, email)
    expect(await auth.post('/verify', { email: other, token, type: 'email' })).toMatchObject({ status: 403 })
    expect(await auth.post('/verify', { email, token, type: 'signup' })).toMatchObject({ status: 403 })
    expect(await auth.post('/verify', { email, token, type: 'sms' })).toMatchObject({ status: 403 })
    expect(await auth.post('/verify', { email, token, type: 'email' })).toMatchObject({ status: 200 })
  })

  test('expires', async () => {
    const email = await known()
    await auth.client().auth.signInWithOtp({ email })
    const token = codeTo(auth, email)
    auth.pass(3601)
    expect(await auth.post('/verify', { email, token, type: 'email' })).toMatchObject({ status: 403 })
  })

  test.each([
    [{ type: '' }],
    [{ token: '' }],
    [{ token_hash: 'both' }],
    [{ email: '' }],
    [{ phone: '4915112345678' }],
    [{ token: '', token_hash: 'x' }],
  ])('needs the right fields: %j is refused', async (extra) => {
    const answer = await auth.post('/verify', { type: 'email', email: 'a@example.com', token: '123456', ...extra })
    expect(answer).toMatchObject({ status: 400, body: { error_code: 'validation_failed' } })
  })
})

describe('a forgotten password', () => {
  test('is replaced by whoever gets the mail', async () => {
    const email = await known()
    const client = auth.client()
    const redirectTo = 'https://app.example.com/new-password'
    expect((await client.auth.resetPasswordForEmail(email, { redirectTo })).error).toBeNull()
    const target = await follow(auth, linkTo(auth, email))
    expect(target.href).toMatch(/^https:\/\/app\.example\.com\/new-password#/)
    const fragment = fragmentOf(target)
    expect(fragment.get('type')).toBe('recovery')
    await client.auth.setSession({
      access_token: must(fragment.get('access_token')),
      refresh_token: must(fragment.get('refresh_token')),
    })
    expect((await client.auth.updateUser({ password: 'remembered now' })).error).toBeNull()
    const again = await auth.client().auth.signInWithPassword({ email, password: 'remembered now' })
    expect(again.error).toBeNull()
  })

  test('tells nothing about strangers', async () => {
    const sent = auth.inbox.mails.length
    expect(await auth.post('/recover', { email: someone() })).toEqual({ status: 200, body: {} })
    expect(auth.inbox.mails).toHaveLength(sent)
  })

  test('needs an address', async () => {
    expect(await auth.post('/recover', {})).toMatchObject({ status: 400, body: { error_code: 'validation_failed' } })
  })
})

describe('what was not confirmed', () => {
  test('is sent again; the earlier link is worth nothing then', async () => {
    const email = someone()
    await strict.client().auth.signUp({ email, password })
    const first = linkTo(strict, email)
    strict.pass(61)
    expect((await strict.client().auth.resend({ type: 'signup', email })).error).toBeNull()
    expect(fragmentOf(await follow(strict, first)).get('error_code')).toBe('otp_expired')
    expect(fragmentOf(await follow(strict, linkTo(strict, email))).get('type')).toBe('signup')
    const sent = strict.inbox.mails.length
    expect((await strict.client().auth.resend({ type: 'signup', email })).error).toBeNull()
    expect(strict.inbox.mails).toHaveLength(sent)
  })

  test('a change of address, too', async () => {
    const email = await known(strict)
    const client = strict.client()
    await client.auth.signInWithPassword({ email, password })
    const wanted = someone()
    await client.auth.updateUser({ email: wanted })
    strict.pass(61)
    expect((await client.auth.resend({ type: 'email_change', email })).error).toBeNull()
    await client.auth.verifyOtp({ email: wanted, token: codeTo(strict, wanted), type: 'email_change' })
    const { data } = await client.auth.verifyOtp({ email, token: codeTo(strict, email), type: 'email_change' })
    expect(data.user?.email).toBe(wanted)
  })

  test.each([
    [{ type: 'recovery', email: 'a@example.com' }],
    [{ type: 'signup' }],
    [{ type: 'sms' }],
    [{ type: 'email_change' }],
    [{ type: 'sms', phone: '4915112345678' }],
  ])('%j is refused', async (body) => {
    expect(await strict.post('/resend', body)).toMatchObject({ status: 400 })
  })
})

describe('with PKCE', () => {
  test('a link leads to a code that only the client that asked can redeem', async () => {
    const email = await known()
    const client = auth.client({ flowType: 'pkce' })
    await client.auth.signInWithOtp({ email, options: { emailRedirectTo: 'https://app.example.com/in?a=1' } })
    const target = await follow(auth, linkTo(auth, email))
    expect(target.hash).toBe('')
    expect(target.href).toMatch(/^https:\/\/app\.example\.com\/in\?a=1&code=[0-9a-f-]{36}$/)
    const code = must(target.searchParams.get('code'))
    const thief = await auth.post('/token?grant_type=pkce', { auth_code: code, code_verifier: 'x'.repeat(56) })
    expect(thief).toMatchObject({ status: 400, body: { error_code: 'bad_code_verifier' } })
    const { data, error } = await client.auth.exchangeCodeForSession(code)
    expect(error).toBeNull()
    expect(decodeJwt(must(data.session).access_token)).toMatchObject({ email, amr: [{ method: 'magiclink' }] })
    const again = await auth.post('/token?grant_type=pkce', { auth_code: code, code_verifier: 'x'.repeat(56) })
    expect(again).toMatchObject({ status: 404, body: { error_code: 'flow_state_not_found' } })
  })

  test.each([
    ['sign-up', 'email/signup', (client, email) => client.auth.signUp({ email, password })],
    ['recovery', 'recovery', (client, email) => client.auth.resetPasswordForEmail(email)],
  ] satisfies [string, string, (client: ReturnType<AuthFixture['client']>, email: string) => Promise<unknown>][])(
    'so does one of %s',
    async (name, method, ask) => {
      const email = name === 'recovery' ? await known(strict) : someone()
      const client = strict.client({ flowType: 'pkce' })
      await ask(client, email)
      const code = must((await follow(strict, linkTo(strict, email))).searchParams.get('code'))
      const { data, error } = await client.auth.exchangeCodeForSession(code)
      expect(error).toBeNull()
      expect(decodeJwt(must(data.session).access_token)).toMatchObject({ email, amr: [{ method }] })
    },
  )

  test('a code is good for five minutes from when the link was followed', async () => {
    const email = await known()
    const client = auth.client({ flowType: 'pkce' })
    await client.auth.signInWithOtp({ email })
    auth.pass(600)
    const code = must((await follow(auth, linkTo(auth, email))).searchParams.get('code'))
    auth.pass(301)
    const { error } = await client.auth.exchangeCodeForSession(code)
    expect(error).toMatchObject({ status: 422, code: 'flow_state_expired' })
  })

  test('a link that is no good says so in the query, where such clients look', async () => {
    const link = new URL('http://127.0.0.1:54321/auth/v1/verify?token=pkce_nothing&type=magiclink')
    const target = await follow(auth, link)
    expect(target.searchParams.get('error_code')).toBe('otp_expired')
    expect(fragmentOf(target).get('error_code')).toBe('otp_expired')
  })

  test('the code of the mail still signs in', async () => {
    const email = await known()
    const client = auth.client({ flowType: 'pkce' })
    await client.auth.signInWithOtp({ email })
    const { data } = await client.auth.verifyOtp({ email, token: codeTo(auth, email), type: 'email' })
    expect(data.session).not.toBeNull()
  })

  test.each([[{}], [{ auth_code: 'x' }], [{ code_verifier: 'x' }]])('%j is refused', async (body) => {
    expect(await auth.post('/token?grant_type=pkce', body)).toMatchObject({ status: 400 })
  })
})
