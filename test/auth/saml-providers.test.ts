import { createHash, createPrivateKey } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { certificateOf } from '../../src/auth/saml/certificate.ts'
import { type AuthFixture, anonKey, createAuthFixture, must, serviceRoleKey } from './auth-fixture.ts'
import {
  acsUrl,
  configured,
  createIdp,
  entityIdOfService,
  formats,
  rsaKey,
  type Said,
  type SamlIdp,
} from './saml-idp.ts'

const path = '/admin/sso/providers'
const saml = {
  ...{ enabled: true, privateKey: configured(rsaKey()), allowEncryptedAssertions: false },
  ...{ relayStateValidityPeriod: 120, rateLimitAssertion: 100_000 },
}
const published = 'https://idp.example.com/metadata'

let off: AuthFixture
let auth: AuthFixture
/** What is at an address; elsewhere the network answers 404. */
const documents: Record<string, () => Response> = {}
const asked: string[] = []
const names: Record<string, string[]> = { 'inside.example.com': ['10.0.0.7'], 'nowhere.example.com': [] }
beforeAll(async () => {
  off = await createAuthFixture()
  auth = off.beside({
    saml,
    options: {
      resolve: async (hostname) => names[hostname] ?? ['93.184.215.14'],
      fetch: async (input) => {
        const url = String(input instanceof Request ? input.url : input)
        asked.push(url)
        return documents[url]?.() ?? new Response('gone', { status: 404 })
      },
    },
  })
})
afterAll(async () => {
  await auth[Symbol.asyncDispose]()
  await off[Symbol.asyncDispose]()
})

let count = 0
const fresh = () => {
  count += 1
  return createIdp(`idp-${count}`, () => auth.now())
}
type Answer = Awaited<ReturnType<AuthFixture['post']>>
const create = (request: object): Promise<Answer> => auth.post(path, { type: 'saml', ...request }, serviceRoleKey)
const change = (id: unknown, request: object): Promise<Answer> => auth.put(`${path}/${id}`, request, serviceRoleKey)
async function ask(method: string, at: string): Promise<Answer> {
  const response = await auth.request(at, { method, token: serviceRoleKey })
  return { status: response.status, body: await response.json() }
}
async function add(idp: SamlIdp, request: object = {}): Promise<Answer['body']> {
  const { status, body } = await create({ metadata_xml: idp.metadata(), ...request })
  expect(status, JSON.stringify(body)).toBe(201)
  return body
}
async function bring(idp: SamlIdp, said: Partial<Said>): Promise<URL> {
  const response = await auth.request('/sso/saml/acs', { method: 'POST', body: idp.answer(said) })
  return new URL(must(response.headers.get('location')))
}
async function metadataOf(idp: SamlIdp, said: Partial<Said>) {
  const end = await bring(idp, said)
  const token = new URLSearchParams(end.hash.slice(1)).get('access_token')
  return must((await auth.client().auth.getUser(must(token))).data.user).user_metadata
}

