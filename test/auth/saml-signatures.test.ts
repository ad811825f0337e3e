import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type AuthFixture, createAuthFixture, must, serviceRoleKey } from './auth-fixture.ts'
import { ecKeys } from './saml-ec-keys.ts'
import { configured, createIdp, rsaKey, type Said, type SamlIdp } from './saml-idp.ts'

let auth: AuthFixture
const idps: Record<string, SamlIdp> = {}
beforeAll(async () => {
  auth = await createAuthFixture({
    saml: {
      ...{ enabled: true, privateKey: configured(rsaKey()), allowEncryptedAssertions: false },
      ...{ relayStateValidityPeriod: 120, rateLimitAssertion: 100_000 },
    },
  })
  const now = () => auth.now()
  idps.RSA = createIdp('rsa', now)
  for (const [curve, { key, certificate }] of Object.entries(ecKeys)) {
    idps[curve] = createIdp(curve.toLowerCase(), now, key, certificate)
  }
  for (const idp of Object.values(idps)) {
    const request = { type: 'saml', metadata_xml: idp.metadata() }
    expect((await auth.post('/admin/sso/providers', request, serviceRoleKey)).status).toBe(201)
  }
})
afterAll(() => auth[Symbol.asyncDispose]())

const more = 'http://www.w3.org/2001/04/xmldsig-more#'
const sha256 = 'http://www.w3.org/2001/04/xmlenc#sha256'
const sha512 = 'http://www.w3.org/2001/04/xmlenc#sha512'

async function bring(provider: string, said: Partial<Said>): Promise<URLSearchParams> {
  const response = await auth.request('/sso/saml/acs', { method: 'POST', body: must(idps[provider]).answer(said) })
  const { search, hash } = new URL(must(response.headers.get('location')))
  return new URLSearchParams((hash || search).slice(1))
}

describe('an assertion signs in that is signed', () => {
  test.each([
    ['RSA', 'rsa-sha256', `${more}sha384`],
    ['RSA', 'rsa-sha384', `${more}sha384`],
    ['RSA', 'rsa-sha512', sha512],
    ['P-256', 'ecdsa-sha256', sha256],
    ['P-256', 'ecdsa-sha512', sha256],
    ['P-384', 'ecdsa-sha384', `${more}sha384`],
    ['P-384', 'ecdsa-sha256', sha256],
    ['P-521', 'ecdsa-sha512', sha512],
  ])('by a key of %s with %s', async (provider, algorithm, digest) => {
    const said = { algorithm: `${more}${algorithm}`, digest, attributes: { mail: 'ada@corp.example.com' } }
    for (const signs of ['assertion', 'response'] as const) {
      const brought = await bring(provider, { ...said, signs, nameId: provider })
      expect(brought.get('error_description')).toBeNull()
      const { user } = (await auth.client().auth.getUser(must(brought.get('access_token')))).data
      expect(user).toMatchObject({ email: 'ada@corp.example.com' })
    }
  })
})

describe('an assertion is refused that is signed', () => {
  const ecdsa = { algorithm: `${more}ecdsa-sha256` }
  const signature = (change: (bytes: Buffer) => Buffer) => (xml: string) =>
    xml.replace(
      /<ds:SignatureValue>([^<]*)</,
      (_, value: string) => `<ds:SignatureValue>${change(Buffer.from(value, 'base64')).toString('base64')}<`,
    )
  /** As the rest of the world writes r and s. */
  const der = (bytes: Buffer) => {
    const numbers = [bytes.subarray(0, 32), bytes.subarray(32)].map((part) =>
      Buffer.concat([Buffer.from([2, 33, 0]), part]),
    )
    return Buffer.concat([Buffer.from([0x30, 70]), ...numbers])
  }

  test.each<readonly [string, string, Partial<Said>]>([
    ['by another curve’s key', 'P-256', { ...ecdsa, key: ecKeys['P-384'].key }],
    ['by an RSA key in its place', 'P-256', { key: rsaKey() }],
    ['by an EC key in its place', 'RSA', { ...ecdsa, key: ecKeys['P-256'].key }],
    ['with SHA-1', 'P-256', { algorithm: `${more}ecdsa-sha1` }],
    ['with zeros', 'P-256', { ...ecdsa, after: signature(() => Buffer.alloc(64)) }],
    ['with nothing', 'P-256', { ...ecdsa, after: signature(() => Buffer.alloc(0)) }],
    ['with half of a signature', 'P-256', { ...ecdsa, after: signature((bytes) => bytes.subarray(0, 32)) }],
    ['with a longer one', 'P-256', { ...ecdsa, after: signature((bytes) => Buffer.concat([bytes, bytes])) }],
    ['in DER', 'P-256', { ...ecdsa, after: signature(der) }],
    ['for other text', 'P-384', { ...ecdsa, after: (xml) => xml.replaceAll('ada@corp', 'eve@corp') }],
    ['with a digest of SHA-224', 'RSA', { after: (xml) => xml.replace(sha256, `${more}sha224`) }],
  ])('%s', async (_, provider, said) => {
    const brought = await bring(provider, said)
    expect(brought.get('error_description')).toBe('SAML Assertion is not valid')
    expect(brought.get('access_token')).toBeNull()
  })
})
