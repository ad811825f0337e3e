import { createHmac, generateKeyPairSync, type KeyObject } from 'node:crypto'
import fc from 'fast-check'
import { decodeProtectedHeader, type JWK, SignJWT } from 'jose'
import { describe, expect, test, vi } from 'vitest'
import { createTokenVerifier, type TokenVerifierOptions } from '#auth'
import { useFixture } from '../support/fixture.ts'
import { type AuthFixture, createAuthFixture, must, password, secret } from './auth-fixture.ts'

const start = new Date('2026-11-01T12:00:00Z')
const seconds = start.getTime() / 1000
const claims = { sub: 'someone', role: 'authenticated', exp: seconds + 60 }

function keyPair(alg: 'ES256' | 'RS256' | 'EdDSA', kid: string) {
  const { privateKey, publicKey } =
    alg === 'ES256'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : alg === 'RS256'
        ? generateKeyPairSync('rsa', { modulusLength: 2048 })
        : generateKeyPairSync('ed25519')
  const jwk = (key: KeyObject) => ({ ...key.export({ format: 'jwk' }), kid, alg }) as JWK
  return { privateKey, publicKey, alg, kid, privateJwk: jwk(privateKey), publicJwk: jwk(publicKey) }
}

const ec = keyPair('ES256', 'ec-1')
const rsa = keyPair('RS256', 'rsa-1')
const ed = keyPair('EdDSA', 'ed-1')
const stranger = keyPair('ES256', 'ec-1')

const sign = (payload: object, header: { alg: string; kid?: string }, key: KeyObject | string) =>
  new SignJWT({ ...payload })
    .setProtectedHeader(header)
    .sign(typeof key === 'string' ? new TextEncoder().encode(key) : key)

const verifierAt = (options: TokenVerifierOptions = {}) => {
  let now = start
  return {
    ...createTokenVerifier({
      secret,
      keys: [ec.privateJwk, rsa.privateJwk, ed.privateJwk],
      clock: () => now,
      ...options,
    }),
    moveTo: (second: number) => {
      now = new Date((seconds + second) * 1000)
    },
  }
}

describe('a token signed by the project', () => {
  const valid = [
    ['the secret', () => sign(claims, { alg: 'HS256' }, secret)],
    ['the secret under any kid', () => sign(claims, { alg: 'HS256', kid: 'whatever' }, secret)],
    ['an EC key', () => sign(claims, { alg: 'ES256', kid: ec.kid }, ec.privateKey)],
    ['an RSA key', () => sign(claims, { alg: 'RS256', kid: rsa.kid }, rsa.privateKey)],
    ['an Ed25519 key', () => sign(claims, { alg: 'EdDSA', kid: ed.kid }, ed.privateKey)],
  ] as const
  test.each(valid)('with %s is verified', async (_name, make) => {
    const token = await make()
    expect(await verifierAt().verify(token)).toEqual({ role: 'authenticated', claims, token })
  })
})

