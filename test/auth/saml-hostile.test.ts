import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type AuthFixture, createAuthFixture, must, serviceRoleKey } from './auth-fixture.ts'
import {
  configured,
  createIdp,
  encryptAssertion,
  formats,
  readAuthnRequest,
  rsaKey,
  type Said,
  type SamlIdp,
  signXml,
} from './saml-idp.ts'

const saml = {
  ...{ enabled: true, privateKey: configured(rsaKey()), allowEncryptedAssertions: true },
  ...{ relayStateValidityPeriod: 120, rateLimitAssertion: 100_000 },
}
const path = '/admin/sso/providers'

let off: AuthFixture
let auth: AuthFixture
let idp: SamlIdp
let rival: SamlIdp
let certificate: string
const ids: Record<string, string> = {}
beforeAll(async () => {
  off = await createAuthFixture()
  auth = off.beside({ saml })
  idp = createIdp('corp', () => auth.now())
  rival = createIdp('rival', () => auth.now())
  for (const one of [idp, rival]) {
    const { body } = await auth.post(path, { type: 'saml', metadata_xml: one.metadata() }, serviceRoleKey)
    ids[one.entityId] = String(body.id)
  }
  certificate = must(/<ds:X509Certificate>([^<]*)/.exec(await (await auth.request('/sso/saml/metadata')).text())?.[1])
})
afterAll(async () => {
  await auth[Symbol.asyncDispose]()
  await off[Symbol.asyncDispose]()
})

async function bring(form: URLSearchParams, at = auth): Promise<URL> {
  const response = await at.request('/sso/saml/acs', { method: 'POST', body: form })
  return new URL(must(response.headers.get('location')))
}
const bringXml = (xml: string, relayState = '', at = auth) =>
  bring(new URLSearchParams({ SAMLResponse: Buffer.from(xml).toString('base64'), RelayState: relayState }), at)

async function depart(provider: SamlIdp) {
  const { body } = await auth.post('/sso', { provider_id: ids[provider.entityId], skip_http_redirect: true })
  return readAuthnRequest(new URL(String(body.url)), certificate)
}

/** The address of whoever the app finds signed in; the code of the error where nobody is. */
async function outcome(end: URL): Promise<string> {
  const code = end.searchParams.get('error_code')
  if (code !== null) return code
  const token = new URLSearchParams(end.hash.slice(1)).get('access_token')
  return must((await auth.client().auth.getUser(must(token))).data.user?.email)
}

const refused = 'validation_failed'
const user = 'victor@corp.example.com'
const admin = 'admin@corp.example.com'
const victor = { nameId: 'victor', attributes: { mail: user } }

/** The parts of a signed response, and what an attacker would have in their place. */
function parts(xml: string) {
  const assertion = must(/<saml:Assertion .*<\/saml:Assertion>/s.exec(xml)?.[0])
  const signature = must(/<ds:Signature.*?<\/ds:Signature>/s.exec(xml)?.[0])
  const bare = xml.replace(signature, '')
  const forge = (text: string) => text.replaceAll('victor', 'admin').replace(/ ID="[^"]*"/, ' ID="_evil"')
  const plain = assertion.replace(signature, '')
  return { assertion, signature, bare, plain, forge, evil: forge(plain) }
}