describe('administration', () => {
  test('create, get, list, update and delete, in the form of GoTrue', async () => {
    const idp = fresh()
    const mapping = {
      keys: { user_name: { name: 'mail' }, groups: { names: ['a', 'b'], array: true }, tier: { default: 5 } },
    }
    const options = {
      domains: ['one.example.com'],
      attribute_mapping: mapping,
      resource_id: 'ours',
      name_id_format: formats.email,
    }
    const made = await add(idp, options)
    expect(made).toEqual({
      id: expect.any(String),
      resource_id: 'ours',
      disabled: null,
      saml: {
        ...{ entity_id: idp.entityId, metadata_xml: idp.metadata(), attribute_mapping: mapping },
        name_id_format: formats.email,
      },
      domains: [{ domain: 'one.example.com' }],
      created_at: expect.any(String),
      updated_at: expect.any(String),
    })
    expect(await ask('GET', `${path}/${made.id}`)).toEqual({ status: 200, body: made })
    expect(await ask('GET', `${path}/resource_ours`)).toEqual({ status: 200, body: made })
    const { metadata_xml: _, ...short } = made.saml as Record<string, unknown>
    const listed = { status: 200, body: { items: [{ ...made, saml: short }] } }
    expect(await ask('GET', `${path}?resource_id=ours`)).toEqual(listed)
    expect(await ask('GET', `${path}?resource_id_prefix=ou`)).toEqual(listed)
    expect(await ask('GET', `${path}?resource_id=others`)).toEqual({ status: 200, body: { items: [] } })
    expect(await change(made.id, {})).toEqual({ status: 200, body: { ...made, updated_at: expect.any(String) } })
    const changes = {
      domains: ['one.example.com', 'uno.example.com'],
      disabled: true,
      resource_id: '',
      name_id_format: '',
    }
    const { body: changed } = await change('resource_ours', changes)
    expect(changed).toMatchObject({
      disabled: true,
      domains: [{ domain: 'one.example.com' }, { domain: 'uno.example.com' }],
    })
    expect(changed).not.toHaveProperty('resource_id')
    expect(changed.saml).not.toHaveProperty('name_id_format')
    expect((await change(made.id, { domains: [] })).body.domains).toEqual([])
    expect((await change(made.id, { attribute_mapping: { keys: {} } })).body.saml).toMatchObject({
      attribute_mapping: {},
    })
    const gone = await ask('DELETE', `${path}/${made.id}`)
    expect(gone).toMatchObject({ status: 200, body: { id: made.id, saml: { entity_id: idp.entityId } } })
    expect((await ask('GET', `${path}/resource_%00`)).status).toBe(404)
    expect(await ask('DELETE', `${path}/${made.id}`)).toEqual({
      status: 404,
      body: { code: 404, error_code: 'sso_provider_not_found', msg: 'SSO Identity Provider not found' },
    })
  })

  test('belongs to administrators alone, and needs no enabled SAML', async () => {
    for (const token of [undefined, anonKey]) {
      for (const method of ['GET', 'POST']) {
        const init = { method, ...(token && { token }), ...(method === 'POST' && { body: '{}' }) }
        expect((await auth.request(path, init)).status).toBe(token ? 403 : 401)
      }
    }
    expect((await off.request(path, { token: serviceRoleKey })).status).toBe(200)
    expect(await off.post('/sso', { domain: 'x' })).toMatchObject({
      status: 404,
      body: { error_code: 'saml_provider_disabled' },
    })
    expect((await off.request('/sso/saml/metadata')).status).toBe(404)
  })

  const entity = (attributes: string, within = '') =>
    `<EntityDescriptor ${attributes} xmlns="urn:oasis:names:tc:SAML:2.0:metadata">${within}</EntityDescriptor>`
  const descriptor = '<IDPSSODescriptor protocolSupportEnumeration="x"/>'
  test.each([
    [{ type: '' }, "Only 'saml' supported for SSO provider type"],
    [{ type: 'oidc' }, "Only 'saml' supported for SSO provider type"],
    [{}, 'Either metadata_xml or metadata_url must be set'],
    [{ metadata_xml: 'x', metadata_url: published }, 'Only one of metadata_xml or metadata_url needs to be set'],
    [{ metadata_url: 'x' }, 'metadata_url is not a valid URL'],
    [{ metadata_url: 'https://idp.example.com\\x' }, 'metadata_url is not a valid URL'],
    [{ metadata_url: 'http://idp.example.com' }, 'metadata_url is not a HTTPS URL'],
    [{ metadata_xml: 'x', name_id_format: 'x' }, /^name_id_format must be unspecified or one of urn:/],
    [{ metadata_xml: 'x' }, /^SAML Metadata is not valid/],
    [{ metadata_xml: '<!DOCTYPE a><a/>' }, 'SAML Metadata is not valid: a DTD'],
    [{ metadata_xml: '<a/>' }, /^SAML Metadata is not an EntityDescriptor/],
    [{ metadata_xml: entity('') }, 'SAML Metadata does not contain an EntityID'],
    [{ metadata_xml: entity(`entityID="${'x'.repeat(1025)}"`) }, 'SAML Metadata contains an EntityID that is too long'],
    [{ metadata_xml: entity('entityID="x"') }, 'SAML Metadata does not contain any IDPSSODescriptor'],
    [
      { metadata_xml: entity('entityID="x"', descriptor + descriptor) },
      'SAML Metadata contains multiple IDPSSODescriptors',
    ],
    [{ metadata_xml: fresh().metadata({ ssoUrl: 'javascript:alert(1)' }) }, /no website$/],
    [{ metadata_xml: fresh().metadata({ certificate: 'AAAA' }) }, /certificate that cannot be read$/],
    [{ metadata_xml: fresh().metadata({ attributes: 'cacheDuration="soon"' }) }, /cacheDuration is no duration$/],
    [{ metadata_url: 'https://localhost/x' }, 'URL cannot point to localhost or loopback addresses'],
    [{ metadata_url: 'https://inside.example.com/x' }, 'URL cannot resolve to private network addresses'],
    [{ metadata_url: 'https://169.254.169.254/x' }, 'URL cannot resolve to link-local addresses'],
    [{ metadata_url: 'https://nowhere.example.com/x' }, 'Unable to resolve hostname'],
  ])('%j: %s', async (request, message) => {
    const before = asked.length
    expect(await create(request)).toEqual({
      status: 400,
      body: { code: 400, error_code: 'validation_failed', msg: expect.stringMatching(message) },
    })
    expect(asked).toHaveLength(before)
  })

  test('names, domains and resources are of one provider, in any case and at once', async () => {
    const idp = fresh()
    const { id } = await add(idp, { domains: ['same.example.com'], resource_id: 'same' })
    const other = fresh().metadata()
    expect(await create({ metadata_xml: idp.metadata() })).toMatchObject({
      status: 422,
      body: {
        error_code: 'saml_idp_already_exists',
        msg: `SAML Identity Provider with this EntityID (${idp.entityId}) already exists`,
      },
    })
    expect(await create({ metadata_xml: other, domains: ['SAME.example.com'] })).toMatchObject({
      status: 400,
      body: {
        error_code: 'sso_domain_already_exists',
        msg: `SSO Domain 'SAME.example.com' is already assigned to an SSO identity provider (${id})`,
      },
    })
    expect(await create({ metadata_xml: other, resource_id: 'SAME' })).toMatchObject({
      status: 422,
      body: { error_code: 'conflict' },
    })
    const made = await add(fresh())
    expect(await change(made.id, { domains: ['same.example.com'] })).toMatchObject({
      status: 400,
      body: { error_code: 'sso_domain_already_exists' },
    })
    expect(await change(made.id, { metadata_xml: idp.metadata() })).toMatchObject({
      status: 400,
      body: { error_code: 'saml_entity_id_mismatch' },
    })
    const racing = fresh().metadata()
    const answers = await Promise.all(Array.from({ length: 5 }, () => create({ metadata_xml: racing })))
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 422, 422, 422, 422])
    const domains = ['raced.example.com']
    const raced = await Promise.all(
      Array.from({ length: 5 }, () => create({ metadata_xml: fresh().metadata(), domains })),
    )
    expect(raced.map(({ status }) => status).sort()).toEqual([201, 400, 400, 400, 400])
  })

  test('a provider that is disabled lets nobody in, and one that is gone neither', async () => {
    const idp = fresh()
    const { id } = await add(idp, { domains: ['off.example.com'], disabled: true })
    expect(await auth.post('/sso', { domain: 'off.example.com' })).toEqual({
      status: 404,
      body: { code: 404, error_code: 'sso_provider_disabled', msg: 'SSO Provider is currently disabled' },
    })
    expect((await bring(idp, {})).searchParams.get('error_code')).toBe('sso_provider_disabled')
    await change(id, { disabled: false })
    expect((await bring(idp, {})).hash).toContain('access_token')
    await ask('DELETE', `${path}/${id}`)
    expect((await bring(idp, {})).searchParams.get('error_code')).toBe('saml_idp_not_found')
  })
})

