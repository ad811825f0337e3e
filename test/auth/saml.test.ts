import { decodeJwt } from 'jose'
import { Secret, TOTP } from 'otpauth'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type AuthFixture, createAuthFixture, must, password, serviceRoleKey, withFactors } from './auth-fixture.ts'
import {
  acsUrl,
  configured,
  createIdp,
  entityIdOfService,
  formats,
  readAuthnRequest,
  rsaKey,
  type Said,
  type SamlIdp,
} from './saml-idp.ts'

const site = 'http://127.0.0.1:3000'
const path = '/admin/sso/providers'
const serviceKey = rsaKey()
const saml = {
  ...{ enabled: true, privateKey: configured(serviceKey), allowEncryptedAssertions: true },
  ...{ relayStateValidityPeriod: 120, rateLimitAssertion: 100_000 },
}

let off: AuthFixture
let auth: AuthFixture
let idp: SamlIdp
let another: SamlIdp
let provider: { id: string }
let certificate: string
beforeAll(async () => {
  off = await createAuthFixture()
  auth = off.beside({ saml })
  idp = createIdp('corp', () => auth.now())
  another = createIdp('rival', () => auth.now())
  provider = await add({ metadata_xml: idp.metadata(), domains: ['corp.example.com'] })
  await add({ metadata_xml: another.metadata(), domains: ['rival.example.com'] })
  certificate = must(/<ds:X509Certificate>([^<]*)/.exec(await (await auth.request('/sso/saml/metadata')).text())?.[1])
})
afterAll(async () => {
  await auth[Symbol.asyncDispose]()
  await off[Symbol.asyncDispose]()
})

async function add(request: object): Promise<{ id: string } & Record<string, unknown>> {
  const { status, body } = await auth.post(path, { type: 'saml', ...request }, serviceRoleKey)
  expect(status, JSON.stringify(body)).toBe(201)
  return body as never
}

/** Brings a form to the service as a browser does, and answers where the app finds itself. */
async function bring(form: URLSearchParams, at = auth, headers = {}): Promise<URL> {
  const response = await at.request('/sso/saml/acs', { method: 'POST', body: form, headers })
  return new URL(must(response.headers.get('location')))
}

async function depart(body: object, at = auth) {
  const { body: answer } = await at.post('/sso', { skip_http_redirect: true, ...body })
  expect(answer, JSON.stringify(answer)).toHaveProperty('url')
  return readAuthnRequest(new URL(String(answer.url)), certificate)
}

const fragment = (url: URL) => Object.fromEntries(new URLSearchParams(url.hash.slice(1)))
const query = (url: URL) => Object.fromEntries(url.searchParams)
const userOf = async (url: URL) => must((await auth.client().auth.getUser(fragment(url).access_token)).data.user)

let count = 0
const somebody = (): Pick<Said, 'nameId' | 'attributes'> => {
  count += 1
  return { nameId: `person-${count}`, attributes: { mail: `Person${count}@corp.example.com` } }
}