describe('signature wrapping', () => {
  test.each<[string, Said['signs'], (xml: string) => string, string]>([
    [
      '1: the signed response within the signature of a forged one',
      'response',
      (xml) => {
        const { signature, bare, forge } = parts(xml)
        const around = signature.replace('</ds:Signature>', `${bare}</ds:Signature>`)
        return forge(bare).replace('<samlp:Status>', `${around}<samlp:Status>`)
      },
      refused,
    ],
    [
      '2: the signed response beside the signature of a forged one',
      'response',
      (xml) => {
        const { signature, bare, forge } = parts(xml)
        return forge(bare).replace('<samlp:Status>', `${bare}${signature}<samlp:Status>`)
      },
      refused,
    ],
    [
      '3: a forged assertion before the signed one',
      'assertion',
      (xml) => {
        const { assertion, evil } = parts(xml)
        return xml.replace(assertion, evil + assertion)
      },
      refused,
    ],
    [
      '3b: a forged assertion after the signed one',
      'assertion',
      (xml) => {
        const { assertion, evil } = parts(xml)
        return xml.replace(assertion, assertion + evil)
      },
      refused,
    ],
    [
      '4: the signed assertion within a forged one',
      'assertion',
      (xml) => {
        const { assertion, evil } = parts(xml)
        return xml.replace(assertion, evil.replace('</saml:Assertion>', `${assertion}</saml:Assertion>`))
      },
      refused,
    ],
    [
      '5: the signature in a forged assertion, the signed one after it',
      'assertion',
      (xml) => {
        const { assertion, signature, plain, evil } = parts(xml)
        const signed = evil.replace('</saml:Issuer>', `</saml:Issuer>${signature}`)
        return xml.replace(assertion, signed + plain)
      },
      refused,
    ],
    [
      '6: the signed assertion within the signature of a forged one',
      'assertion',
      (xml) => {
        const { assertion, signature, plain, evil } = parts(xml)
        const around = signature.replace('</ds:Signature>', `${plain}</ds:Signature>`)
        return xml.replace(assertion, evil.replace('</saml:Issuer>', `</saml:Issuer>${around}`))
      },
      refused,
    ],
    [
      '7: a forged assertion among extensions',
      'assertion',
      (xml) => {
        const { assertion, evil } = parts(xml)
        return xml.replace(assertion, `<samlp:Extensions>${evil}</samlp:Extensions>${assertion}`)
      },
      user,
    ],
    [
      '8: the signed assertion within an object of the signature of a forged one',
      'assertion',
      (xml) => {
        const { assertion, signature, plain, evil } = parts(xml)
        const around = signature.replace('</ds:Signature>', `<ds:Object>${plain}</ds:Object></ds:Signature>`)
        return xml.replace(assertion, evil.replace('</saml:Issuer>', `</saml:Issuer>${around}`))
      },
      refused,
    ],
    [
      'with the ID of the signed one',
      'assertion',
      (xml) => {
        const { assertion, plain } = parts(xml)
        return xml.replace(
          assertion,
          `<samlp:Extensions>${plain.replaceAll('victor', 'admin')}</samlp:Extensions>${assertion}`,
        )
      },
      refused,
    ],
    [
      'a second signature',
      'assertion',
      (xml) => {
        const { signature } = parts(xml)
        return xml.replace(signature, signature + signature)
      },
      refused,
    ],
    ['a changed attribute', 'assertion', (xml) => xml.replace('>victor@', '>admin@'), refused],
    [
      'a changed response around a signed assertion',
      'both',
      (xml) => xml.replace('Version="2.0"', 'Version="2.1"'),
      refused,
    ],
  ])('%s', async (_name, signs, after, expected) => {
    expect(await outcome(await bring(idp.answer({ ...victor, signs, after })))).toBe(expected)
    expect(await auth.query('select id from auth.users where email = $1', [admin])).toEqual([])
  })
})

/** Eight namespaces. */
const declared = (level: number) => Array.from({ length: 8 }, (_, i) => `xmlns:n${level}_${i}="u"`).join(' ')