describe('what is asked of /sso', () => {
  test.each([
    [{}, 400, 'validation_failed', 'A provider_id or domain needs to be provided'],
    [
      { domain: 'x', provider_id: '14d906bf-9bd5-4734-b7d1-3904e240610e' },
      400,
      'validation_failed',
      'Only one of provider_id or domain supported',
    ],
    [{ domain: 'x.example.org' }, 404, 'sso_provider_not_found', 'No SSO provider assigned for this domain'],
    [{ provider_id: '14d906bf-9bd5-4734-b7d1-3904e240610e' }, 404, 'sso_provider_not_found', 'No such SSO provider'],
    [{ provider_id: 'x' }, 400, 'bad_json', 'Could not parse request body as JSON: provider_id is no UUID'],
    [
      { domain: 'x', code_challenge: 'x' },
      400,
      'validation_failed',
      'PKCE flow requires code_challenge_method and code_challenge',
    ],
    [{ domain: 'x', redirect_to: 'x'.repeat(5000) }, 400, 'validation_failed', 'redirect_to is too long'],
  ])('%j: %i %s', async (body, status, code, msg) => {
    expect(await auth.post('/sso', body)).toEqual({ status, body: { code: status, error_code: code, msg } })
  })

  test('is counted, and asks for a person where the project does', async () => {
    const few = { ...saml, rateLimitAssertion: 2 }
    const rateLimit = {
      emailSent: 9,
      smsSent: 9,
      anonymousUsers: 9,
      tokenRefresh: 9,
      signInSignUps: 9,
      tokenVerifications: 9,
      web3: 9,
      sso: 2,
    }
    const captcha = { enabled: true, provider: 'hcaptcha', secret: 'x' } as const
    await using own = off.beside({ saml: few, rateLimit, captcha })
    const headers = { 'x-forwarded-for': '203.0.113.9' }
    const send = async (at: string, body: string | URLSearchParams) =>
      (await own.request(at, { method: 'POST', headers, body })).status
    const statuses = async (at: string, body: string | URLSearchParams) => [
      await send(at, body),
      await send(at, body),
      await send(at, body),
    ]
    expect(await statuses('/sso', '{}')).toEqual([400, 400, 429])
    expect(await statuses('/sso/saml/acs', new URLSearchParams())).toEqual([303, 303, 429])
    expect(await own.post('/sso', { domain: 'x' })).toMatchObject({ body: { error_code: 'captcha_failed' } })
  })
})

