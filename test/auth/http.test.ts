import { getRequestListener } from '@hono/node-server'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { useFixture } from '../support/fixture.ts'
import { serveOnLoopback } from '../support/loopback-server.ts'
import { type AuthFixture, anonKey, createAuthFixture, must, password, serviceRoleKey } from './auth-fixture.ts'

const auth = useFixture(() => createAuthFixture())

test('works over a real connection, from sign-up to sign-out', async () => {
  await using server = await serveOnLoopback(getRequestListener(auth.service.fetch))
  const client = auth.client({
    fetch: (input, init) => fetch(String(input).replace(/^.*\/auth\/v1/, server.url), init),
  })
  const email = 'wire@example.com'
  const { data } = await client.auth.signUp({ email, password })
  expect(data.user?.email).toBe(email)
  expect((await client.auth.updateUser({ data: { name: 'Wire' } })).error).toBeNull()
  expect((await client.auth.refreshSession()).data.user?.user_metadata).toMatchObject({ name: 'Wire' })
  expect((await client.auth.getUser()).data.user?.email).toBe(email)
  expect((await client.auth.signOut()).error).toBeNull()
  const wrong = await client.auth.signInWithPassword({ email, password: 'wrong one' })
  expect(wrong.error).toMatchObject({ status: 400, code: 'invalid_credentials' })
})

describe('what anyone may ask', () => {
  test('health', async () => {
    const response = await auth.request('/health')
    expect(await response.json()).toEqual({
      version: expect.any(String),
      name: 'GoTrue',
      description: 'GoTrue is a user registration and authentication API',
    })
  })

  test('settings', async () => {
    await using closed = auth.beside({
      enableSignup: false,
      enableAnonymousSignIns: false,
      email: { enableConfirmations: true },
      sms: { twilio: { enabled: true, accountSid: 'x', messageServiceSid: 'x' } },
    })
    const settings = async ({ request }: AuthFixture) => await (await request('/settings')).json()
    expect(await settings(auth)).toMatchObject({
      external: { email: true, anonymous_users: true, google: false, phone: false },
      disable_signup: false,
      mailer_autoconfirm: true,
      sms_provider: '',
      saml_enabled: false,
    })
    expect(await settings(closed)).toMatchObject({
      external: { email: true, anonymous_users: false },
      disable_signup: true,
      mailer_autoconfirm: false,
      sms_provider: 'twilio',
    })
  })

  test('public keys: none where tokens are signed with the secret', async () => {
    expect(await (await auth.request('/.well-known/jwks.json')).json()).toEqual({ keys: [] })
  })

  test('no answer with tokens or people in it may be kept by a cache', async () => {
    const response = await auth.request('/signup', { method: 'POST', body: '{}' })
    expect(response.headers.get('cache-control')).toBe('no-store')
  })
})

describe('what is switched off', () => {
  test.each([
    ['sign-up', { enableSignup: false }, { email: 'a@example.com', password }, 422, 'signup_disabled'],
    ['any sign-up', { enableSignup: false }, {}, 422, 'signup_disabled'],
    ['anonymous sign-in', { enableAnonymousSignIns: false }, {}, 422, 'anonymous_provider_disabled'],
    [
      'sign-up by mail',
      { email: { enableSignup: false } },
      { email: 'a@b.c', password },
      400,
      'email_provider_disabled',
    ],
  ])('%s', async (_name, settings, body, status, code) => {
    await using closed = auth.beside(settings)
    expect(await closed.post('/signup', body)).toMatchObject({ status, body: { error_code: code } })
  })

  test('sign-in by mail', async () => {
    await using closed = auth.beside({ email: { enableSignup: false } })
    expect(await closed.post('/token?grant_type=password', { email: 'a@b.c', password })).toMatchObject({
      status: 422,
      body: { error_code: 'email_provider_disabled' },
    })
  })
})

