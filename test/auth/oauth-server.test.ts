import { createHash, randomBytes } from 'node:crypto'
import { createLocalJWKSet, decodeJwt, exportJWK, generateKeyPair, jwtVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type AuthFixture, createAuthFixture, mint, must, newUser } from './auth-fixture.ts'

const redirectUri = 'https://client.example.net/callback'
const oauthServer = { enabled: true, authorizationUrlPath: '/oauth/consent', allowDynamicRegistration: true }

let plain: AuthFixture
let auth: AuthFixture
beforeAll(async () => {
  plain = await createAuthFixture()
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  const key = { ...(await exportJWK(privateKey)), alg: 'ES256', kid: 'signs-id-tokens' }
  auth = plain.beside({ oauthServer, signingKeys: [key] })
})
afterAll(async () => {
  await auth[Symbol.asyncDispose]()
  await plain[Symbol.asyncDispose]()
})

async function signedIn() {
  const { access, ...person } = await newUser(auth, { name: 'Ada' })
  return { ...person, token: access }
}

const newClient = async (changes: object = {}) => {
  const wanted = { client_name: 'A client', redirect_uris: [redirectUri], ...changes }
  const { data, error } = await auth.admin.auth.admin.oauth.createClient(wanted)
  expect(error).toBeNull()
  return must(data)
}

const verifier = randomBytes(32).toString('base64url')
const pkce = {
  code_challenge: createHash('sha256').update(verifier).digest('base64url'),
  code_challenge_method: 'S256',
}

async function authorize(query: Record<string, string>) {
  const all = { response_type: 'code', redirect_uri: redirectUri, ...pkce, ...query }
  return await auth.request(`/oauth/authorize?${new URLSearchParams(all)}`)
}

/** The id of a request that waits for consent. */
async function pending(clientId: string, query: Record<string, string> = {}): Promise<string> {
  const response = await authorize({ client_id: clientId, ...query })
  expect(response.status).toBe(302)
  const page = new URL(must(response.headers.get('location')))
  expect(page.origin + page.pathname).toBe('http://127.0.0.1:3000/oauth/consent')
  return must(page.searchParams.get('authorization_id'))
}

async function tokens(form: Record<string, string>, headers: Record<string, string> = {}) {
  const response = await auth.request('/oauth/token', { method: 'POST', body: new URLSearchParams(form), headers })
  return { status: response.status, body: await response.json() }
}

/** From the request to the code, as a user who agrees. */
async function codeFor(
  clientId: string,
  owner: Awaited<ReturnType<typeof signedIn>>,
  query: Record<string, string> = {},
) {
  const id = await pending(clientId, query)
  await owner.client.auth.oauth.getAuthorizationDetails(id)
  const { data, error } = await owner.client.auth.oauth.approveAuthorization(id, { skipBrowserRedirect: true })
  expect(error).toBeNull()
  return must(new URL(must(data).redirect_url).searchParams.get('code'))
}

const trade = (code: string, more: Record<string, string>) =>
  tokens({ grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier, ...more })