describe('a forged token is refused:', () => {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const hmac = (header: object, key: string | Buffer, hash = 'sha256') => {
    const input = `${encode(header)}.${encode(claims)}`
    return `${input}.${createHmac(hash, key).update(input).digest('base64url')}`
  }
  const publicPem = String(rsa.publicKey.export({ type: 'spki', format: 'pem' }))
  const forgeries: readonly (readonly [string, () => string | Promise<string>])[] = [
    ['alg none', () => `${encode({ alg: 'none', typ: 'JWT' })}.${encode(claims)}.`],
    ['alg None', () => `${encode({ alg: 'None' })}.${encode(claims)}.`],
    ['no alg', () => hmac({ typ: 'JWT' }, secret)],
    ['another secret', () => hmac({ alg: 'HS256' }, 'guess')],
    ['an empty secret', () => hmac({ alg: 'HS256' }, '')],
    ['HS512 with the secret', () => hmac({ alg: 'HS512' }, secret, 'sha512')],
    ['the public RSA key as HMAC secret', () => hmac({ alg: 'HS256', kid: rsa.kid }, publicPem)],
    ['the public RSA key as HMAC secret, without kid', () => hmac({ alg: 'HS256' }, publicPem)],
    [
      'the public EC point as HMAC secret',
      () => hmac({ alg: 'HS256', kid: ec.kid }, Buffer.from(ec.publicJwk.x ?? '', 'base64url')),
    ],
    ['the secret under an asymmetric kid', () => hmac({ alg: 'HS256', kid: ec.kid }, secret)],
    ['an RSA signature under the EC kid', () => sign(claims, { alg: 'RS256', kid: ec.kid }, rsa.privateKey)],
    ['RS512 with the RS256 key', () => sign(claims, { alg: 'RS512', kid: rsa.kid }, rsa.privateKey)],
    ['PS256 with the RS256 key', () => sign(claims, { alg: 'PS256', kid: rsa.kid }, rsa.privateKey)],
    ['an asymmetric signature without kid', () => sign(claims, { alg: 'ES256' }, ec.privateKey)],
    ['an unknown kid', () => sign(claims, { alg: 'ES256', kid: 'unknown' }, ec.privateKey)],
    ["a stranger's key under our kid", () => sign(claims, { alg: 'ES256', kid: ec.kid }, stranger.privateKey)],
    [
      'a key that the token brings along',
      async () => {
        const header = { alg: 'ES256', jwk: stranger.publicJwk, jku: 'https://evil.test/jwks.json' }
        return await sign(claims, header, stranger.privateKey)
      },
    ],
    ['an unknown critical header', () => hmac({ alg: 'HS256', crit: ['x'], x: 1 }, secret)],
    ['three dots', () => '...'],
    ['nothing', () => ''],
    ['a megabyte', () => `${encode({ alg: 'HS256' })}.${'a'.repeat(1 << 20)}.x`],
    ['claims that are no object', () => `${encode({ alg: 'HS256' })}.${Buffer.from('1').toString('base64url')}.x`],
  ]
  test.each(forgeries)('%s', async (_name, forge) => {
    await expect(verifierAt().verify(await forge())).rejects.toMatchObject({ code: 'UNAUTHENTICATED', status: 401 })
  })

  test('any token with one character changed', async () => {
    const verifier = verifierAt()
    const token = await sign(claims, { alg: 'HS256' }, secret)
    await verifier.verify(token)
    const characters = fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.')
    await fc.assert(
      fc.asyncProperty(fc.nat(token.length - 2), characters, async (index, character) => {
        fc.pre(token[index] !== character)
        const changed = token.slice(0, index) + character + token.slice(index + 1)
        await expect(verifier.verify(changed)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
      }),
      { numRuns: 300 },
    )
  })
})

describe('claims', () => {
  test.each<readonly [string, object, TokenVerifierOptions, string | undefined]>([
    ['expired', { exp: seconds - 6 }, {}, 'UNAUTHENTICATED'],
    ['expired a moment ago', { exp: seconds - 3 }, {}, undefined],
    ['not valid yet', { nbf: seconds + 6 }, {}, 'UNAUTHENTICATED'],
    ['valid in a moment', { nbf: seconds + 3 }, {}, undefined],
    ['without end', { exp: undefined }, {}, undefined],
    ['an end that is text', { exp: '2030' }, {}, 'UNAUTHENTICATED'],
    ['a role that is a list', { role: ['service_role'] }, {}, 'UNAUTHENTICATED'],
    ['a role that is empty', { role: '' }, {}, 'UNAUTHENTICATED'],
    ['a role that is empty, where that is none', { role: '' }, { emptyIsRoleless: true }, undefined],
    ['a role that is not allowed', { role: 'postgres' }, { rolesAllowed: new Set(['anon']) }, 'FORBIDDEN_ROLE'],
    ['a role that is allowed', { role: 'anon' }, { rolesAllowed: new Set(['anon']) }, undefined],
    ['another issuer', { iss: 'https://evil.test' }, { issuer: 'https://here.test' }, 'UNAUTHENTICATED'],
    ['no issuer', {}, { issuer: 'https://here.test' }, 'UNAUTHENTICATED'],
    ['the issuer', { iss: 'https://here.test' }, { issuer: 'https://here.test' }, undefined],
    ['an audience that is an object', { aud: { a: 1 } }, {}, 'UNAUTHENTICATED'],
    ['an audience among what is none', { aud: ['a', 1] }, {}, 'UNAUTHENTICATED'],
    ['no audience', { aud: null }, {}, undefined],
    ['another audience', { aud: 'elsewhere' }, { audience: 'authenticated' }, 'UNAUTHENTICATED'],
    ['the audience among others', { aud: ['a', 'authenticated'] }, { audience: 'authenticated' }, undefined],
  ])('%s', async (_name, changed, options, code) => {
    const token = await sign({ ...claims, ...changed }, { alg: 'HS256' }, secret)
    const outcome = verifierAt(options).verify(token)
    if (code) await expect(outcome).rejects.toMatchObject({ code })
    else await expect(outcome).resolves.toMatchObject({ token })
  })

  test.each<readonly [string, object, string | undefined]>([
    ['expired', { exp: seconds - 31 }, 'UNAUTHENTICATED'],
    ['expired half a minute ago', { exp: seconds - 29 }, undefined],
    ['not valid yet', { nbf: seconds + 31 }, 'UNAUTHENTICATED'],
    ['valid in half a minute', { nbf: seconds + 29 }, undefined],
    ['from the future', { iat: seconds + 31 }, 'UNAUTHENTICATED'],
    ['issued in half a minute', { iat: seconds + 29 }, undefined],
  ])('for data, as PostgREST has it: %s', async (_name, changed, code) => {
    const token = await sign({ ...claims, ...changed }, { alg: 'HS256' }, secret)
    const verifier = verifierAt()
    const outcome = verifier.verifyForData(token)
    if (code) await expect(outcome).rejects.toMatchObject({ code })
    else await expect(outcome).resolves.toMatchObject({ token })
    // Whatever was found there, elsewhere it is as before.
    const elsewhere = verifier.verify(token)
    if ('iat' in changed) await expect(elsewhere).resolves.toMatchObject({ token })
    else await expect(elsewhere).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
    if (code) await expect(verifier.verifyForData(token)).rejects.toMatchObject({ code })
  })

  test('no role is the anonymous one', async () => {
    const token = await sign({ sub: 'x' }, { alg: 'HS256' }, secret)
    expect(await verifierAt().verify(token)).toMatchObject({ role: 'anon', claims: { sub: 'x' } })
  })
})

describe('a token verified before', () => {
  test('is not verified again, until it expires', async () => {
    const verifier = verifierAt()
    const token = await sign(claims, { alg: 'HS256' }, secret)
    const first = await verifier.verify(token)
    expect(await verifier.verify(token)).toBe(first)
    verifier.moveTo(59)
    expect(await verifier.verify(token)).toBe(first)
    verifier.moveTo(66)
    await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  })

  test('is shared, so nobody can change what it says', async () => {
    const token = await sign({ ...claims, app_metadata: { roles: ['reader'] } }, { alg: 'HS256' }, secret)
    const caller = await verifierAt().verify(token)
    const { app_metadata } = caller.claims as { app_metadata: { roles: string[] } }
    expect(() => app_metadata.roles.push('editor')).toThrow(TypeError)
  })

  test('costs no signature once it was verified', async () => {
    const verifier = verifierAt()
    const token = await sign(claims, { alg: 'ES256', kid: ec.kid }, ec.privateKey)
    using verifying = vi.spyOn(crypto.subtle, 'verify')
    const first = await verifier.verify(token)
    expect(verifying).toHaveBeenCalledTimes(1)
    for (let time = 0; time < 100; time += 1) expect(await verifier.verify(token)).toBe(first)
    expect(verifying).toHaveBeenCalledTimes(1)
  })
})

describe('keys elsewhere', () => {
  const url = 'https://project.example.com/auth/v1/.well-known/jwks.json'
  const answering = (answer: () => Response | Promise<Response>) => {
    const asked: string[] = []
    const fetch: typeof globalThis.fetch = async (input) => {
      asked.push(String(input))
      return await answer()
    }
    return { asked, verifier: createTokenVerifier({ remote: { url, fetch }, clock: () => start }) }
  }
  const published = () => Response.json({ keys: [ec.publicJwk, rsa.publicJwk] })

  test('are fetched once', async () => {
    const { asked, verifier } = answering(published)
    const tokens = await Promise.all([
      sign(claims, { alg: 'ES256', kid: ec.kid }, ec.privateKey),
      sign(claims, { alg: 'RS256', kid: rsa.kid }, rsa.privateKey),
    ])
    for (const token of tokens) expect(await verifier.verify(token)).toMatchObject({ role: 'authenticated' })
    expect(asked).toEqual([url])
  })

  test.each([
    ['an unknown kid', () => sign(claims, { alg: 'ES256', kid: 'x' }, ec.privateKey)],
    ["a stranger's key", () => sign(claims, { alg: 'ES256', kid: ec.kid }, stranger.privateKey)],
    ['another algorithm', () => sign(claims, { alg: 'RS256', kid: ec.kid }, rsa.privateKey)],
    ['a secret', () => sign(claims, { alg: 'HS256' }, secret)],
  ])('do not verify %s, and are not asked for again and again', async (_name, make) => {
    const { asked, verifier } = answering(published)
    await verifier.verify(await sign(claims, { alg: 'ES256', kid: ec.kid }, ec.privateKey))
    const token = await make()
    for (let time = 0; time < 5; time += 1) {
      await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
    }
    expect(asked).toHaveLength(1)
  })

  test.each([
    ['unreachable', () => Promise.reject(new TypeError('fetch failed'))],
    ['failing', () => new Response('oops', { status: 500 })],
    ['no JSON', () => new Response('<html>')],
  ])('that are %s are a failure of ours, not of the token', async (_name, answer) => {
    const { verifier } = answering(answer)
    const token = await sign(claims, { alg: 'ES256', kid: ec.kid }, ec.privateKey)
    await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'NOT_READY', status: 503 })
  })
})

