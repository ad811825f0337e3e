import { createHmac } from 'node:crypto'
import type { RequestListener, ServerResponse } from 'node:http'
import { SignJWT } from 'jose'
import { describe, expect, test } from 'vitest'
import { createThirdParty, createTokenVerifier } from '#auth'
import { signAs, signingKey, startThirdParty, type ThirdPartyServer } from '../support/third-party.ts'
import { secret } from './auth-fixture.ts'

const rsa = signingKey('rsa')
const pss = signingKey('pss', 'PS256')
const ec = signingKey('ec', 'ES256')
const ed = signingKey('ed', 'EdDSA')
const own = signingKey('own', 'ES256')
const stranger = signingKey('rsa')
const claims = { sub: 'xQ3b7', role: 'authenticated' }

/** @param patience milliseconds; longer than a busy machine takes where nothing is said of it */
function verifierOf(server: ThirdPartyServer, patience = 60_000) {
  let skew = 0
  const clock = () => new Date(Date.now() + skew)
  const config = { url: server.issuer, issuers: [server.issuer, `${server.issuer}/`] }
  const thirdParty = createThirdParty({ config, clock, patience })
  return {
    ...createTokenVerifier({ secret, keys: [own.publicJwk], thirdParty, clock }),
    thirdParty,
    pass: (seconds: number) => {
      skew += seconds * 1000
    },
  }
}

const refused = { code: 'UNAUTHENTICATED', status: 401 }
const unavailable = { code: 'NOT_READY', status: 503 }

describe('a token of a third party', () => {
  test.each([rsa, pss, ec, ed])('is good where its key is $alg', async (key) => {
    await using server = await startThirdParty(rsa, pss, ec, ed)
    const token = await server.token(claims, key)
    expect(await verifierOf(server).verify(token)).toEqual({
      role: 'authenticated',
      claims: { iss: server.issuer, ...claims, exp: expect.any(Number) },
      token,
    })
  })

  test('may name its issuer with a slash, or no role', async () => {
    await using server = await startThirdParty(rsa)
    const verifier = verifierOf(server)
    const slashed = await server.token({ iss: `${server.issuer}/`, role: undefined }, rsa)
    expect(await verifier.verify(slashed)).toMatchObject({ role: 'anon' })
  })

  test('is verified by keys that were fetched once, when they were first needed', async () => {
    await using server = await startThirdParty(rsa, ec)
    const verifier = verifierOf(server)
    await verifier.verify(await signAs(own, claims))
    expect(server.asked).toEqual([])
    const tokens = await Promise.all([server.token(claims, rsa), server.token(claims, ec)])
    await Promise.all(tokens.map((token) => verifier.verify(token)))
    expect(server.asked).toEqual(['/.well-known/openid-configuration', '/keys'])
  })
})

