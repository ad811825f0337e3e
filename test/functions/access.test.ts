import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { serveFunctions, signToken, type TestFunctions } from './test-functions.ts'

const hello = `Deno.serve(() => new Response('hello', { headers: { 'access-control-allow-origin': 'https://app.example' } }))`

let functions: TestFunctions
beforeAll(async () => {
  functions = await serveFunctions(
    {
      'guarded/index.ts': hello,
      'public/index.ts': hello,
      'off/index.ts': hello,
      'elsewhere/main.ts': hello,
      '_shared/index.ts': hello,
      'no-index/other.ts': hello,
      '.hidden/index.ts': hello,
    },
    {
      config: {
        functions: {
          public: { enabled: true, verifyJwt: false },
          off: { enabled: false, verifyJwt: false },
          elsewhere: { enabled: true, verifyJwt: false, entrypoint: './functions/elsewhere/main.ts' },
        },
      },
    },
  )
})
afterAll(() => functions[Symbol.asyncDispose]())

const forged = (header: object) =>
  `Bearer ${[header, { role: 'service_role' }].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')}.x`

describe('verify_jwt', () => {
  test.each([
    ['no header', undefined, 'UNAUTHORIZED_NO_AUTH_HEADER', 'Missing authorization header'],
    ['another scheme', 'Basic YTpi', 'UNAUTHORIZED_INVALID_JWT_FORMAT', 'Invalid JWT format'],
    ['an opaque key', 'Bearer sb_secret_1', 'UNAUTHORIZED_INVALID_JWT_FORMAT', 'Invalid JWT format'],
    ['no JSON', 'Bearer a.b.c', 'UNAUTHORIZED_INVALID_JWT_FORMAT', 'Invalid JWT format'],
    ['no algorithm', forged({ typ: 'JWT' }), 'UNAUTHORIZED_INVALID_JWT_FORMAT', 'Invalid JWT format'],
    ['a null header', forged(null as never), 'UNAUTHORIZED_INVALID_JWT_FORMAT', 'Invalid JWT format'],
    ['alg none', forged({ alg: 'none' }), 'UNAUTHORIZED_UNSUPPORTED_TOKEN_ALGORITHM', 'Unsupported JWT algorithm none'],
    ['a forged HS256', forged({ alg: 'HS256' }), 'UNAUTHORIZED_LEGACY_JWT', 'Invalid JWT'],
    ['a forged ES256', forged({ alg: 'ES256' }), 'UNAUTHORIZED_ASYMMETRIC_JWT', 'Invalid JWT'],
    [
      'alg of a prototype',
      forged({ alg: 'toString' }),
      'UNAUTHORIZED_UNSUPPORTED_TOKEN_ALGORITHM',
      'Unsupported JWT algorithm toString',
    ],
  ])('%s: 401', async (_, authorization, code, message) => {
    const headers = authorization === undefined ? {} : { authorization }
    const response = await fetch(`${functions.origin}/functions/v1/guarded`, { method: 'POST', body: 'x', headers })
    expect(response.status).toBe(401)
    expect(response.headers.get('sb-error-code')).toBe(code)
    expect(await response.json()).toEqual({ code, message, msg: message })
  })

  test('another key: 401, and supabase-js sees it as an error response', async () => {
    const token = await signToken(
      { role: 'authenticated' },
      new TextEncoder().encode('another secret of the same length'),
    )
    const client = await functions.client()
    client.functions.setAuth(token)
    const { error } = await client.functions.invoke('guarded')
    expect(error?.name).toBe('FunctionsHttpError')
    expect(await error?.context.json()).toMatchObject({ code: 'UNAUTHORIZED_LEGACY_JWT' })
  })

  test('a valid token passes', async () => {
    expect(await (await functions.call('guarded')).text()).toBe('hello')
  })

  test('OPTIONS passes without a token, and the CORS headers are the function’s own', async () => {
    const response = await fetch(`${functions.origin}/functions/v1/guarded`, { method: 'OPTIONS' })
    expect(response.status).toBe(200)
    expect(response.headers.get('access-control-allow-origin')).toBe('https://app.example')
  })

  test.each(['public', 'elsewhere'])('%s needs no token', async (name) => {
    expect(await (await fetch(`${functions.origin}/functions/v1/${name}`)).text()).toBe('hello')
  })
})

test.each(['missing', 'off', '_shared', 'no-index', '.hidden', '', 'constructor', '..%2F..%2Fetc', '__proto__'])(
  'there is no function %o',
  async (name) => {
    const response = await functions.call(name)
    expect(response.status).toBe(404)
    expect(response.headers.get('sb-error-code')).toBe('NOT_FOUND')
    expect(await response.json()).toEqual({ code: 'NOT_FOUND', message: 'Requested function was not found' })
  },
)

test('lists the functions of the project', () => {
  expect(functions.service.list().map(({ name, verifyJwt }) => [name, verifyJwt])).toEqual([
    ['elsewhere', false],
    ['guarded', true],
    ['public', false],
  ])
})

test.each([
  ['without a deno binary', { deno: undefined }, /no binary for/],
  ['when switched off', { config: { edgeRuntime: { enabled: false } } }, /enabled = false/],
])('%s, functions answer 503 and the log says why', async (_, options, line) => {
  await using unavailable = await serveFunctions({ 'hello/index.ts': hello }, options)
  const response = await unavailable.call('hello')
  expect(response.status).toBe(503)
  expect(await response.json()).toMatchObject({ code: 'RUNTIME_UNAVAILABLE' })
  expect((await unavailable.call('missing')).status).toBe(404)
  expect(unavailable.observations).toContainEqual(
    expect.objectContaining({ kind: 'message', level: 'warn', text: expect.stringMatching(line) }),
  )
})