describe('a project with signing keys', () => {
  const auth = useFixture(() =>
    createAuthFixture({
      signingKeys: [{ ...ec.publicJwk, key_ops: ['verify'] }, rsa.privateJwk, ed.privateJwk],
    }),
  )

  test('signs with the first private one, and publishes the public halves', async () => {
    const client = auth.client()
    const { data } = await client.auth.signUp({ email: 'keys@example.com', password })
    const token = must(data.session).access_token
    expect(JSON.parse(Buffer.from(must(token.split('.')[0]), 'base64url').toString())).toEqual({
      alg: 'RS256',
      kid: rsa.kid,
      typ: 'JWT',
    })
    const response = await auth.request('/.well-known/jwks.json')
    expect(response.headers.get('cache-control')).toBe('public, max-age=600')
    const { keys } = (await response.json()) as { keys: JWK[] }
    expect(keys.map(({ kid, use, key_ops }) => ({ kid, use, key_ops }))).toEqual(
      [ec.kid, rsa.kid, ed.kid].map((kid) => ({ kid, use: 'sig', key_ops: ['verify'] })),
    )
    for (const key of keys)
      expect(Object.keys(key)).not.toEqual(expect.arrayContaining([expect.stringMatching(/^([dkpq]|d[pq]|qi)$/)]))

    // auth-js verifies asymmetric tokens itself, by the published keys.
    const { data: verified } = await client.auth.getClaims(token)
    expect(verified?.claims.email).toBe('keys@example.com')
    expect((await client.auth.getUser()).error).toBeNull()
  })
})