describe('metadata at an address', () => {
  test('is fetched, kept, and fetched again once it is old; a failure changes nothing', async () => {
    const idp = fresh()
    const url = `${published}/${count}`
    documents[url] = () => new Response(idp.metadata({ attributes: 'cacheDuration="PT1H"' }))
    const { status, body } = await create({ metadata_url: url })
    expect([status, body.saml]).toMatchObject([201, { metadata_url: url, entity_id: idp.entityId }])
    const fetched = () => asked.filter((one) => one === url).length
    expect((await bring(idp, {})).hash).toContain('access_token')
    expect(fetched()).toBe(1)
    // The provider has a new key, which it says itself.
    const rotated = createIdp(`idp-${count}`, () => auth.now())
    documents[url] = () => new Response(rotated.metadata({ attributes: 'cacheDuration="PT1H"' }))
    expect((await bring(rotated, {})).searchParams.get('error_code')).toBe('validation_failed')
    auth.pass(3601)
    expect((await bring(rotated, {})).hash).toContain('access_token')
    expect((await bring(idp, {})).searchParams.get('error_code')).toBe('validation_failed')
    expect(fetched()).toBe(2)
    // Neither is believed: what cannot be had, and what is another's.
    for (const answer of [() => new Response('gone', { status: 500 }), () => new Response(fresh().metadata())]) {
      documents[url] = answer
      auth.pass(3601)
      expect((await bring(rotated, {})).hash).toContain('access_token')
      const before = fetched()
      expect((await bring(rotated, {})).hash).toContain('access_token')
      expect(fetched()).toBe(before)
    }
  })

  test.each<[string, () => Response, string]>([
    ['is not there', () => new Response('', { status: 404 }), 'saml_metadata_fetch_failed'],
    [
      'leads elsewhere',
      () => new Response(null, { status: 302, headers: { location: 'http://10.0.0.1/' } }),
      'saml_metadata_fetch_failed',
    ],
    ['is too much', () => new Response('x'.repeat(1_100_000)), 'saml_metadata_fetch_failed'],
    ['is no text', () => new Response(Buffer.from([0x3c, 0xff])), 'validation_failed'],
    ['is no metadata', () => new Response('<html/>'), 'validation_failed'],
  ])('that %s is refused', async (_name, answer, code) => {
    documents[published] = answer
    expect(await create({ metadata_url: published })).toMatchObject({ status: 400, body: { error_code: code } })
  })

  test('is one of many, as federations publish it', async () => {
    const idp = fresh()
    const many = `<m:EntitiesDescriptor xmlns:m="urn:oasis:names:tc:SAML:2.0:metadata"><m:EntityDescriptor entityID="sp"/>${idp.metadata().replace(/^<\?xml[^>]*>/, '')}</m:EntitiesDescriptor>`
    expect(await add(idp, { metadata_xml: many })).toMatchObject({ saml: { entity_id: idp.entityId } })
    expect((await bring(idp, {})).hash).toContain('access_token')
  })
})

