import { createHash } from 'node:crypto'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type AuthFixture, anonKey, createAuthFixture, must, serviceRoleKey } from './auth-fixture.ts'
import { clientId, clientSecret, type OidcServer, startOidcServer } from './oidc-server.ts'

const callback = 'http://127.0.0.1:54321/auth/v1/callback'
const issuer = 'https://idp.example.com'
const path = '/admin/custom-providers'

let auth: AuthFixture
let oidc: OidcServer
let own: AuthFixture
/** Where names lead; elsewhere it is a public address. */
const names: Record<string, string[]> = {
  'inside.example.com': ['93.184.215.14', '10.0.0.7'],
  'metadata.example.com': ['169.254.169.254'],
  'mapped.example.com': ['::ffff:192.168.0.1'],
  'nowhere.example.com': [],
}
const asked: string[] = []
const documents: Record<string, unknown> = {}
beforeAll(async () => {
  auth = await createAuthFixture()
  oidc = await startOidcServer([callback], issuer)
  own = auth.beside({
    enableManualLinking: true,
    options: {
      resolve: async (hostname) => names[hostname] ?? ['93.184.215.14'],
      fetch: (input, init) => {
        const url = String(input instanceof Request ? input.url : input)
        asked.push(url)
        if (url in documents) return Promise.resolve(Response.json(documents[url]))
        if (!url.startsWith(issuer)) return Promise.resolve(new Response('gone', { status: 410 }))
        return oidc.fetch(input, init)
      },
    },
  })
})
afterAll(async () => {
  await own[Symbol.asyncDispose]()
  await oidc[Symbol.asyncDispose]()
  await auth[Symbol.asyncDispose]()
})

let count = 0
const fresh = () => {
  count += 1
  return `custom:idp-${count}` as const
}
const someone = (claims: object = {}) => {
  count += 1
  const account = {
    sub: `person-${count}`,
    email: `custom${count}@example.com`,
    email_verified: true,
    name: 'Ada',
    ...claims,
  }
  oidc.become(account)
  return account
}
const connect = (identifier: string) => ({
  ...{
    provider_type: 'oidc' as const,
    identifier,
    name: 'The company',
    client_id: clientId,
    client_secret: clientSecret,
  },
  ...{ issuer, scopes: ['email', 'profile'] },
})
const plain = (identifier: string) => ({
  ...{ provider_type: 'oauth2' as const, identifier, name: 'An API', client_id: clientId, client_secret: clientSecret },
  ...{ authorization_url: `${issuer}/auth`, token_url: `${issuer}/token`, userinfo_url: `${issuer}/me` },
  scopes: ['openid', 'email', 'profile'],
})
const providers = () => own.admin.auth.admin.customProviders

async function add<Request extends { identifier: string }>(request: Request) {
  const { data, error } = await providers().createProvider(request as never)
  expect(error).toBeNull()
  return must(data)
}

async function departure(provider: string, query: Record<string, string> = {}): Promise<URL> {
  const start = await own.request(`/authorize?${new URLSearchParams({ provider, ...query })}`)
  expect(start.status, await start.clone().text()).toBe(302)
  return new URL(must(start.headers.get('location')))
}

async function comeBack(back: URL): Promise<URL> {
  const end = await own.request(`/callback${back.search}`)
  return new URL(must(end.headers.get('location')))
}

async function userOf(end: URL) {
  const token = new URLSearchParams(end.hash.slice(1)).get('access_token')
  return must((await own.client().auth.getUser(must(token))).data.user)
}

const signIn = async (provider: string, query = {}) =>
  await userOf(await comeBack(await oidc.visit(await departure(provider, query))))