describe('keys that rotate', () => {
  const standby = (key: JWK): JWK => ({ ...key, key_ops: ['verify'] })

  test('sign in their turn, and what they signed before stays good until they are withdrawn', async () => {
    await using first = await createAuthFixture({ signingKeys: [ec.privateJwk, standby(ed.privateJwk)] })
    await using second = first.beside({ signingKeys: [ed.privateJwk, ec.publicJwk, standby(rsa.privateJwk)] })
    await using third = first.beside({ signingKeys: [rsa.privateJwk, ed.publicJwk] })
    const kidOf = (token: string) => decodeProtectedHeader(token).kid
    const published = async ({ request }: AuthFixture) => {
      const { keys } = (await (await request('/.well-known/jwks.json')).json()) as { keys: JWK[] }
      for (const key of keys) expect(key).not.toHaveProperty('d')
      return keys.map(({ kid }) => kid)
    }
    const status = async ({ request }: AuthFixture, token: string) => (await request('/user', { token })).status
    const renewed = async (fixture: AuthFixture, token: string) => {
      const { status: answered, body } = await fixture.post('/token?grant_type=refresh_token', { refresh_token: token })
      expect(answered).toBe(200)
      return { access: String(body.access_token), refresh: String(body.refresh_token) }
    }

    const { data } = await first.client().auth.signUp({ email: 'rotation@example.com', password })
    const { access_token: before, refresh_token } = must(data.session)
    expect([kidOf(before), await published(first)]).toEqual([ec.kid, [ec.kid, ed.kid]])

    const during = await renewed(second, refresh_token)
    expect([kidOf(during.access), await published(second)]).toEqual([ed.kid, [ed.kid, ec.kid, rsa.kid]])
    // The copy that still runs with the older keys knows the new one: it was on standby there.
    expect([await status(first, during.access), await status(second, before)]).toEqual([200, 200])

    const after = await renewed(third, during.refresh)
    expect([kidOf(after.access), await published(third)]).toEqual([rsa.kid, [rsa.kid, ed.kid]])
    expect([await status(third, during.access), await status(third, before)]).toEqual([200, 403])
    expect(await status(second, after.access)).toBe(200)
  })

  test('have one algorithm each, also when they only verify', async () => {
    const verifier = verifierAt({ keys: [ed.privateJwk, rsa.publicJwk] })
    const previous = await sign(claims, { alg: 'RS256', kid: rsa.kid }, rsa.privateKey)
    expect(await verifier.verify(previous)).toMatchObject({ role: 'authenticated' })
    const confused = await sign(claims, { alg: 'RS512', kid: rsa.kid }, rsa.privateKey)
    await expect(verifier.verify(confused)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  })
})

test.each<readonly [string, JWK[]]>([
  ['no kid', [{ ...ec.privateJwk, kid: '' }]],
  ['one kid twice', [ec.privateJwk, stranger.privateJwk]],
  ['no algorithm', [{ kty: 'EC', kid: 'x', crv: 'P-256', x: 'x', y: 'y' }]],
  ['no key', [{ kty: 'EC', kid: 'x', alg: 'ES256' }]],
])('signing keys with %s are refused at the start', (_name, keys) => {
  expect(() => createTokenVerifier({ keys })).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
})

test('an API key of the project stays good when the key that signed it goes, but not beyond its time', async () => {
  const apiKey = await sign({ role: 'anon', exp: seconds + 60 }, { alg: 'ES256', kid: ec.kid }, ec.privateKey)
  const verifier = verifierAt({ keys: [rsa.privateJwk], apiKeys: [apiKey, 'no token'] })
  const caller = await verifier.verify(apiKey)
  expect(caller).toMatchObject({ role: 'anon', token: apiKey })
  expect(await verifier.verify(apiKey)).toBe(caller)
  await expect(verifier.verify('no token')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  verifier.moveTo(61)
  await expect(verifier.verify(apiKey)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  const narrow = verifierAt({ apiKeys: [apiKey], rolesAllowed: new Set(['authenticated']) })
  await expect(narrow.verify(apiKey)).rejects.toMatchObject({ code: 'FORBIDDEN_ROLE' })
})
