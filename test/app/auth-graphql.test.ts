import { Secret, TOTP } from 'otpauth'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestApp, type TestApp } from '../support/app.ts'

let app: TestApp
beforeAll(async () => {
  app = await createTestApp({
    files: {
      'supabase/config.toml': `
        project_id = "auth-graphql"
        [inbucket]
        enabled = false
        [auth.email]
        enable_signup = true
        [auth.sms]
        enable_signup = true
        enable_confirmations = true
        [auth.sms.test_otp]
        15550001234 = "123456"
        [auth.mfa.totp]
        enroll_enabled = true
        verify_enabled = true
        [auth.external.github]
        enabled = true
        client_id = "app"
        secret = "secret"`,
    },
  })
})
afterAll(() => app.close())

const password = 'correct horse battery'
const ask = async (document: string, variables: object = {}, token?: string) => {
  const { url, config } = app.app
  const response = await fetch(`${url}/graphql/v1`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      apikey: config.keys.publishableKey,
      ...(token && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ query: document, variables }),
  })
  return await response.json()
}

const session = '{ user { id phone } session { accessToken refreshToken } }'

test('a code by text message signs in', async () => {
  expect(await ask('mutation { signInWithOtp(phone: "+15550001234") }')).toEqual({ data: { signInWithOtp: true } })
  const wrong = await ask(`mutation { verifyOtp(type: "sms", phone: "15550001234", token: "000000") ${session} }`)
  expect(wrong.errors[0].extensions.code).toBe('otp_expired')
  const { data } = await ask(`mutation { verifyOtp(type: "sms", phone: "15550001234", token: "123456") ${session} }`)
  expect(data.verifyOtp.user.phone).toBe('15550001234')
  expect(await ask('{ viewer { phone } }', {}, data.verifyOtp.session.accessToken)).toEqual({
    data: { viewer: { phone: '15550001234' } },
  })
})

test('a provider is opened in the browser', async () => {
  const { data } = await ask('mutation { signInWithOAuth(provider: "github", scopes: "repo") }')
  const response = await fetch(data.signInWithOAuth, { redirect: 'manual' })
  const location = new URL(String(response.headers.get('location')))
  expect([response.status, location.origin, location.searchParams.get('client_id')]).toEqual([
    302,
    'https://github.com',
    'app',
  ])
})

test('an ID token of a provider that is not enabled is refused', async () => {
  const { errors } = await ask(`mutation { signInWithIdToken(provider: "google", token: "x") ${session} }`)
  expect(errors[0].extensions.status).toBe(400)
})

test('a second factor raises the session, and goes again', async () => {
  const signedUp = await ask(`mutation { signUp(email: "factor@example.com", password: "${password}") ${session} }`)
  const token = signedUp.data.signUp.session.accessToken
  const enrolled = await ask('mutation { enrollTotp(friendlyName: "phone") { id secret uri qrCode } }', {}, token)
  const { id, secret, qrCode } = enrolled.data.enrollTotp
  expect(qrCode).toMatch(/^data:image\/svg/)
  const code = new TOTP({ secret: Secret.fromBase32(secret) }).generate()
  const verify = `mutation($id: UUID!, $code: String!) { verifyFactor(factorId: $id, code: $code) ${session} }`
  const wrong = await ask(verify, { id, code: '000000' }, token)
  expect(wrong.errors[0].extensions.code).toBe('mfa_verification_failed')
  const { data } = await ask(verify, { id, code }, token)
  const raised = data.verifyFactor.session.accessToken
  expect(JSON.parse(Buffer.from(raised.split('.')[1], 'base64url').toString()).aal).toBe('aal2')
  const gone = await ask('mutation($id: UUID!) { unenrollFactor(factorId: $id) }', { id }, raised)
  expect(gone).toEqual({ data: { unenrollFactor: true } })
})

test('a forgotten password says nothing of accounts, and nobody enrols without signing in', async () => {
  const forgotten = await ask('mutation { resetPassword(email: "nobody@example.com") }')
  expect(forgotten).toEqual({ data: { resetPassword: true } })
  expect((await ask('mutation { enrollTotp { id } }')).errors[0].extensions.code).toBe('UNAUTHENTICATED')
})