describe('administration', () => {
  test('create, list, get, update and delete, and no answer ever holds the secret', async () => {
    const identifier = fresh()
    const made = await add({ ...connect(identifier), acceptable_client_ids: ['ios'] })
    expect(made).toMatchObject({
      ...{
        identifier,
        provider_type: 'oidc',
        scopes: ['openid', 'email', 'profile'],
        pkce_enabled: true,
        enabled: true,
      },
      ...{ email_optional: false, skip_nonce_check: false, issuer, acceptable_client_ids: ['ios'] },
      ...{ attribute_mapping: {}, authorization_params: {}, custom_claims_allowlist: [] },
      discovery_document: { issuer, token_endpoint: `${issuer}/token`, jwks_uri: `${issuer}/jwks` },
    })
    const api = await add(plain(fresh()))
    expect(api).not.toHaveProperty('issuer')
    expect((await providers().getProvider(identifier)).data).toEqual(made)
    const listed = async (type?: 'oidc' | 'oauth2') =>
      (await providers().listProviders(type && { type })).data?.providers.map((provider) => provider.identifier)
    expect(await listed()).toEqual([api.identifier, identifier])
    expect(await listed('oidc')).toEqual([identifier])
    expect(await listed('oauth2')).toEqual([api.identifier])
    const changes = { name: 'Renamed', enabled: false, scopes: ['email'], client_secret: 'another' }
    const { data: updated } = await providers().updateProvider(identifier, changes)
    expect(updated).toEqual({
      ...made,
      ...{ name: 'Renamed', enabled: false, scopes: ['openid', 'email'], updated_at: expect.any(String) },
    })
    expect(JSON.stringify([made, updated, api])).not.toMatch(/client_secret|another|a secret/)
    expect(
      await own.query('select client_secret from auth.custom_oauth_providers where identifier = $1', [identifier]),
    ).toEqual([{ client_secret: 'another' }])
    expect(await providers().deleteProvider(identifier)).toMatchObject({ error: null })
    expect(await providers().deleteProvider(api.identifier)).toMatchObject({ error: null })
    expect((await providers().getProvider(identifier)).error).toMatchObject({
      ...{ status: 404, code: 'custom_provider_not_found', message: 'Custom OAuth provider not found' },
    })
    expect(await listed()).toEqual([])
  })

  test('belongs to administrators alone', async () => {
    for (const token of [undefined, anonKey]) {
      for (const method of ['GET', 'POST', 'PUT', 'DELETE']) {
        const at = method === 'PUT' || method === 'DELETE' ? `${path}/custom:x` : path
        const init = { method, ...(token && { token }), ...(method !== 'GET' && { body: '{}' }) }
        expect((await own.request(at, init)).status).toBe(token ? 403 : 401)
      }
    }
  })

  test.each(['anon', 'authenticated', 'service_role', 'authenticator'])('%s does not read the table', async (role) => {
    const [row] = await own.query(
      `select has_table_privilege($1, 'auth.custom_oauth_providers', 'select') or
        has_any_column_privilege($1, 'auth.custom_oauth_providers', 'select, insert, update') as may`,
      [role],
    )
    expect(row).toEqual({ may: false })
  })

  const invalid = 'validation_failed'
  const at = (changes: object) => ({ ...connect('custom:bad'), ...changes })
  const api = (changes: object) => ({ ...plain('custom:bad'), ...changes })
  const bad: [object, string, string][] = [
    [at({ provider_type: 'saml' }), invalid, "provider_type must be either 'oauth2' or 'oidc'"],
    [at({ identifier: '' }), invalid, 'identifier is required'],
    [at({ identifier: 'bad' }), invalid, "identifier must start with 'custom:' prefix, e.g. 'custom:bad'"],
    [at({ identifier: 'custom:BAD' }), invalid, 'identifier must be at most 50'],
    [at({ identifier: `custom:${'x'.repeat(44)}` }), invalid, 'identifier must be at most 50'],
    [at({ name: '' }), invalid, 'name is required'],
    [at({ name: 'n'.repeat(101) }), invalid, 'name must have at most 100 characters'],
    [at({ client_id: null }), invalid, 'client_id is required'],
    [at({ client_secret: undefined }), invalid, 'client_secret is required'],
    [at({ issuer: '' }), invalid, 'issuer is required for OIDC providers'],
    [api({ authorization_url: '' }), invalid, 'authorization_url is required for OAuth2 providers'],
    [api({ token_url: '' }), invalid, 'token_url is required for OAuth2 providers'],
    [api({ userinfo_url: '' }), invalid, 'userinfo_url is required for OAuth2 providers'],
    [at({ issuer: 'http://idp.example.com' }), invalid, 'URL must use HTTPS'],
    [at({ issuer: 'not an address' }), invalid, 'Invalid URL format'],
    [at({ issuer: 'https://me:secret@idp.example.com' }), invalid, 'Invalid URL format'],
    [at({ issuer: 'https://localhost:8443' }), invalid, 'URL cannot point to localhost or loopback addresses'],
    [at({ issuer: 'https://idp.localhost.' }), invalid, 'URL cannot point to localhost or loopback addresses'],
    [at({ issuer: 'https://2130706433' }), invalid, 'URL cannot point to localhost or loopback addresses'],
    [at({ issuer: 'https://127.0.0.2' }), invalid, 'URL cannot resolve to loopback addresses'],
    [at({ issuer: 'https://[::1]/' }), invalid, 'URL cannot point to localhost or loopback addresses'],
    [at({ issuer: 'https://[fd00::1]/' }), invalid, 'URL cannot resolve to private network addresses'],
    [at({ issuer: 'https://100.64.0.1/' }), invalid, 'URL cannot resolve to reserved addresses'],
    [at({ discovery_url: 'https://10.1.2.3/x' }), invalid, 'URL cannot resolve to private network addresses'],
    [api({ token_url: 'https://inside.example.com/t' }), invalid, 'URL cannot resolve to private network addresses'],
    [api({ userinfo_url: 'https://metadata.example.com' }), invalid, 'URL cannot resolve to link-local addresses'],
    [api({ jwks_uri: 'https://mapped.example.com' }), invalid, 'URL cannot resolve to private network addresses'],
    [api({ authorization_url: 'https://nowhere.example.com' }), invalid, 'Unable to resolve hostname'],
    [api({ token_url: `https://idp.example.com/${'x'.repeat(2048)}` }), invalid, 'token_url must have at most 2048'],
    [at({ authorization_params: { state: 'x' } }), invalid, 'Cannot override reserved OAuth parameter: state'],
    [at({ authorization_params: { prompt: 1 } }), invalid, 'Authorization parameter "prompt" must be a string'],
    [at({ attribute_mapping: { role: 'role' } }), invalid, 'Cannot map to protected system field: role'],
    [at({ custom_claims_allowlist: [' '] }), invalid, 'custom_claims_allowlist entries must be non-empty strings'],
    [at({ issuer: 'https://gone.example.com' }), invalid, 'OIDC discovery from "https://gone.example.com/.well-known'],
    [at({ issuer: `${issuer}/` }), invalid, 'issuer mismatch, expected "https://idp.example.com/" got'],
    [at({ scopes: 'email' }), 'bad_json', 'field scopes has the wrong type'],
    [at({ name: 'a\0b' }), invalid, 'The NUL character is not allowed in text'],
  ]
  test.each(bad)('bad input %#', async (request, code, message) => {
    const answer = await own.post(path, request, serviceRoleKey)
    expect(answer).toMatchObject({ status: 400, body: { error_code: code } })
    expect(answer.body.msg).toContain(message)
  })

  test('a discovery document that lacks what sign-ins need, or leads inside, is refused', async () => {
    const elsewhere = 'https://doc.example.com/discovery'
    const whole = { issuer, authorization_endpoint: `${issuer}/auth`, token_endpoint: `${issuer}/token` }
    documents[elsewhere] = whole
    const request = { ...connect(fresh()), discovery_url: elsewhere }
    const create = async () => (await own.post(path, request, serviceRoleKey)).body.msg
    expect(await create()).toBe('OIDC discovery document is missing required fields: jwks_uri')
    documents[elsewhere] = { ...whole, jwks_uri: 'https://metadata.example.com/' }
    expect(await create()).toBe('URL cannot resolve to link-local addresses')
    documents[elsewhere] = []
    expect(await create()).toContain('it is no such document')
  })

  test('an identifier counts once, also for two at a time', async () => {
    const request = connect(fresh())
    const both = await Promise.all([own.post(path, request, serviceRoleKey), own.post(path, request, serviceRoleKey)])
    expect(both.map(({ status }) => status).sort()).toEqual([201, 400])
    const { body } = await own.post(path, request, serviceRoleKey)
    expect(body).toMatchObject({
      error_code: 'conflict',
      msg: 'A custom OAuth provider with this identifier already exists',
    })
  })

  test.each(['GET', 'PUT', 'DELETE'])('%s of what is none', async (method) => {
    const init = { method, token: serviceRoleKey, ...(method === 'PUT' && { body: '{}' }) }
    for (const name of ['custom:none', 'custom:%00', 'custom:N%20']) {
      const response = await own.request(`${path}/${name}`, init)
      expect([response.status, (await response.json()).error_code]).toEqual([404, 'custom_provider_not_found'])
    }
    expect((await own.request(`${path}/google`, init)).status).toBe(400)
  })

  test('a change is judged as a new provider is, and refused whole', async () => {
    const made = await add(connect(fresh()))
    for (const [changes, message] of [
      [{ name: 'Changed', issuer: 'https://gone.example.com' }, 'OIDC discovery from'],
      [{ name: 'Changed', discovery_url: 'https://10.0.0.1/' }, 'private network'],
      [{ name: 'Changed', authorization_params: { nonce: 'x' } }, 'reserved OAuth parameter'],
      [{ name: 'Changed', attribute_mapping: { id: 'sub' } }, 'protected system field'],
    ] as const) {
      const { error } = await providers().updateProvider(made.identifier, changes)
      expect(error).toMatchObject({ status: 400, message: expect.stringContaining(message) })
    }
    expect((await providers().getProvider(made.identifier)).data).toEqual(made)
  })
})