describe('the whole way', () => {
  test('from the request over the consent to tokens, an ID token and what may be known', async () => {
    const client = await newClient({ token_endpoint_auth_method: 'client_secret_post' })
    const owner = await signedIn()
    const query = { scope: 'openid email profile', state: 'kept', nonce: 'n1' }
    const id = await pending(client.client_id, query)
    const { data: shown } = await owner.client.auth.oauth.getAuthorizationDetails(id)
    expect(shown).toMatchObject({
      authorization_id: id,
      client: { id: client.client_id, name: 'A client' },
      user: { id: owner.user.id },
      scope: 'openid email profile',
    })
    // Swift's client reads it as an address, which an empty text is not.
    expect(shown).not.toHaveProperty('client.uri')
    const { data } = await owner.client.auth.oauth.approveAuthorization(id, { skipBrowserRedirect: true })
    const back = new URL(must(data).redirect_url)
    expect([back.origin + back.pathname, back.searchParams.get('state')]).toEqual([redirectUri, 'kept'])
    const secret = { client_id: client.client_id, client_secret: must(client.client_secret) }
    const { status, body } = await trade(must(back.searchParams.get('code')), secret)
    expect([status, body.token_type]).toEqual([200, 'bearer'])
    expect(decodeJwt(body.access_token)).toMatchObject({ client_id: client.client_id, scope: query.scope })
    const keys = createLocalJWKSet(await (await auth.request('/.well-known/jwks.json')).json())
    const { payload } = await jwtVerify(body.id_token, keys, { audience: client.client_id })
    expect(payload).toMatchObject({ sub: owner.user.id, nonce: 'n1', email: owner.user.email, name: 'Ada' })
    const info = await auth.request('/oauth/userinfo', { token: body.access_token })
    expect(await info.json()).toMatchObject({
      sub: owner.user.id,
      email: owner.user.email,
      email_verified: true,
      name: 'Ada',
    })

    // The token is the client's alone.
    expect((await auth.post('/token?grant_type=refresh_token', { refresh_token: body.refresh_token })).status).toBe(400)
    const renewed = await tokens({ grant_type: 'refresh_token', refresh_token: body.refresh_token, ...secret })
    expect(decodeJwt(renewed.body.access_token)).toMatchObject({ client_id: client.client_id, scope: query.scope })

    // Asked again for the same, the user is not: it goes on at once.
    const again = await owner.client.auth.oauth.getAuthorizationDetails(await pending(client.client_id, query))
    expect(again.data).toMatchObject({ redirect_url: expect.stringContaining('code=') })

    const { data: grants } = await owner.client.auth.oauth.listGrants()
    expect(grants).toMatchObject([{ client: { id: client.client_id }, scopes: ['openid', 'email', 'profile'] }])
    expect((await owner.client.auth.oauth.revokeGrant({ clientId: client.client_id })).error).toBeNull()
    expect(
      (await tokens({ grant_type: 'refresh_token', refresh_token: renewed.body.refresh_token, ...secret })).body,
    ).toMatchObject({
      error: 'invalid_grant',
    })
    expect((await auth.request('/user', { token: renewed.body.access_token })).status).toBe(403)
  })

  test('a refusal is told to the client, and the request is decided once', async () => {
    const client = await newClient()
    const { client: owner } = await signedIn()
    const id = await pending(client.client_id, { state: 's' })
    await owner.auth.oauth.getAuthorizationDetails(id)
    const { data } = await owner.auth.oauth.denyAuthorization(id, { skipBrowserRedirect: true })
    expect(Object.fromEntries(new URL(must(data).redirect_url).searchParams)).toMatchObject({
      error: 'access_denied',
      state: 's',
    })
    expect((await owner.auth.oauth.approveAuthorization(id, { skipBrowserRedirect: true })).error?.status).toBe(400)
  })
})

test('a client reads the user and ends its own session; the account stays the owner’s', async () => {
  const client = await newClient({ token_endpoint_auth_method: 'client_secret_post' })
  const owner = await signedIn()
  const secret = { client_id: client.client_id, client_secret: must(client.client_secret) }
  const { body } = await trade(await codeFor(client.client_id, owner, { scope: 'email' }), secret)
  const token = String(body.access_token)
  const other = await pending((await newClient()).client_id)
  const none = crypto.randomUUID()
  const refused: [method: string, path: string, body?: object][] = [
    ['PUT', '/user', { password: 'a thief’s password' }],
    ['PUT', '/user', { email: 'thief@example.com' }],
    ['PUT', '/user', { data: { admin: true } }],
    ['POST', '/logout'],
    ['POST', '/logout?scope=others'],
    ['GET', '/reauthenticate'],
    ['POST', '/factors', { factor_type: 'totp' }],
    ['POST', `/factors/${none}/challenge`, {}],
    ['DELETE', `/factors/${none}`],
    ['GET', '/user/identities/authorize?provider=github'],
    ['DELETE', `/user/identities/${none}`],
    ['GET', `/oauth/authorizations/${other}`],
    ['POST', `/oauth/authorizations/${other}/consent`, { action: 'approve' }],
    ['GET', '/user/oauth/grants'],
    ['DELETE', `/user/oauth/grants?client_id=${client.client_id}`],
    ['POST', '/token?grant_type=id_token', { provider: 'google', id_token: 'x', link_identity: true }],
  ]
  for (const [method, path, content] of refused) {
    const response = await auth.request(path, { method, token, ...(content && { body: JSON.stringify(content) }) })
    expect([path, response.status, (await response.json()).error_code]).toEqual([path, 403, 'no_authorization'])
  }
  expect((await auth.request('/user', { token })).status).toBe(200)
  expect((await auth.request('/oauth/userinfo', { token })).status).toBe(200)
  expect((await auth.request('/logout?scope=local', { method: 'POST', token })).status).toBe(204)
  expect((await auth.request('/user', { token })).status).toBe(403)
  expect((await auth.request('/user', { token: owner.token })).status).toBe(200)
})