describe('a token is refused', () => {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const hmac = (header: object, payload: object, key: string) => {
    const input = `${encode(header)}.${encode(payload)}`
    return `${input}.${createHmac('sha256', key).update(input).digest('base64url')}`
  }
  const pem = String(rsa.publicKey.export({ type: 'spki', format: 'pem' }))
  const by = (header: { alg: string; kid?: string }, payload: Record<string, unknown>, key = rsa) =>
    new SignJWT(payload).setProtectedHeader(header).sign(key.privateKey)

  test.each<readonly [string, (issued: { iss: string } & typeof claims) => string | Promise<string>]>([
    ['of another issuer, signed by the same keys', (issued) => signAs(rsa, { ...issued, iss: 'https://other.test' })],
    ['of no issuer', () => signAs(rsa, claims)],
    ['of several issuers', (issued) => by({ alg: 'RS256', kid: 'rsa' }, { ...claims, iss: [issued.iss] as never })],
    ['of an issuer that begins alike', (issued) => signAs(rsa, { ...issued, iss: `${issued.iss}.evil.test` })],
    ['of a stranger under a known kid', (issued) => signAs(stranger, issued)],
    ['of the project under the third party', (issued) => by({ alg: 'ES256', kid: 'unknown' }, issued, own)],
    ['of another algorithm of the same key', (issued) => by({ alg: 'RS512', kid: 'rsa' }, issued)],
    ['of another padding of the same key', (issued) => by({ alg: 'PS256', kid: 'rsa' }, issued)],
    ['without a kid, where there are several keys', (issued) => by({ alg: 'RS256' }, issued)],
    ['whose secret is a public key', (issued) => hmac({ alg: 'HS256', kid: 'rsa' }, issued, pem)],
    ['whose secret is a modulus', (issued) => hmac({ alg: 'HS256' }, issued, String(rsa.publicJwk.n))],
    ['whose secret is published', (issued) => hmac({ alg: 'HS256', kid: 'shared' }, issued, 'published')],
    ['of no algorithm', (issued) => `${encode({ alg: 'none', kid: 'rsa' })}.${encode(issued)}.`],
    ['that has expired', (issued) => signAs(rsa, { ...issued, exp: 1_700_000_000 })],
    ['that is no token yet', (issued) => signAs(rsa, { ...issued, nbf: 4_000_000_000 })],
    ['whose role is a list', (issued) => signAs(rsa, { ...issued, role: ['service_role'] as never })],
  ])('%s', async (_name, forge) => {
    await using server = await startThirdParty(rsa, signingKey('other'))
    const shared = { kty: 'oct', kid: 'shared', alg: 'HS256', k: Buffer.from('published').toString('base64url') }
    server.publish(publishing(server.issuer, { keys: [rsa.publicJwk, { ...rsa.publicJwk, kid: 'second' }, shared] }))
    const verifier = verifierOf(server)
    await verifier.verify(await server.token(claims, rsa))
    await expect(verifier.verify(await forge({ iss: server.issuer, ...claims }))).rejects.toMatchObject(refused)
  })
})

describe('keys that rotate', () => {
  test('are looked for when a token names a new one, at most twice a minute', async () => {
    await using server = await startThirdParty(rsa)
    const verifier = verifierOf(server)
    await verifier.verify(await server.token(claims, rsa))
    server.publish([rsa, ec])
    server.asked.length = 0
    const young = await server.token(claims, ec)
    for (let time = 0; time < 20; time += 1) await expect(verifier.verify(young)).rejects.toMatchObject(refused)
    expect(server.asked).toEqual([])

    verifier.pass(31)
    const unknown = await server.token(claims, { ...ec, kid: 'unknown' })
    const outcomes = await Promise.allSettled([young, young, unknown].map((token) => verifier.verify(token)))
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected'])
    expect(server.asked).toHaveLength(2)
  })

  test('verify nothing any more once they are withdrawn', async () => {
    await using server = await startThirdParty(rsa, ec)
    const verifier = verifierOf(server)
    await verifier.verify(await server.token(claims, rsa))
    server.publish([ec])
    verifier.pass(601)
    await expect(verifier.verify(await server.token({ ...claims, jti: '2' }, rsa))).rejects.toMatchObject(refused)
  })

  test('serve on while newer ones are long in coming, and are waited for once', async () => {
    await using server = await startThirdParty(rsa)
    const verifier = verifierOf(server, 50)
    const token = async (jti: string) => await server.token({ ...claims, jti, exp: 4_000_000_000 }, rsa)
    await verifier.verify(await token('1'))
    const asked = new Promise<ServerResponse>((resolve) => {
      server.publish((_request, response) => resolve(response))
    })
    verifier.pass(601)
    let isOver = false
    const refreshed = verifier.thirdParty.refresh().finally(() => {
      isOver = true
    })
    for (const jti of ['2', '3'])
      expect(await verifier.verify(await token(jti))).toMatchObject({ role: 'authenticated' })
    expect(isOver).toBe(false)
    ;(await asked).writeHead(500).end()
    await expect(refreshed).rejects.toThrow()
  })

  test('serve on while their service hangs, and nobody waits for it who has waited once', async () => {
    await using server = await startThirdParty(rsa)
    const verifier = verifierOf(server)
    const token = async (jti: string) => await server.token({ ...claims, jti, exp: 4_000_000_000 }, rsa)
    await verifier.verify(await token('1'))
    server.publish((_request, response) => void response.writeHead(500).end())
    verifier.pass(601)
    await verifier.verify(await token('2'))
    const asked = new Promise<ServerResponse>((resolve) => {
      server.publish((_request, response) => resolve(response))
    })
    verifier.pass(6)
    expect(await verifier.verify(await token('3'))).toMatchObject({ role: 'authenticated' })
    const hanging = await asked
    expect(hanging.destroyed).toBe(false)
    hanging.writeHead(500).end()
  })

  test('serve on for an hour while their service is away, and no longer', async () => {
    await using server = await startThirdParty(rsa)
    const verifier = verifierOf(server)
    const token = async (jti: string) => await server.token({ ...claims, jti, exp: 4_000_000_000 }, rsa)
    await verifier.verify(await token('1'))
    server.publish((_request, response) => void response.writeHead(500).end())
    verifier.pass(3000)
    expect(await verifier.verify(await token('2'))).toMatchObject({ role: 'authenticated' })
    // A new key may be the reason that this one is unknown: nobody can say.
    await expect(verifier.verify(await server.token(claims, ec))).rejects.toMatchObject(unavailable)
    verifier.pass(601)
    await expect(verifier.verify(await token('3'))).rejects.toMatchObject(unavailable)
    // It is not asked by every token that comes meanwhile.
    server.asked.length = 0
    for (let time = 0; time < 20; time += 1) await expect(verifier.verify(await token('4'))).rejects.toThrow()
    expect(server.asked).toEqual([])
    server.publish([rsa])
    verifier.pass(6)
    expect(await verifier.verify(await token('5'))).toMatchObject({ role: 'authenticated' })
  })
})