describe('signing in', () => {
  test('by OpenID Connect and PKCE, as supabase-js does it, and by what the project maps', async () => {
    const { identifier } = await add({
      ...connect(fresh()),
      attribute_mapping: { full_name: 'hd', nickname: 'name', locale: 'none' },
      custom_claims_allowlist: ['hd', 'absent'],
      authorization_params: { prompt: 'consent' },
    })
    const account = someone({ hd: 'example.com' })
    const client = own.client({ flowType: 'pkce' })
    const options = { redirectTo: 'myapp://callback', skipBrowserRedirect: true, queryParams: { prompt: 'none' } }
    const { data } = await client.auth.signInWithOAuth({ provider: identifier as `custom:${string}`, options })
    const start = await departure(identifier, Object.fromEntries(new URL(must(data.url)).searchParams))
    expect(Object.fromEntries(start.searchParams)).toMatchObject({
      ...{ scope: 'openid email profile', prompt: 'consent', code_challenge_method: 'S256', client_id: clientId },
      ...{ redirect_uri: callback, response_type: 'code' },
    })
    const end = await comeBack(await oidc.visit(start))
    const { data: signedIn, error } = await client.auth.exchangeCodeForSession(must(end.searchParams.get('code')))
    expect(error).toBeNull()
    expect(signedIn.user).toMatchObject({
      email: account.email,
      app_metadata: { provider: identifier, providers: [identifier] },
      user_metadata: { full_name: 'example.com', name: 'Ada', nickname: 'Ada', custom_claims: { hd: 'example.com' } },
      identities: [{ provider: identifier, id: account.sub, identity_data: { iss: issuer, sub: account.sub } }],
    })
    expect(signedIn.user?.user_metadata).not.toHaveProperty('locale')
    expect(signedIn.user?.user_metadata.custom_claims).toEqual({ hd: 'example.com' })
    expect((await signIn(identifier)).id).toBe(signedIn.user?.id)
  })

  test('by OAuth 2 alone, without PKCE, with the scopes that the app asks for', async () => {
    const { identifier } = await add({ ...plain(fresh()), pkce_enabled: false })
    const account = someone()
    const start = await departure(identifier, { scopes: 'openid email' })
    expect(start.searchParams.get('scope')).toBe('openid email')
    expect(start.searchParams.has('code_challenge')).toBe(false)
    expect(start.searchParams.has('nonce')).toBe(false)
    const user = await userOf(await comeBack(await oidc.visit(start)))
    expect(user).toMatchObject({ email: account.email, identities: [{ provider: identifier, id: account.sub }] })
  })

  test('OAuth 2 with PKCE, and the claim that says who it is mapped', async () => {
    const { identifier } = await add({ ...plain(fresh()), attribute_mapping: { sub: 'name', email_verified2: true } })
    someone({ name: 'employee-7' })
    expect((await signIn(identifier)).identities).toMatchObject([{ provider: identifier, id: 'employee-7' }])
  })

  test('a number says who it is only where no two users have the same one once it is read', async () => {
    const userinfo_url = 'https://api.example.com/me'
    const { identifier } = await add({ ...plain(fresh()), userinfo_url, attribute_mapping: { sub: 'id' } })
    someone()
    documents[userinfo_url] = { id: 7, email: 'seven@example.com', email_verified: true }
    expect((await signIn(identifier)).identities).toMatchObject([{ provider: identifier, id: '7' }])
    documents[userinfo_url] = { id: 2 ** 53, email: 'large@example.com', email_verified: true }
    const end = await comeBack(await oidc.visit(await departure(identifier)))
    expect(end.searchParams.get('error_code')).toBe('unexpected_failure')
  })

  test('whoever has no address is let in where the provider says so', async () => {
    const { identifier } = await add(connect(fresh()))
    someone({ email: undefined, email_verified: undefined })
    const refused = await comeBack(await oidc.visit(await departure(identifier)))
    expect(refused.searchParams.get('error_description')).toBe('Error getting user email from external provider')
    await providers().updateProvider(identifier, { email_optional: true })
    expect((await signIn(identifier)).email).toBe('')
  })

  test('adds an identity to whoever is signed in', async () => {
    const { identifier } = await add({ ...connect(fresh()), skip_nonce_check: true })
    const account = someone()
    const client = own.client()
    const { data: anonymous } = await client.auth.signInAnonymously()
    const { data } = await client.auth.linkIdentity({
      provider: identifier as `custom:${string}`,
      options: { skipBrowserRedirect: true },
    })
    const start = new URL(must((data as { url: string }).url))
    expect(start.searchParams.has('nonce')).toBe(false)
    await comeBack(await oidc.visit(start))
    expect((await client.auth.getUser()).data.user).toMatchObject({ id: anonymous.user?.id, email: account.email })
  })

  test('the document is asked for once an hour, and an old one serves while the provider is away', async () => {
    const at = 'https://doc.example.com/moving'
    documents[at] = await (await oidc.fetch(`${issuer}/.well-known/openid-configuration`)).json()
    const { identifier } = await add({ ...connect(fresh()), discovery_url: at })
    const times = () => asked.filter((url) => url === at).length
    await departure(identifier)
    await departure(identifier)
    expect(times()).toBe(1)
    own.pass(3601)
    await departure(identifier)
    expect(times()).toBe(2)
    delete documents[at]
    own.pass(3601)
    await departure(identifier)
    expect(times()).toBe(3)
    // A process that never saw it has nothing to go by.
    await using another = auth.beside({
      options: { resolve: async () => ['93.184.215.14'], fetch: async () => new Response('', { status: 503 }) },
    })
    const answer = await another.request(`/authorize?provider=${identifier}`)
    expect([answer.status, (await answer.json()).msg]).toEqual([
      400,
      'Unsupported provider: error creating OIDC provider',
    ])
  })

  const unsupported = async (provider: string) => {
    const response = await own.request(`/authorize?provider=${encodeURIComponent(provider)}`)
    return [response.status, await response.json()] as const
  }
  test('nobody signs in with one that is off, is none, or whose secret only another server can read', async () => {
    const { identifier } = await add({ ...connect(fresh()), enabled: false })
    const says = (reason: string) =>
      [400, { code: 400, error_code: 'validation_failed', msg: `Unsupported provider: ${reason}` }] as const
    expect(await unsupported(identifier)).toEqual(says(`custom provider ${identifier} is disabled`))
    expect(await unsupported('custom:none')).toEqual(says('custom provider custom:none not found'))
    expect(await unsupported('custom:\0')).toEqual(says('custom provider custom: not found'))
    const sealed = '{"key_id":"k","alg":"aes-gcm-hkdf","data":"eA","nonce":"eA"}'
    await providers().updateProvider(identifier, { enabled: true, client_secret: sealed })
    expect(await unsupported(identifier)).toEqual(says(`error decrypting client secret for provider ${identifier}`))
  })

  test.each(['deleted', 'switched off'])('one that was %s while someone was away lets nobody in', async (how) => {
    const { identifier } = await add(connect(fresh()))
    const { email } = someone()
    const back = await oidc.visit(await departure(identifier, { redirect_to: 'myapp://callback' }))
    if (how === 'deleted') await providers().deleteProvider(identifier)
    else await providers().updateProvider(identifier, { enabled: false })
    const end = await comeBack(back)
    expect(end.href).toMatch(/^myapp:\/\/callback/)
    expect(end.searchParams.get('error_code')).toBe('oauth_provider_not_supported')
    expect(await own.query('select id from auth.users where email = $1', [email])).toEqual([])
  })

  test('one that leads inside later is not asked', async () => {
    names['turning.example.com'] = ['93.184.215.14']
    const { identifier } = await add({ ...plain(fresh()), token_url: 'https://turning.example.com/token' })
    someone()
    const back = await oidc.visit(await departure(identifier))
    names['turning.example.com'] = ['127.0.0.1']
    expect((await comeBack(back)).searchParams.get('error_code')).toBe('unexpected_failure')
    expect(asked).not.toContain('https://turning.example.com/token')
  })
})