describe('what becomes of attributes', () => {
  const mail = 'Map@corp.example.com'
  test.each<[object, Said['attributes'], object]>([
    [{}, { mail, cn: 'Ada' }, { email: 'map@corp.example.com', custom_claims: {} }],
    [{ name: { name: 'CN' } }, { mail, cn: 'Ada' }, { name: 'Ada' }],
    [
      { full_name: { names: ['missing', 'empty', 'cn', 'sn'] } },
      { mail, empty: '', cn: 'Ada', sn: 'L' },
      { full_name: 'Ada' },
    ],
    [
      { groups: { name: 'groups', array: true } },
      { mail, groups: ['a', 'b'] },
      { custom_claims: { groups: ['a', 'b'] } },
    ],
    [{ groups: { name: 'groups' } }, { mail, groups: ['a', 'b'] }, { custom_claims: { groups: 'a' } }],
    [
      { tier: { default: { level: 5 } }, on: { default: true } },
      { mail },
      { custom_claims: { tier: { level: 5 }, on: true } },
    ],
    [
      { email: { name: 'work' } },
      { mail: 'home@corp.example.com', work: 'Work@corp.example.com' },
      { email: 'work@corp.example.com' },
    ],
    [{ phone_verified: { default: true } }, { mail }, { phone_verified: true }],
    [
      { iss: { default: 'x' }, sub: { default: 'x' }, email_verified: { default: false } },
      { mail },
      { email_verified: true, custom_claims: {} },
    ],
    [{ ['__proto__']: { default: 'x' } }, { mail }, { custom_claims: {} }],
  ])('%j of %j: %j', async (keys, attributes, expected) => {
    const idp = fresh()
    await add(idp, { attribute_mapping: { keys } })
    const nameId = 'somebody'
    expect(await metadataOf(idp, { nameId, attributes })).toMatchObject({ iss: idp.entityId, sub: nameId, ...expected })
  })

  test('a claim of another kind is an error, as in GoTrue', async () => {
    const idp = fresh()
    await add(idp, { attribute_mapping: { keys: { name: { default: 5 } } } })
    expect(Object.fromEntries((await bring(idp, {})).searchParams)).toEqual({
      ...{ error: 'server_error', error_code: 'unexpected_failure' },
      error_description: 'Mapped claims from provider could not be deserialized from JSON',
    })
  })

  test('subject-id names the user before the NameID does', async () => {
    const idp = fresh()
    await add(idp)
    const attributes = { 'urn:oasis:names:tc:SAML:attribute:subject-id': 'lasting', mail: 'l@corp.example.com' }
    for (const nameId of ['one', 'two']) {
      expect(await metadataOf(idp, { nameId, format: formats.transient, attributes })).toMatchObject({ sub: 'lasting' })
    }
  })
})

describe('what this service says of itself', () => {
  test('its metadata, while a key changes and where assertions may be encrypted', async () => {
    const read = async (changes: object, query = '') => {
      await using own = off.beside({ saml: { ...saml, ...changes } })
      const response = await own.request(`/sso/saml/metadata${query}`)
      const xml = await response.text()
      const uses = Array.from(xml.matchAll(/<md:KeyDescriptor use="(\w+)"/g), ([, use]) => use)
      const settings = await (await own.request('/settings')).json()
      return { xml, uses, headers: response.headers, settings }
    }
    const plain = await read({})
    expect(plain.xml).toContain(`entityID="${entityIdOfService}"`)
    expect(plain.xml).toContain(`Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="${acsUrl}"`)
    expect(plain.uses).toEqual(['signing'])
    expect(plain.settings).toMatchObject({ saml_enabled: true, saml_private_key_next_configured: false })
    expect(plain.headers.get('content-type')).toBe('application/xml')
    expect(plain.headers.get('cache-control')).toBe('public, max-age=600')
    expect((await read({ allowEncryptedAssertions: true })).uses).toEqual(['signing', 'encryption'])
    const rotating = await read({ privateKeyNext: configured(rsaKey()), allowEncryptedAssertions: true })
    expect(rotating.uses).toEqual(['signing', 'encryption', 'signing', 'encryption'])
    expect(rotating.xml).toContain('cacheDuration="PT1H"')
    expect(rotating.settings).toMatchObject({ saml_private_key_next_configured: true })
    expect(rotating.headers.get('cache-control')).toBe('public, max-age=60')
    const file = await read({}, '?download=true')
    expect(file.headers.get('content-disposition')).toBe('attachment; filename="metadata.xml"')
    const elsewhere = await read({ externalUrl: 'https://api.example.com/auth/v1/' })
    expect(elsewhere.xml).toContain('Location="https://api.example.com/auth/v1/sso/saml/acs"')
  })

  test.each([
    [false, '4d00159ebb7c6c0660b90942ae2f371f7fdca5ba4df3c3caf188794972fc098e'],
    [true, '74067c18d09e195719f94dbd972c7c407e5f5871b04d925f6b04252b70ffc5d9'],
  ])('its certificate is the one that Go makes of the same key (encipherment %s)', (encipherment, hash) => {
    const key = createPrivateKey({ key: Buffer.from(fixedKey, 'base64'), format: 'der', type: 'pkcs1' })
    const der = certificateOf(key, 'app.example.com', { encipherment })
    expect(createHash('sha256').update(der).digest('hex')).toBe(hash)
  })
})