describe('a code', () => {
  test('is worth tokens once, of many at once too, to its own client with its verifier', async () => {
    const client = await newClient()
    const other = await newClient()
    const owner = await signedIn()
    const basic = ({ client_id, client_secret }: { client_id: string; client_secret?: string }) => ({
      authorization: `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}`,
    })
    const code = await codeFor(client.client_id, owner)
    const form = { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier }
    const bad = [
      [{ ...form, code_verifier: 'x'.repeat(43) }, basic(client), 'invalid_grant'],
      [{ ...form, redirect_uri: 'https://client.example.net/other' }, basic(client), 'invalid_grant'],
      [form, basic(other), 'invalid_grant'],
      [form, basic({ ...client, client_secret: 'guessed' }), 'invalid_client'],
      [{ ...form, client_id: client.client_id, client_secret: must(client.client_secret) }, {}, 'invalid_client'],
      [{ ...form, client_id: client.client_id }, {}, 'invalid_client'],
      [{ ...form, grant_type: 'password' }, basic(client), 'unsupported_grant_type'],
    ] as const
    for (const [wrong, headers, error] of bad) expect((await tokens(wrong, headers)).body).toMatchObject({ error })
    expect(await tokens({ ...form, client_id: '' })).toMatchObject({
      ...{ status: 400, body: { error_code: 'invalid_credentials' } },
    })
    const answers = await Promise.all([1, 2, 3].map(() => tokens(form, basic(client))))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400])
  })

  test('expires', async () => {
    const client = await newClient({ token_endpoint_auth_method: 'none' })
    const code = await codeFor(client.client_id, await signedIn())
    await using later = plain.beside({ oauthServer })
    later.pass(601)
    const form = new URLSearchParams({
      grant_type: 'authorization_code',
      code,
      code_verifier: verifier,
      client_id: client.client_id,
    })
    expect(await (await later.request('/oauth/token', { method: 'POST', body: form })).json()).toMatchObject({
      error: 'invalid_grant',
    })
  })
})

describe('a request', () => {
  test.each([
    ['of nobody', { client_id: '00000000-0000-4000-8000-000000000000' }],
    ['to an address that is not the client’s', { redirect_uri: 'https://evil.test/callback' }],
    ['to an address that only begins like it', { redirect_uri: `${redirectUri}/more` }],
  ])('%s sends nobody anywhere', async (_what, query) => {
    const client = await newClient()
    const response = await authorize({ client_id: client.client_id, ...query })
    expect([response.status, response.headers.get('location')]).toEqual([400, null])
  })

  test.each([
    ['without PKCE', { code_challenge: '', code_challenge_method: '' }],
    ['for an unknown scope', { scope: 'email admin' }],
    ['for tokens in the fragment', { response_type: 'token' }],
  ])('%s is told so', async (_what, query) => {
    const client = await newClient()
    const response = await authorize({ client_id: client.client_id, state: 's', ...query })
    const back = new URL(must(response.headers.get('location')))
    expect(back.origin + back.pathname).toBe(redirectUri)
    expect(Object.fromEntries(back.searchParams)).toMatchObject({ error: 'invalid_request', state: 's' })
  })

  test('is the first one’s who looks at it, on a page of the project', async () => {
    const client = await newClient()
    const [mine, theirs] = [await signedIn(), await signedIn()]
    const id = await pending(client.client_id)
    expect((await auth.post(`/oauth/authorizations/${id}/consent`, { action: 'approve' }, theirs.token)).status).toBe(
      404,
    )
    await mine.client.auth.oauth.getAuthorizationDetails(id)
    expect((await theirs.client.auth.oauth.getAuthorizationDetails(id)).error?.code).toBe(
      'oauth_authorization_not_found',
    )
    const evil = await auth.request(`/oauth/authorizations/${id}`, {
      token: mine.token,
      headers: { origin: 'https://evil.test' },
    })
    expect(evil.status).toBe(400)
  })
})