describe('rules for passwords', () => {
  test.each([
    ['letters_digits', 'abcdefgh', ['characters']],
    ['letters_digits', 'abcdefg1', undefined],
    ['lower_upper_letters_digits', 'abcdefg1', ['characters']],
    ['lower_upper_letters_digits', 'Abcdefg1', undefined],
    ['lower_upper_letters_digits_symbols', 'Abcdefg1', ['characters']],
    ['lower_upper_letters_digits_symbols', 'Abcdefg1!', undefined],
    ['lower_upper_letters_digits_symbols', 'abc', ['length', 'characters']],
    ['', 'abcdefg', ['length']],
    ['', 'abcdefgh', undefined],
  ] as const)('%j: %s', async (passwordRequirements, chosen, reasons) => {
    await using strict = auth.beside({ passwordRequirements, minimumPasswordLength: 8 })
    const { error } = await strict
      .client()
      .auth.signUp({ email: `${crypto.randomUUID()}@example.com`, password: chosen })
    if (reasons) expect(error).toMatchObject({ name: 'AuthWeakPasswordError', status: 422, reasons })
    else expect(error).toBeNull()
  })
})

describe('what is not built', () => {
  test.each([
    ['GET', '/authorize?provider=google', 400, 'validation_failed'],
    ['POST', '/sso', 404, 'saml_provider_disabled'],
    ['POST', '/sso/saml/acs', 404, 'saml_provider_disabled'],
    ['POST', '/passkeys/authentication/options', 404, 'passkey_disabled'],
    ['GET', '/oauth/authorize', 404, 'feature_disabled'],
    ['GET', '/scim/v2/Users', 404, 'feature_disabled'],
    ['GET', '/nowhere', 404, 'not_found'],
    ['GET', '/__proto__', 404, 'not_found'],
    ['GET', '/%', 404, 'not_found'],
  ])("%s %s says so in the API's own shape", async (method, path, status, code) => {
    const response = await auth.request(path, { method, token: path.startsWith('/admin') ? serviceRoleKey : anonKey })
    expect(response.status).toBe(status)
    expect(await response.json()).toEqual({ code: status, error_code: code, msg: expect.any(String) })
  })
})

test.each([
  ['DELETE', '/signup', 'POST'],
  ['PATCH', '/verify', 'GET, POST'],
  ['GET', '/admin/users/x/factors/y', 'PUT, DELETE'],
])('%s %s is no way to ask', async (method, path, allowed) => {
  const response = await auth.request(path, { method, token: serviceRoleKey })
  expect([response.status, response.headers.get('allow'), await response.text()]).toEqual([405, allowed, ''])
})

describe('where a link may lead', () => {
  const site = 'http://127.0.0.1:3000/'
  const target = async (wanted: string) => {
    const query = new URLSearchParams({ type: 'signup', token: 'unknown', redirect_to: wanted })
    const { headers } = await auth.request(`/verify?${query}`)
    return must(headers.get('location')?.split('#')[0])
  }

  test.each([
    'http://127.0.0.1:3000/welcome?a=1',
    'http://127.0.0.1:8081/other-port-of-loopback',
    'https://127.0.0.1:3000/',
    'myapp://callback',
    'https://app.example.com/deep/er/page?x=y',
  ])('%s is allowed', async (wanted) => {
    expect(await target(wanted)).toBe(wanted)
  })

  test.each([
    'https://evil.test/',
    'http://127.0.0.1.evil.test:3000/',
    'http://127.0.0.1:3000@evil.test/',
    'http://evil.test\\@127.0.0.1:3000/',
    'https://example.com.evil.test/',
    'https://evil.test/.example.com/x',
    'https://evil.test?.example.com/x',
    'https://evil.test#.example.com/x',
    'https://a.b.example.com/x',
    'https://3232235777:3000/',
    'http://10.0.0.1:3000/',
    'http://[::ffff:10.0.0.1]/',
    '//evil.test/',
    '/relative',
    'javascript:alert(1)',
    'data:text/html,x',
    'myapp://callback.evil',
    'myapp:callback',
    'not a url',
    '',
  ])('%j leads to the site instead', async (wanted) => {
    expect(await target(wanted)).toBe(site)
  })

  test('nothing else on the web is reached, whatever it looks like', async () => {
    await fc.assert(
      fc.asyncProperty(fc.webUrl({ withQueryParameters: true, withFragments: true }), async (wanted) => {
        fc.pre(!/^https:\/\/[^./]+\.example\.com\//.test(new URL(wanted).href))
        expect(await target(wanted)).toBe(site)
      }),
      { numRuns: 40 },
    )
  })
})