describe('an ID token that an app got by itself', async () => {
  const tokens = 'https://tokens.example.com'
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true })
  const nonce = 'what the app made up'
  const sign = (changes: Record<string, unknown> = {}) =>
    new SignJWT({
      ...{ iss: tokens, sub: 'native-1', email: 'native-custom@example.com', email_verified: true, aud: 'ios' },
      ...{ nonce: createHash('sha256').update(nonce).digest('hex'), exp: Math.floor(own.now().getTime() / 1000) + 60 },
      ...changes,
    })
      .setProtectedHeader({ alg: 'RS256', kid: 'c1' })
      .sign(privateKey)
  const identifier = 'custom:native'
  beforeAll(async () => {
    documents[`${tokens}/.well-known/openid-configuration`] = {
      ...{ issuer: tokens, jwks_uri: `${tokens}/keys` },
      ...{ authorization_endpoint: `${tokens}/auth`, token_endpoint: `${tokens}/token` },
    }
    documents[`${tokens}/keys`] = { keys: [{ ...(await exportJWK(publicKey)), alg: 'RS256', use: 'sig', kid: 'c1' }] }
    await add({ ...connect(identifier), issuer: tokens, acceptable_client_ids: ['ios', ''] })
    await add(plain('custom:no-tokens'))
    await add({ ...connect('custom:off'), enabled: false })
  })

  test('signs in, for each of its client ids', async () => {
    const ids = await Promise.all(
      ['ios', clientId].map(async (aud) => {
        const token = await sign({ aud })
        const { data, error } = await own.client().auth.signInWithIdToken({ provider: identifier, token, nonce })
        expect(error).toBeNull()
        expect(data.user).toMatchObject({ identities: [{ provider: identifier, id: 'native-1' }] })
        return data.user?.id
      }),
    )
    expect(ids[0]).toBe(ids[1])
  })

  const bad: [string, string, Record<string, unknown>, object][] = [
    [
      'another audience',
      identifier,
      { aud: 'android' },
      { error_description: 'Unacceptable audience in id_token: [android]' },
    ],
    ['an empty audience', identifier, { aud: '' }, { error_description: 'Unacceptable audience in id_token: []' }],
    ['another issuer', identifier, { iss: issuer }, { error_description: 'Bad ID token' }],
    ['another nonce', identifier, { nonce: 'x' }, { error_description: 'Nonces mismatch' }],
    ['an end that is past', identifier, { exp: 1 }, { error_description: 'Bad ID token' }],
    ['a provider that is none', 'custom:none', {}, { msg: 'Custom provider "custom:none" not found' }],
    [
      'one that is off',
      'custom:off',
      {},
      { error_code: 'provider_disabled', msg: 'Custom provider "custom:off" is disabled' },
    ],
    ['one without such tokens', 'custom:no-tokens', {}, { msg: 'Provider "custom:no-tokens" is not an OIDC provider' }],
  ]
  test.each(bad)('%s is refused', async (_what, provider, changes, expected) => {
    const body = { id_token: await sign(changes), nonce, provider }
    expect(await own.post('/token?grant_type=id_token', body)).toMatchObject({ status: 400, body: expected })
  })

  test('without the nonce, where the provider has none', async () => {
    const body = { id_token: await sign(), provider: identifier }
    expect((await own.post('/token?grant_type=id_token', body)).status).toBe(400)
    await providers().updateProvider(identifier, { skip_nonce_check: true })
    expect((await own.post('/token?grant_type=id_token', body)).status).toBe(200)
  })
})
