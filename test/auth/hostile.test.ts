import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type AuthFixture, createAuthFixture, follow, linkTo, must, password, serviceRoleKey } from './auth-fixture.ts'

let auth: AuthFixture
let token: string
beforeAll(async () => {
  auth = await createAuthFixture()
  const { data } = await auth.client().auth.signUp({ email: 'victim@example.com', password })
  token = must(data.session).access_token
})
afterAll(() => auth[Symbol.asyncDispose]())

const email = 'hostile@example.com'

describe('bodies', () => {
  const raw = async (body: BodyInit | undefined, path = '/signup') => {
    const init = {
      method: 'POST',
      ...(body !== undefined && { body }),
      ...(body instanceof ReadableStream && { duplex: 'half' }),
    }
    const response = await auth.request(path, init)
    return { status: response.status, body: await response.json() }
  }
  const bytes = (count: number) =>
    new ReadableStream<Uint8Array>({
      start(controller) {
        for (let sent = 0; sent < count; sent += 65_536) controller.enqueue(new Uint8Array(65_536).fill(32))
        controller.close()
      },
    })

  test.each<readonly [string, BodyInit | undefined, number, string]>([
    ['nothing', undefined, 400, 'bad_json'],
    ['no JSON', 'email=a&password=b', 400, 'bad_json'],
    ['half of it', '{"email":', 400, 'bad_json'],
    ['a list', '[]', 400, 'bad_json'],
    ['a text', '"x"', 400, 'bad_json'],
    ['a list for an address', JSON.stringify({ email: [email], password }), 400, 'bad_json'],
    ['an object for an address', JSON.stringify({ email: { a: 1 }, password }), 400, 'bad_json'],
    ['a number for a password', JSON.stringify({ email, password: 12345678 }), 400, 'bad_json'],
    ['a list for metadata', JSON.stringify({ email, password, data: [] }), 400, 'bad_json'],
    ['a text for metadata', JSON.stringify({ email, password, data: 'x' }), 400, 'bad_json'],
    ['NUL in an address', JSON.stringify({ email: 'a\0@example.com', password }), 400, 'validation_failed'],
    ['NUL in a password', JSON.stringify({ email, password: 'passwo\0rd' }), 400, 'validation_failed'],
    ['NUL in metadata', JSON.stringify({ email, password, data: { a: ['\0'] } }), 400, 'validation_failed'],
    ['NUL in a key', JSON.stringify({ email, password, data: { '\0': 1 } }), 400, 'validation_failed'],
    ['deep nesting', `{"data":${'['.repeat(50_000)}${']'.repeat(50_000)}}`, 400, 'bad_json'],
    [
      'more than a megabyte',
      JSON.stringify({ email, password, data: { a: 'x'.repeat(1 << 20) } }),
      413,
      'request_entity_too_large',
    ],
    ['more than a megabyte, unannounced', bytes(2 << 20), 413, 'request_entity_too_large'],
    ['large metadata', JSON.stringify({ email, password, data: { a: 'x'.repeat(40_000) } }), 400, 'validation_failed'],
    [
      'wide metadata',
      JSON.stringify({ email, password, data: { a: Array(200_000).fill(0) } }),
      400,
      'validation_failed',
    ],
    ['no password', JSON.stringify({ email }), 400, 'validation_failed'],
    ['a weak password', JSON.stringify({ email, password: 'abc' }), 422, 'weak_password'],
    ['a password of 73 bytes', JSON.stringify({ email, password: 'x'.repeat(73) }), 400, 'validation_failed'],
    [
      'a password of 72 characters, but more bytes',
      JSON.stringify({ email, password: 'é'.repeat(72) }),
      400,
      'validation_failed',
    ],
    ['a phone number', JSON.stringify({ phone: '+4915112345678', password }), 400, 'phone_provider_disabled'],
    ['address and number', JSON.stringify({ email, phone: '+4915112345678', password }), 400, 'validation_failed'],
  ])('%s is refused', async (_name, body, status, code) => {
    expect(await raw(body)).toMatchObject({ status, body: { code: status, error_code: code, msg: expect.any(String) } })
  })

  test.each([
    'plain',
    '@example.com',
    'a@',
    'a b@example.com',
    'a@exa mple.com',
    'a@-example.com',
    'a@example..com',
    'a@example.com\r\nBcc: all@example.com',
    'a@example.com,b@example.com',
    '"a"@example.com',
    'ä@example.com',
    `${'a'.repeat(250)}@example.com`,
  ])('%j is no address', async (address) => {
    expect(await auth.post('/signup', { email: address, password })).toMatchObject({
      status: 400,
      body: { error_code: 'validation_failed' },
    })
  })

  test('keys that mean something to JavaScript are only keys', async () => {
    const body = `{"email":"proto@example.com","password":"${password}","__proto__":{"admin":true},
      "data":{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"toString":"x"}}`
    const { status, body: session } = await raw(body)
    expect(status).toBe(200)
    expect(Object.keys(session.user.user_metadata)).toEqual(
      expect.arrayContaining(['__proto__', 'constructor', 'toString']),
    )
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
    expect(session.user.role).toBe('authenticated')
    const answer = await auth.put('/user', JSON.parse('{"data":{"__proto__":{"b":1}}}'), session.access_token)
    expect(JSON.stringify(answer.body.user_metadata)).toContain('"__proto__":{"b":1}')
  })

  test('half of a surrogate pair is replaced, as Go does', async () => {
    const { body } = await raw(`{"email":"half@example.com","password":"${password}","data":{"name":"a\\ud83d"}}`)
    expect(body.user.user_metadata.name).toBe('a\ufffd')
  })

  test('nulls are absent', async () => {
    const { body } = await raw(JSON.stringify({ email: null, phone: null, password: null, data: null }))
    expect(body.user.is_anonymous).toBe(true)
  })

  test('no refused sign-up left anything behind', async () => {
    expect(await auth.query('select 1 from auth.users where email = $1', [email])).toEqual([])
  })
})

