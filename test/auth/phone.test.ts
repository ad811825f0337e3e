import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type AuthFixture, codeTo, createAuthFixture, must, newPhone, password } from './auth-fixture.ts'

let auth: AuthFixture
let strict: AuthFixture
beforeAll(async () => {
  auth = await createAuthFixture({ sms: { enableSignup: true } })
  strict = auth.beside({ sms: { enableSignup: true, enableConfirmations: true } })
})
afterAll(async () => {
  await strict[Symbol.asyncDispose]()
  await auth[Symbol.asyncDispose]()
})

const someone = newPhone

describe('where numbers need no confirmation', () => {
  test('a number and a password sign up and in', async () => {
    const phone = someone()
    const { data, error } = await auth.client().auth.signUp({ phone: `+${phone}`, password })
    expect(error).toBeNull()
    expect(data.user).toMatchObject({
      phone,
      email: '',
      phone_confirmed_at: expect.any(String),
      app_metadata: { provider: 'phone', providers: ['phone'] },
      identities: [{ provider: 'phone', identity_data: { sub: expect.any(String) } }],
    })
    expect(decodeJwt(must(data.session).access_token)).toMatchObject({ phone, amr: [{ method: 'password' }] })
    expect((await auth.client().auth.signInWithPassword({ phone, password })).error).toBeNull()
    const wrong = await auth.client().auth.signInWithPassword({ phone, password: 'not it' })
    expect(wrong.error).toMatchObject({ status: 400, code: 'invalid_credentials' })
    const again = await auth.client().auth.signUp({ phone, password })
    expect(again.error).toMatchObject({ status: 422, code: 'user_already_exists' })
  })

  test('a signed-in user takes a number at once', async () => {
    const client = auth.client()
    await client.auth.signUp({ email: 'number@example.com', password })
    const phone = someone()
    const { data, error } = await client.auth.updateUser({ phone })
    expect(error).toBeNull()
    expect(data.user).toMatchObject({ phone, app_metadata: { providers: ['email', 'phone'] } })
  })

  test('an anonymous user becomes permanent by a number', async () => {
    const client = auth.client()
    await client.auth.signInAnonymously()
    const { data } = await client.auth.updateUser({ phone: someone(), password })
    expect(data.user).toMatchObject({ is_anonymous: false })
  })

  test("another user's number is refused", async () => {
    const phone = someone()
    await auth.client().auth.signUp({ phone, password })
    const client = auth.client()
    await client.auth.signUp({ email: 'envious@example.com', password })
    expect((await client.auth.updateUser({ phone })).error).toMatchObject({ status: 422, code: 'phone_exists' })
  })
})

describe('where numbers are confirmed', () => {
  test('a code signs up, and signs in later', async () => {
    const phone = someone()
    const client = strict.client()
    const { data } = await client.auth.signUp({ phone, password })
    expect(data.session).toBeNull()
    const early = await client.auth.signInWithPassword({ phone, password })
    expect(early.error).toMatchObject({ status: 400, code: 'phone_not_confirmed' })
    const confirmed = await client.auth.verifyOtp({ phone, token: codeTo(strict, phone), type: 'sms' })
    expect(confirmed.data.user).toMatchObject({ phone, phone_confirmed_at: expect.any(String) })
    expect((await client.auth.signInWithPassword({ phone, password })).error).toBeNull()

    strict.pass(10)
    await client.auth.signInWithOtp({ phone })
    const { error } = await client.auth.verifyOtp({ phone, token: codeTo(strict, phone), type: 'sms' })
    expect(error).toBeNull()
  })

  test('a stranger is not told which numbers are known', async () => {
    const phone = someone()
    const client = strict.client()
    await client.auth.signUp({ phone, password })
    await client.auth.verifyOtp({ phone, token: codeTo(strict, phone), type: 'sms' })
    const { data, error } = await client.auth.signUp({ phone, password: 'another one' })
    expect(error).toBeNull()
    expect(data.user).toMatchObject({ phone, email: '', identities: [] })
  })

  test('messages come at most so often', async () => {
    const phone = someone()
    expect(await strict.post('/otp', { phone })).toMatchObject({ status: 200 })
    expect(await strict.post('/otp', { phone })).toMatchObject({
      status: 429,
      body: { error_code: 'over_sms_send_rate_limit' },
    })
    strict.pass(6)
    expect(await strict.post('/resend', { type: 'sms', phone })).toMatchObject({ status: 200 })
  })

  test('a number for tests gets no message, and has its code', async () => {
    const phone = '15550000001'
    const testOtp = { [phone]: '424242' }
    await using fixed = auth.beside({ sms: { enableSignup: true, enableConfirmations: true, testOtp } })
    const sent = fixed.inbox.mails.length
    const { data } = await fixed.client().auth.signInWithOtp({ phone: `+${phone}` })
    expect(data).toMatchObject({ messageId: 'test-otp' })
    expect(fixed.inbox.mails).toHaveLength(sent)
    expect(await fixed.post('/verify', { phone, token: '000000', type: 'sms' })).toMatchObject({ status: 403 })
    const { data: signedIn } = await fixed.client().auth.verifyOtp({ phone, token: '424242', type: 'sms' })
    expect(signedIn.user?.phone).toBe(phone)
    // A project that names such numbers is not surprised by messages to others: those need a provider.
    expect(await fixed.post('/otp', { phone: someone() })).toMatchObject({
      status: 500,
      body: { msg: 'Unable to get SMS provider' },
    })
  })

  test('a new number is confirmed before it counts', async () => {
    const client = strict.client()
    await client.auth.signUp({ email: 'mover@example.com', password })
    const phone = someone()
    const { data } = await client.auth.updateUser({ phone })
    expect(data.user).toMatchObject({ phone: '', new_phone: phone })
    const { data: moved } = await client.auth.verifyOtp({ phone, token: codeTo(strict, phone), type: 'phone_change' })
    expect(moved.user).toMatchObject({ phone, identities: [{ provider: 'email' }, { provider: 'phone' }] })
    expect(moved.user).not.toHaveProperty('new_phone')
  })
})

test.each([
  ['an unknown number', { phone: '15559999999', token: '123456', type: 'sms' }, 403, 'otp_expired'],
  ['no number', { phone: '+1-invalid', token: '123456', type: 'sms' }, 400, 'validation_failed'],
])('a code for %s is refused', async (_name, body, status, error_code) => {
  expect(await auth.post('/verify', body)).toMatchObject({ status, body: { error_code } })
})

test('where nothing carries messages, the request fails, and asking again may work', async () => {
  await using silent = await createAuthFixture(
    { sms: { enableSignup: true, enableConfirmations: true } },
    { send: () => Promise.reject(new Error('no carrier')) },
  )
  const phone = someone()
  for (const _ of ['first', 'at once again']) {
    const answer = await silent.post('/otp', { phone })
    expect(answer).toMatchObject({ status: 422, body: { error_code: 'sms_send_failed' } })
  }
})