describe('signing in at an organisation', () => {
  test('by its domain, as supabase-js does it, with the implicit flow', async () => {
    const person = somebody()
    const options = { redirectTo: 'https://app.example.com/welcome', skipBrowserRedirect: true }
    const { data, error } = await auth.client().auth.signInWithSSO({ domain: 'CORP.example.com', options })
    expect(error).toBeNull()
    const url = new URL(must(data).url)
    expect(url.href.startsWith(`${idp.entityId}/sso?idpid=C01&SAMLRequest=`)).toBe(true)
    const { id, relayState, xml } = readAuthnRequest(url, certificate)
    expect(xml).toContain(`AssertionConsumerServiceURL="${acsUrl}"`)
    expect(xml).toContain(`>${entityIdOfService}</saml:Issuer>`)
    expect(xml).toContain(`<samlp:NameIDPolicy Format="${formats.persistent}" AllowCreate="true"/>`)
    const end = await bring(idp.answer({ ...person, inResponseTo: id }, relayState))
    expect(end.href).toMatch(/^https:\/\/app\.example\.com\/welcome#access_token=/)
    const { access_token, refresh_token, token_type, sb } = fragment(end)
    expect({ token_type, sb }).toEqual({ token_type: 'bearer', sb: '' })
    const name = `sso:${provider.id}`
    const email = String(person.attributes.mail).toLowerCase()
    const user = await userOf(end)
    expect(user).toMatchObject({
      email,
      email_confirmed_at: expect.any(String),
      app_metadata: { provider: name, providers: [name] },
      user_metadata: { iss: idp.entityId, sub: person.nameId, email_verified: true, phone_verified: false },
      identities: [
        {
          provider: name,
          id: person.nameId,
          email,
          identity_data: { iss: idp.entityId, sub: person.nameId, email, email_verified: true, phone_verified: false },
        },
      ],
    })
    expect(decodeJwt(must(access_token))).toMatchObject({
      aal: 'aal1',
      amr: [{ method: 'sso/saml', timestamp: expect.any(Number), provider: provider.id }],
    })
    const renewed = await auth.client().auth.refreshSession({ refresh_token: must(refresh_token) })
    expect(decodeJwt(must(renewed.data.session).access_token).amr).toEqual([
      { method: 'sso/saml', timestamp: expect.any(Number), provider: provider.id },
    ])
    expect(await auth.query('select is_sso_user from auth.users where id = $1', [user.id])).toEqual([
      { is_sso_user: true },
    ])
    const actions = await auth.query(
      "select payload ->> 'action' as action, payload -> 'actor_via_sso' as sso from auth.audit_log_entries where payload ->> 'actor_id' = $1",
      [user.id],
    )
    expect(actions).toContainEqual({ action: 'user_signedup', sso: true })
    // The second time it is the same user, by the provider's id.
    const again = await depart({ provider_id: provider.id })
    const back = await bring(idp.answer({ ...person, inResponseTo: again.id }, again.relayState))
    expect((await userOf(back)).id).toBe(user.id)
    expect(await auth.query('select id from auth.saml_relay_states')).toEqual([])
    expect(await auth.query("select id from auth.flow_state where authentication_method = 'sso/saml'")).toEqual([])
  })

  test('by PKCE, as supabase-js does it', async () => {
    const client = auth.client({ flowType: 'pkce' })
    const options = { redirectTo: 'myapp://callback', skipBrowserRedirect: true }
    const { data } = await client.auth.signInWithSSO({ providerId: provider.id, options })
    const { id, relayState } = readAuthnRequest(new URL(must(data).url), certificate)
    const said = { ...somebody(), inResponseTo: id, sessionNotOnOrAfter: 3600 }
    const end = await bring(idp.answer(said, relayState))
    expect(end.href).toMatch(/^myapp:\/\/callback\/?\?code=[0-9a-f-]{36}$/)
    const code = must(end.searchParams.get('code'))
    const { data: signedIn, error } = await client.auth.exchangeCodeForSession(code)
    expect(error).toBeNull()
    expect(decodeJwt(must(signedIn.session).access_token).amr).toMatchObject([
      { method: 'sso/saml', provider: provider.id },
    ])
    const [session] = await auth.query<{ left: number }>(
      'select extract(epoch from not_after - created_at)::int as left from auth.sessions where user_id = $1',
      [must(signedIn.user).id],
    )
    expect(must(session).left).toBeGreaterThan(3500)
    expect((await auth.post('/token?grant_type=pkce', { auth_code: code, code_verifier: 'x'.repeat(43) })).status).toBe(
      404,
    )
  })

  test('without the skipped redirect the browser is sent at once', async () => {
    const response = await auth.request('/sso', {
      method: 'POST',
      body: JSON.stringify({ domain: 'corp.example.com' }),
    })
    expect(response.status).toBe(303)
    expect(readAuthnRequest(new URL(must(response.headers.get('location'))), certificate).id).toMatch(
      /^id-[0-9a-f]{40}$/,
    )
  })

  test.each([
    ['', site],
    ['https://app.example.com/deep?x=1', 'https://app.example.com/deep?x=1'],
    ['https://evil.test/', site],
  ])('that the provider began leads from %j to %s', async (relayState, target) => {
    const end = await bring(idp.answer(somebody(), relayState))
    expect(end.href.split('#')[0]?.replace(/\/$/, '')).toBe(target)
    expect(fragment(end)).toHaveProperty('access_token')
  })

  test('ends with the session that the provider ended', async () => {
    const end = await bring(idp.answer({ ...somebody(), sessionNotOnOrAfter: 600 }))
    const { refresh_token } = fragment(end)
    const later = auth.beside({ saml })
    later.pass(601)
    expect(await later.post('/token?grant_type=refresh_token', { refresh_token })).toMatchObject({
      body: { error_code: 'session_expired', msg: 'Invalid Refresh Token: Session Expired' },
    })
    await later[Symbol.asyncDispose]()
  })

  test('an address is its own at each provider, and no password account is reached by it', async () => {
    const email = 'boss@corp.example.com'
    const { data } = await auth.admin.auth.admin.createUser({ email, password, email_confirm: true })
    const [here, there] = [
      await userOf(await bring(idp.answer({ nameId: 'boss', attributes: { mail: email } }))),
      await userOf(await bring(another.answer({ nameId: 'boss', attributes: { mail: email } }))),
    ]
    expect(new Set([must(data.user).id, here.id, there.id]).size).toBe(3)
    // Another NameID of the same provider with the address is the same person.
    const renamed = await userOf(await bring(idp.answer({ nameId: 'boss-2', attributes: { mail: email } })))
    expect(renamed.id).toBe(here.id)
    expect((await auth.client().auth.signInWithPassword({ email, password })).data.user?.id).toBe(must(data.user).id)
    expect((await auth.client().auth.resetPasswordForEmail(email)).error).toBeNull()
    const { access_token } = fragment(await bring(idp.answer({ nameId: 'boss', attributes: { mail: email } })))
    expect(await auth.put('/user', { password: 'another password' }, access_token)).toMatchObject({
      ...{ status: 422, body: { error_code: 'user_sso_managed' } },
    })
  })

  test('of twenty at once all get in, as one user', async () => {
    const person = somebody()
    const ends = await Promise.all(Array.from({ length: 20 }, () => bring(idp.answer(person))))
    const users = await Promise.all(ends.map(userOf))
    expect(new Set(users.map(({ id }) => id)).size).toBe(1)
  })

  test('a hook may refuse a newcomer, and a closed project takes none', async () => {
    await auth.query(
      `create function public.no_entry(event jsonb) returns jsonb language sql as $$
         select jsonb_build_object('error', jsonb_build_object('http_code', 403, 'message', 'not ' || (event -> 'user' ->> 'email'))) $$`,
    )
    await auth.query('grant execute on function public.no_entry to supabase_auth_admin')
    const uri = 'pg-functions://postgres/public/no_entry'
    const guarded = off.beside({ saml, hook: { beforeUserCreated: { enabled: true, uri } } as never })
    const closed = off.beside({ saml, enableSignup: false })
    const person = { nameId: 'refused', attributes: { mail: 'refused@corp.example.com' } }
    expect(query(await bring(idp.answer(person), guarded))).toEqual({
      ...{ error: 'access_denied', error_code: 'unknown', error_description: 'not refused@corp.example.com' },
    })
    expect(query(await bring(idp.answer(person), closed))).toEqual({
      ...{ error: 'access_denied', error_code: 'signup_disabled' },
      error_description: 'Signups not allowed for this instance',
    })
    expect(await auth.query("select id from auth.identities where provider_id = 'refused'")).toEqual([])
    await guarded[Symbol.asyncDispose]()
    await closed[Symbol.asyncDispose]()
  })

  test('a second factor raises the session, whose methods still name the provider', async () => {
    const secure = off.beside({ ...withFactors, saml })
    const person = somebody()
    const { access_token, refresh_token } = fragment(await bring(idp.answer(person), secure))
    const client = secure.client()
    await client.auth.setSession({ access_token: must(access_token), refresh_token: must(refresh_token) })
    const { data: factor } = await client.auth.mfa.enroll({ factorType: 'totp' })
    const { id: factorId, totp } = must(factor)
    const code = new TOTP({ secret: Secret.fromBase32(totp.secret) }).generate()
    const { data, error } = await client.auth.mfa.challengeAndVerify({ factorId, code })
    expect(error).toBeNull()
    expect(decodeJwt(must(data).access_token)).toMatchObject({
      aal: 'aal2',
      amr: [{ method: 'totp' }, { method: 'sso/saml', provider: provider.id }],
    })
    await secure[Symbol.asyncDispose]()
  })

  test('an account whose address an administrator changed, and nobody proved, gets a mail and no session', async () => {
    const person = somebody()
    const { id } = await userOf(await bring(idp.answer(person)))
    await auth.query(
      "update auth.users set email = 'moved@corp.example.com', email_confirmed_at = null where id = $1",
      [id],
    )
    await auth.query('delete from auth.sessions where user_id = $1', [id])
    const confirming = off.beside({ saml, email: { enableConfirmations: true } })
    expect(query(await bring(idp.answer(person), confirming))).toMatchObject({
      ...{ error: 'access_denied', error_code: 'provider_email_needs_verification' },
    })
    expect(await auth.query('select id from auth.sessions where user_id = $1', [id])).toEqual([])
    expect(confirming.inbox.mails.map(({ to }) => to)).toEqual(['moved@corp.example.com'])
    await confirming[Symbol.asyncDispose]()
  })

  test('a banned user stays out', async () => {
    const person = somebody()
    const { id } = await userOf(await bring(idp.answer(person)))
    await auth.admin.auth.admin.updateUserById(id, { ban_duration: '1h' })
    expect(query(await bring(idp.answer(person)))).toMatchObject({ error: 'access_denied', error_code: 'user_banned' })
  })
})