describe('passwords of 72 bytes', () => {
  test('are compared whole: one more byte is another password', async () => {
    const longest = 'x'.repeat(72)
    const address = 'longest@example.com'
    expect((await auth.client().auth.signUp({ email: address, password: longest })).error).toBeNull()
    const attempt = (given: string) => auth.post('/token?grant_type=password', { email: address, password: given })
    expect((await attempt(longest)).status).toBe(200)
    expect(await attempt(`${longest}x`)).toMatchObject({ status: 400, body: { error_code: 'invalid_credentials' } })
    expect(await attempt(longest.slice(1))).toMatchObject({ status: 400 })
  })
})

describe('errors', () => {
  test.each([
    [
      undefined,
      { code: 422, error_code: 'weak_password', msg: expect.any(String), weak_password: { reasons: ['length'] } },
    ],
    [
      '2023-12-31',
      { code: 422, error_code: 'weak_password', msg: expect.any(String), weak_password: { reasons: ['length'] } },
    ],
    ['2024-01-01', { code: 'weak_password', message: expect.any(String), weak_password: { reasons: ['length'] } }],
    ['2030-01-01', { code: 'weak_password', message: expect.any(String), weak_password: { reasons: ['length'] } }],
    [
      'nonsense',
      { code: 422, error_code: 'weak_password', msg: expect.any(String), weak_password: { reasons: ['length'] } },
    ],
  ])('of API version %s have its shape', async (version, shape) => {
    const response = await auth.request('/signup', {
      method: 'POST',
      body: JSON.stringify({ email, password: 'abc' }),
      headers: version === undefined ? {} : { 'x-supabase-api-version': version },
    })
    expect(response.status).toBe(422)
    expect(response.headers.get('x-sb-error-code')).toBe('weak_password')
    expect(await response.json()).toEqual(shape)
  })

  test.each([
    ['password', { email: 'a@example.com' }],
    ['refresh_token', {}],
    ['pkce', { auth_code: 'x', code_verifier: 'y' }],
    ['id_token', { provider: 'google', id_token: 'x' }],
    ['web3', {}],
    ['client_credentials', {}],
    ['', {}],
    ['__proto__', {}],
  ])('of grant_type %s are never a server error', async (grant, body) => {
    const answer = await auth.post(`/token?grant_type=${grant}`, body)
    expect(answer.status).toBeGreaterThanOrEqual(400)
    expect(answer.status).toBeLessThan(500)
  })

  test('an unavailable database is a 500 that tells nothing', async () => {
    await using lost = auth.beside({})
    await lost.service.close()
    const answer = await lost.post('/token?grant_type=password', { email, password })
    expect(answer).toEqual({
      status: 500,
      body: {
        code: 500,
        error_code: 'unexpected_failure',
        msg: 'Unexpected failure, please check server logs for more information',
      },
    })
  })
})

test('a verifier outside of ASCII is one that does not match', async () => {
  const challenge = { code_challenge: 'x'.repeat(43), code_challenge_method: 'plain' }
  await auth.post('/recover', { email: 'victim@example.com', ...challenge })
  const end = await follow(auth, linkTo(auth, 'victim@example.com'))
  const body = { auth_code: end.searchParams.get('code'), code_verifier: 'é'.repeat(43) }
  expect(await auth.post('/token?grant_type=pkce', body)).toMatchObject({
    status: 400,
    body: { error_code: 'bad_code_verifier' },
  })
})

test('neither passwords nor tokens nor addresses of others are observed', async () => {
  await auth.post('/admin/users', { email: 'victim@example.com', password: 'hunter2hunter2' }, serviceRoleKey)
  await auth.put('/user', { password: 'hunter2hunter2' }, token)
  await auth.post('/token?grant_type=password', { email: 'victim@example.com', password: 'wrong hunter' })
  const seen = JSON.stringify(auth.observations)
  for (const told of ['hunter', token, serviceRoleKey, '$2a$', password]) expect(seen).not.toContain(told)
})