describe('clients', () => {
  test('register themselves where they may', async () => {
    const asked = {
      client_name: 'Dynamic',
      redirect_uris: ['myapp://host/callback'],
      token_endpoint_auth_method: 'none',
    }
    const made = await auth.post('/oauth/clients/register', asked)
    expect(made).toMatchObject({ status: 201, body: { registration_type: 'dynamic', client_type: 'public' } })
    expect(made.body).not.toHaveProperty('client_secret')
    const closed = plain.beside({ oauthServer: { ...oauthServer, allowDynamicRegistration: false } })
    expect(await closed.post('/oauth/clients/register', asked)).toMatchObject({
      status: 403,
      body: { error_code: 'oauth_dynamic_client_registration_disabled' },
    })
    await closed[Symbol.asyncDispose]()
  })

  test.each([
    [{ redirect_uris: [] }, /redirect_uris/],
    [{ redirect_uris: ['javascript:alert(1)'] }, /not allowed/],
    [{ redirect_uris: ['http://example.com/'] }, /HTTP scheme/],
    [{ redirect_uris: ['https://example.com/#x'] }, /fragment/],
    [{ redirect_uris: ['https://example.com/a,https://evil.test/'] }, /invalid URL/],
    [{ grant_types: ['password'] }, /grant_types/],
    [{ client_type: 'public', token_endpoint_auth_method: 'client_secret_post' }, /inconsistent/],
    [{ logo_uri: 'javascript:alert(1)' }, /logo_uri/],
  ])('%j is no client', async (changes, message) => {
    const token = await mint({ role: 'service_role' })
    const { status, body } = await auth.post(
      '/admin/oauth/clients',
      { redirect_uris: [redirectUri], ...changes },
      token,
    )
    expect(status).toBe(400)
    expect(body.msg).toMatch(message)
  })

  test('are kept by administrators alone, and their secrets change', async () => {
    const { client_id, client_secret } = await newClient({ token_endpoint_auth_method: 'client_secret_post' })
    const { token } = await signedIn()
    expect((await auth.post('/admin/oauth/clients', { redirect_uris: [redirectUri] }, token)).status).toBe(403)
    const { oauth } = auth.admin.auth.admin
    const { data } = await oauth.regenerateClientSecret(client_id)
    expect(data?.client_secret).not.toBe(client_secret)
    const code = await codeFor(client_id, await signedIn())
    expect((await trade(code, { client_id, client_secret: must(client_secret) })).body).toMatchObject({
      error: 'invalid_client',
    })
    const given = await trade(code, { client_id, client_secret: must(data?.client_secret) })
    expect((await oauth.deleteClient(client_id)).error).toBeNull()
    expect((await oauth.getClient(client_id)).error?.code).toBe('oauth_client_not_found')
    expect((await auth.request('/user', { token: given.body.access_token })).status).toBe(403)
  })

  test('there are none where the project is no such server', async () => {
    for (const path of ['/oauth/authorize', '/user/oauth/grants', '/.well-known/oauth-authorization-server']) {
      expect(await (await plain.request(path)).json()).toMatchObject({ code: 404, error_code: 'feature_disabled' })
    }
  })

  test('find what there is at the well-known address', async () => {
    expect(await (await auth.request('/.well-known/oauth-authorization-server')).json()).toMatchObject({
      issuer: 'http://127.0.0.1:54321/auth/v1',
      registration_endpoint: expect.stringContaining('/oauth/clients/register'),
      id_token_signing_alg_values_supported: ['ES256'],
    })
  })
})