describe('what a response says', () => {
  const sha1 = 'http://www.w3.org/2000/09/xmldsig#sha1'
  test.each<[string, Partial<Said>, string?]>([
    ['nothing is signed', { signs: 'nothing' }],
    ['another key signed', { key: rsaKey() }],
    ['SHA-1 signs', { algorithm: 'http://www.w3.org/2000/09/xmldsig#rsa-sha1' }],
    ['SHA-1 digests', { digest: sha1 }],
    ['another audience', { audience: 'https://other.example.com/metadata' }],
    ['no audience', { before: (xml) => xml.replace(/<saml:AudienceRestriction>.*<\/saml:AudienceRestriction>/, '') }],
    ['another recipient', { recipient: 'https://other.example.com/acs' }],
    [
      'no confirmation',
      { before: (xml) => xml.replace(/<saml:SubjectConfirmation .*<\/saml:SubjectConfirmation>/, '') },
    ],
    ['another confirmation', { before: (xml) => xml.replace('cm:bearer', 'cm:sender-vouches') }],
    ['another destination', { destination: 'https://other.example.com/acs' }],
    [
      'no destination, but a signature',
      { signs: 'response', before: (xml) => xml.replace(/ Destination="[^"]*"/, '') },
    ],
    ['no conditions', { before: (xml) => xml.replace(/<saml:Conditions .*<\/saml:Conditions>/, '') }],
    ['no end', { before: (xml) => xml.replace(/(<saml:Conditions [^>]*) NotOnOrAfter="[^"]*"/, '$1') }],
    ['issued too early', { issued: -100 }],
    ['issued in the future', { issued: 200 }],
    ['not yet', { notBefore: 200 }],
    ['no longer', { notOnOrAfter: -181 }],
    ['a session that is over', { sessionNotOnOrAfter: -181 }],
    ['a time that is none', { before: (xml) => xml.replaceAll(/IssueInstant="[^"]*"/g, 'IssueInstant="today"') }],
    ['denied', { status: 'urn:oasis:names:tc:SAML:2.0:status:AuthnFailed' }],
    [
      'an issuer within that is another',
      { before: (xml) => xml.replace(/(<saml:Assertion .*?<saml:Issuer>)[^<]*/, '$1https://x.example.com') },
    ],
    [
      'two signed assertions',
      {
        signs: 'response',
        before: (xml) =>
          xml.replace(/<saml:Assertion .*<\/saml:Assertion>/, (one) => one + one.replace(/ ID="_/, ' ID="_x')),
      },
    ],
    ['no assertion', { signs: 'response', before: (xml) => xml.replace(/<saml:Assertion .*<\/saml:Assertion>/, '') }],
    ['a NameID that changes', { format: formats.transient }, 'saml_assertion_no_user_id'],
    ['no NameID', { nameId: '' }, 'saml_assertion_no_user_id'],
    ['a NameID that is too long', { nameId: 'n'.repeat(2000) }, 'saml_assertion_no_user_id'],
    ['an address that is too long', { attributes: { mail: `${'n'.repeat(255)}@x.y` } }],
    ['no address', { attributes: {} }, 'saml_assertion_no_email'],
    ['an unknown issuer', { issuer: 'https://unknown.example.com' }, 'saml_idp_not_found'],
    ["another's name, by a provider that is known", { issuer: 'https://rival.example.com/saml' }],
    ['NUL', { before: (xml) => xml.replace('>victor<', '>vic&#0;tor<') }],
    ['a DTD', { after: (xml) => `<!DOCTYPE x [<!ENTITY a "b">]>${xml}` }, refused],
    [
      'a bomb',
      {
        after: (xml) =>
          `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>${xml.replace('>victor<', '>&b;<')}`,
      },
    ],
    [
      'an external entity',
      { after: (xml) => `<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>${xml.replace('>victor<', '>&a;<')}` },
    ],
    ['an undeclared entity', { before: (xml) => xml, after: (xml) => xml.replace('>victor<', '>&unknown;<') }],
    [
      'what is deep',
      { after: (xml) => xml.replace('</samlp:Response>', `${'<a>'.repeat(60)}${'</a>'.repeat(60)}</samlp:Response>`) },
    ],
    [
      'many namespaces',
      {
        after: (xml) =>
          xml.replace(
            '</samlp:Response>',
            `${Array.from({ length: 10 }, (_, i) => `<a ${declared(i)}>`).join('')}${'</a>'.repeat(10)}</samlp:Response>`,
          ),
      },
    ],
    [
      'many references',
      { after: (xml) => xml.replace(/<ds:Reference.*<\/ds:Reference>/s, (reference) => reference.repeat(500)) },
    ],
    [
      'references of another namespace',
      {
        after: (xml) =>
          xml.replace(
            /<ds:Reference.*<\/ds:Reference>/s,
            (one) => one + one.replaceAll('ds:', 'x:').replace('<x:Reference', '<x:Reference xmlns:x="u"'),
          ),
      },
    ],
    [
      'many transforms',
      { after: (xml) => xml.replace(/<ds:Transform [^>]*exc-c14n[^>]*\/>/, (transform) => transform.repeat(500)) },
    ],
    [
      'many prefixes',
      {
        after: (xml) =>
          xml.replace(
            /(<ds:Transform [^>]*exc-c14n[^>]*)\/>/,
            `$1><i:InclusiveNamespaces xmlns:i="u" PrefixList="${'n '.repeat(1000)}"/></ds:Transform>`,
          ),
      },
    ],
    ...['<!---->', '<?a?>', '<![CDATA[]]>'].map((one): [string, Partial<Said>] => [
      `many of ${one}`,
      { after: (xml) => xml.replace('</samlp:Response>', `${one.repeat(3000)}</samlp:Response>`) },
    ]),
    ['no reference', { after: (xml) => xml.replace(/<ds:Reference.*<\/ds:Reference>/s, '') }],
    [
      'many attributes',
      {
        after: (xml) =>
          xml.replace(
            '</samlp:Response>',
            `<a ${Array.from({ length: 200 }, (_, i) => `n${i}="u"`).join(' ')}/></samlp:Response>`,
          ),
      },
    ],
    [
      'many elements',
      { after: (xml) => xml.replace('</samlp:Response>', `${'<a/>'.repeat(30_000)}</samlp:Response>`) },
    ],
    ['an open tag', { after: (xml) => `${xml}<a` }],
    ['an open quote', { after: (xml) => xml.replace('</samlp:Response>', '<a b="></samlp:Response>') }],
    ['tags that cross', { after: (xml) => xml.replace('</samlp:Response>', '<a><b></a></b></samlp:Response>') }],
    ['two roots', { after: (xml) => xml + xml }],
  ])('%s is refused', async (_name, said, expected = refused) => {
    expect(await outcome(await bring(idp.answer({ ...victor, ...said })))).toBe(expected)
  })

  test.each<[string, Partial<Said>]>([
    ['the response is signed', { signs: 'response' }],
    ['both are signed', { signs: 'both' }],
    [
      'by RSA and SHA-512',
      {
        algorithm: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512',
        digest: 'http://www.w3.org/2001/04/xmlenc#sha512',
      },
    ],
    ['in the inclusive canonical form', { canonicalization: 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315' }],
    [
      'many groups',
      { attributes: { mail: user, groups: Array.from({ length: 500 }, (_, group) => `group ${group}`) } },
    ],
    ['with comments', { canonicalization: 'http://www.w3.org/2001/10/xml-exc-c14n#WithComments' }],
    ['times without a zone', { before: (xml) => xml.replaceAll(/(\d\d:\d\d:\d\d\.\d{3})Z/g, '$1000') }],
    ['times elsewhere', { before: (xml) => xml.replaceAll(/(\d\d:\d\d:\d\d\.\d{3})Z/g, '$1+00:00') }],
    ['clocks that differ', { issued: 100, notBefore: 100 }],
    ['CDATA', { before: (xml) => xml.replace('>victor@corp.example.com<', '><![CDATA[victor@corp.example.com]]><') }],
  ])('%s is fine', async (_name, said) => {
    expect(await outcome(await bring(idp.answer({ ...victor, ...said })))).toBe(user)
  })

  test('a comment cuts no name short', async () => {
    const said = { nameId: `${admin}.evil.test`, format: formats.email, attributes: {} }
    const after = (xml: string) => xml.replace(`${admin}.evil.test`, `${admin}<!-- -->.evil.test`)
    expect(await outcome(await bring(idp.answer({ ...said, after })))).toBe(`${admin}.evil.test`)
  })

  test('one response signs in once, and of ten at once one', async () => {
    const form = idp.answer(victor)
    const ends = await Promise.all(Array.from({ length: 10 }, () => bring(form)))
    const outcomes = await Promise.all(ends.map(outcome))
    expect(outcomes.filter((one) => one === user)).toHaveLength(1)
    expect(outcomes.filter((one) => one === refused)).toHaveLength(9)
    expect(await outcome(await bring(form))).toBe(refused)
    // The assertion counts, not what is around it.
    const assertionId = '_once'
    expect(await outcome(await bring(idp.answer({ ...victor, assertionId })))).toBe(user)
    expect(await outcome(await bring(idp.answer({ ...victor, assertionId })))).toBe(refused)
    // Another provider may have the same.
    expect(await outcome(await bring(rival.answer({ ...victor, assertionId })))).toBe(user)
  })

  test('why is in the log, and in no answer', async () => {
    const end = await bring(idp.answer({ ...victor, audience: 'https://other.example.com' }))
    expect(Object.fromEntries(end.searchParams)).toEqual({
      ...{ error: 'invalid_request', error_code: refused, error_description: 'SAML Assertion is not valid' },
    })
    expect(auth.observations).toContainEqual(
      expect.objectContaining({
        text: `a SAML response of ${idp.entityId} is not valid`,
        error: expect.objectContaining({ message: 'the assertion is for another audience' }),
      }),
    )
  })

  test.each([
    [{}, 'SAMLResponse is missing'],
    [{ SAMLResponse: '*' }, 'SAMLResponse is not a valid Base64 string'],
    [{ SAMLResponse: 'AAAA' }, 'SAMLResponse is not a valid XML SAML assertion'],
    [{ SAMLResponse: Buffer.from([0xff, 0xfe]).toString('base64') }, 'SAMLResponse is not a valid XML SAML assertion'],
    [{ SAMLart: 'x' }, 'SAML Artifact response can only be used with SP initiated flow'],
    [{ RelayState: 'nonsense' }, 'SAML RelayState is not a valid UUID or URL'],
  ])('%j: %s', async (fields, description) => {
    const end = await bring(new URLSearchParams(fields as never))
    expect(Object.fromEntries(end.searchParams)).toMatchObject({ error_code: refused, error_description: description })
  })

  test('what is no form, or too much of one', async () => {
    const post = async (init: RequestInit) => {
      const response = await auth.request('/sso/saml/acs', { method: 'POST', ...init })
      expect(response.status).toBe(303)
      return new URL(must(response.headers.get('location'))).searchParams.get('error_code')
    }
    expect(await post({ body: '{}', headers: { 'content-type': 'application/json' } })).toBe(refused)
    expect(await post({ body: new URLSearchParams({ SAMLResponse: 'A'.repeat(1_100_000) }) })).toBe(
      'request_entity_too_large',
    )
  })
})

describe('relay states', () => {
  test('are good once', async () => {
    const { id, relayState } = await depart(idp)
    expect(await outcome(await bring(idp.answer({ ...victor, inResponseTo: id }, relayState)))).toBe(user)
    const again = await bring(idp.answer({ ...victor, inResponseTo: id }, relayState))
    expect(await outcome(again)).toBe('saml_relay_state_not_found')
  })

  test('of ten at once one counts', async () => {
    const { id, relayState } = await depart(idp)
    const forms = Array.from({ length: 10 }, () => idp.answer({ ...victor, inResponseTo: id }, relayState))
    const outcomes = await Promise.all(forms.map(async (form) => await outcome(await bring(form))))
    expect(outcomes.filter((one) => one === user)).toHaveLength(1)
  })

  test.each<[string, (asked: { id: string; relayState: string }, other: { id: string }) => URLSearchParams, string]>([
    ['of another provider', ({ id, relayState }) => rival.answer({ ...victor, inResponseTo: id }, relayState), refused],
    [
      "with another request's answer",
      ({ relayState }, { id }) => idp.answer({ ...victor, inResponseTo: id }, relayState),
      refused,
    ],
    ['with an answer to no request', ({ relayState }) => idp.answer(victor, relayState), refused],
    [
      'with an unsigned response around an answer to another',
      ({ id, relayState }, other) =>
        idp.answer({ ...victor, inResponseTo: other.id, after: (xml) => xml.replace(other.id, id) }, relayState),
      refused,
    ],
    ['with nothing', ({ relayState }) => new URLSearchParams({ RelayState: relayState }), refused],
    ['that is unknown', () => idp.answer(victor, '14d906bf-9bd5-4734-b7d1-3904e240610e'), 'saml_relay_state_not_found'],
  ])('%s', async (_name, form, expected) => {
    const [asked, other] = [await depart(idp), await depart(idp)]
    expect(await outcome(await bring(form(asked, other)))).toBe(expected)
    // It is spent, whatever came with it.
    if (expected === refused) {
      const later = await bring(idp.answer({ ...victor, inResponseTo: asked.id }, asked.relayState))
      expect(await outcome(later)).toBe('saml_relay_state_not_found')
    }
  })

  test('expire', async () => {
    const { id, relayState } = await depart(idp)
    const later = off.beside({ saml })
    later.pass(121)
    const slow = createIdp('corp', () => later.now(), idp.key)
    const form = slow.answer({ ...victor, inResponseTo: id }, relayState)
    expect(await outcome(await bring(form, later))).toBe('saml_relay_state_expired')
    expect(await outcome(await bring(form, later))).toBe('saml_relay_state_not_found')
    await later[Symbol.asyncDispose]()
  })
})

describe('encrypted assertions', () => {
  const enc = 'http://www.w3.org/2001/04/xmlenc#'
  const enc11 = 'http://www.w3.org/2009/xmlenc11#'
  const sealed = (options = {}) => encryptAssertion(idp.xml(victor), certificate, options)
  test.each(['aes128-cbc', 'aes192-cbc', 'aes256-cbc'])('%s', async (name) => {
    expect(await outcome(await bringXml(sealed({ cipher: enc + name })))).toBe(user)
  })
  test.each(['aes128-gcm', 'aes192-gcm', 'aes256-gcm'])('%s', async (name) => {
    expect(await outcome(await bringXml(sealed({ cipher: enc11 + name })))).toBe(user)
  })

  test('in a response that is signed', async () => {
    const plain = encryptAssertion(idp.xml({ ...victor, signs: 'nothing' }), certificate)
    const how = { key: idp.key, algorithm: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256' }
    const signing = { ...how, digest: `${enc}sha256`, canonicalization: 'http://www.w3.org/2001/10/xml-exc-c14n#' }
    expect(await outcome(await bringXml(signXml(plain, 'Response', signing)))).toBe(user)
    expect(await outcome(await bringXml(plain))).toBe(refused)
  })

  test.each<[string, () => string]>([
    ['PKCS #1 1.5', () => sealed({ keyMethod: `${enc}rsa-1_5` })],
    [
      'changed bytes',
      () =>
        sealed({ cipher: `${enc11}aes256-gcm` }).replace(
          /(.{40})A?(<\/xenc:CipherValue><\/xenc:CipherData><\/xenc:EncryptedData>)/,
          'AAAA$2',
        ),
    ],
    [
      'changed bytes of a block cipher',
      () =>
        sealed().replace(/.{48}(<\/xenc:CipherValue><\/xenc:CipherData><\/xenc:EncryptedData>)/, `${'A'.repeat(48)}$1`),
    ],
    ['no key', () => sealed().replace(/<ds:KeyInfo.*<\/ds:KeyInfo>/, '')],
    ['an unknown cipher', () => sealed().replace(`${enc}aes256-cbc`, `${enc}tripledes-cbc`)],
    [
      'a plain one beside it',
      () =>
        sealed().replace('</saml:EncryptedAssertion>', `</saml:EncryptedAssertion>${parts(idp.xml(victor)).assertion}`),
    ],
    [
      'for another',
      () =>
        encryptAssertion(
          idp.xml(victor),
          must(/<ds:X509Certificate>([^<]*)/.exec(idp.metadata())?.[1])
            .trim()
            .replaceAll('\n', ''),
        ),
    ],
  ])('%s is refused, in the same words', async (_name, xml) => {
    const end = await bringXml(xml())
    expect(Object.fromEntries(end.searchParams)).toMatchObject({ error_description: 'SAML Assertion is not valid' })
  })

  test('are refused unless they are allowed, and open with the key to come', async () => {
    const strict = off.beside({ saml: { ...saml, allowEncryptedAssertions: false } })
    expect(await outcome(await bringXml(sealed(), '', strict))).toBe(refused)
    await strict[Symbol.asyncDispose]()
    const rotated = off.beside({ saml: { ...saml, privateKey: configured(rsaKey()), privateKeyNext: saml.privateKey } })
    expect(await outcome(await bringXml(sealed(), '', rotated))).toBe(user)
    await rotated[Symbol.asyncDispose]()
  })
})