/** Nobody's: of this test alone. */
const fixedKey =
  'MIIEowIBAAKCAQEAtdmmv/MNCdNBHtixyzUPEGqtzFEqO/PrQyycTOTACWWvauh1phLBsh8O8FNlGjDdPFnEReMJMN+pDOOVCz+KQfQah7SzOVXXLhqmXMjNKTvulunjAek3Sr57BqyyNY0AcB8t7GUb17D2UfJRXsdxM9NxPNcha00gsZrA+Dzq8KnBFiFiH5REQ+PJcBZq80Uae77/QdJMOqVFtLFwRgXQJ4m6E+5S347tq66WI9Vj/w+zaKO8bmckwV5ARyCpqOhtx3ZnC6953mKFjaDwSt+9rBZ3NKcz1QdCpMinFXk3Q/WSmiNPA5cn7NE4Z6/2YdcDtjlY/RtJ7LsenLzdBFHAZQIDAQABAoIBAAQbILp7SqtS34jKhEMuFMO+YOO43m8BnCmFX5cV4CcmKl6L1qI0ELcMn/n5rBH6Efi7nySj0nCN0EOX/OTG38CK+jFfuV89SrFCDUkRiJ5aedHjAIrpwOOZZu445oIyh5TAg3kvtD/7wSgLBF7TOoFc0BT7V4gUcv1HnP1N5NEfvlY/ax5yGn76gytbMts66IpqN4UoPMxS6TgCJx8msZk/bGY6kN0jNru//wqMOQlXorygqvaKMqWqyjO4HA2KggLumc6lyLiNQSiDRfpIOfL7/vtcdSziZR0RkDQ370L1BC03jLodjz/gL4yrZ2H7/PPu/chuj8cWvcHSLDs7cqkCgYEA5pf+AvwosnG/GtaRSzlBMHyO0tm5C45nfqNU2E9l84A4/MaWd+hh+/waFDbGl5sUspRmuP1V6Z80jTQ8c1YQmAQIQ0OzXNn7P06/JoWfOZqdbypY3CaR7LeLrfMM+ARTHRs1Aosv61ETWSmWHECoVT+nRhSAq+iNejGH9J5tmB0CgYEAyeLTFBQzZbDs6A8kHpI45HK1hrE752+ylwfIQ9TrxEU4Jc/3QsZgIb5VAjMT+VEM2h4VYViPRiR3UEm49TSZt9gry5f1/pjjBWj6ApeWXxiIN9tYrE6PSU3JOxYHegt4OSoIvAc10yGoFjIg76T9NrdId5vymIpsumwrmZGWJukCgYBnVB5vyfyWkZ/X7+QleB99EaOSWhuwUPyRY7EmSNXfekqPApH0Yz5dAwfQnQb6cnSg3Rz2shaoXD3ZNFoOOLew1sW5FoIuDkOmh6viIChMULtRUAGHjQUAtPKzXOEn1hBET6e+Xw52/NqVrqvkNxj3MlHLdm5+GfQjmERa2g80BQKBgHwuQZgANP1ALvkvFxCW8NfUl0QakLZzRm8QImdW+Q7pZPgdTAKO82LOKIwJzyd0a2tfRddzGe4TUDDaqCJsEIG9PnMlLfNFJ5+USvR9OcmU1XVGPuz+BbUZW8Y0brTriS/gYy8FYF5WPYYpn4jI+9hENRcdncOmoeqpzsfPfYTBAoGBALhXuL7bOkJrhMY0nHxGxcxMzrdHWKtFz5g65fCFI8hzLcDj2mu5KN4OGXX3xH1ZyoJjin/CDeD+jk2gVlO5DJWo2rbgnDpxDxAhv5lgEwvXekLEOuYRvO5puzUGP882vATZ5ofpnZzFE4ToF8BP0Gb3us2ggyU19t+4F0v26G8p'