/** Answers with its own discovery document, in which some may differ, and these keys. */
function publishing(issuer: string, keys: object, differing: object = {}): RequestListener {
  const document = { issuer, jwks_uri: `${issuer}/keys`, ...differing }
  return (request, response) => {
    response.end(JSON.stringify(request.url === '/keys' ? keys : document))
  }
}

describe('keys cannot be had from', () => {
  const keys = { keys: [rsa.publicJwk] }
  test.each<readonly [string, (issuer: string) => RequestListener]>([
    ['a service that fails', () => (_request, response) => void response.writeHead(500).end()],
    ['what is no JSON', () => (_request, response) => void response.end('<html>')],
    ['a document without keys', (issuer) => publishing(issuer, keys, { jwks_uri: undefined })],
    ['a document of another issuer', (issuer) => publishing(issuer, keys, { issuer: 'https://other.test' })],
    [
      'a document that names the inside of a network',
      (issuer) => publishing(issuer, keys, { jwks_uri: 'http://169.254.169.254/latest' }),
    ],
    ['a document that names a file', (issuer) => publishing(issuer, keys, { jwks_uri: 'file:///etc/passwd' })],
    ['a redirect', (issuer) => (_request, response) => void response.writeHead(302, { location: issuer }).end()],
    ['a set of no keys', (issuer) => publishing(issuer, { keys: [] })],
    ['a set of secrets', (issuer) => publishing(issuer, { keys: [{ kty: 'oct', kid: 'rsa', k: 'c2VjcmV0' }] })],
    ['a set that is none', (issuer) => publishing(issuer, { keys: 'none' })],
    ['a set of too many', (issuer) => publishing(issuer, { keys: Array(101).fill(rsa.publicJwk) })],
    [
      'an answer without end',
      () => (_request, response) => {
        const chunk = ' '.repeat(64 * 1024)
        const write = () => {
          while (!response.destroyed && response.write(chunk));
        }
        response.on('drain', write)
        write()
      },
    ],
  ])('%s', async (_name, answering) => {
    await using server = await startThirdParty(rsa)
    server.publish(answering(server.issuer))
    const verifier = verifierOf(server)
    await expect(verifier.verify(await server.token(claims, rsa))).rejects.toMatchObject(unavailable)
    await expect(verifier.thirdParty.refresh()).rejects.toMatchObject({ name: 'KeysUnavailableError' })
    // The project's own tokens do not mind.
    expect(await verifier.verify(await signAs(own, claims))).toMatchObject({ role: 'authenticated' })
  })
})
