import { createHash } from 'node:crypto'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type AuthFixture, createAuthFixture, linkTo, must, password } from './auth-fixture.ts'
import { clientId, clientSecret, type OidcServer, startOidcServer } from './oidc-server.ts'

const callback = 'http://127.0.0.1:54321/auth/v1/callback'
const site = 'http://127.0.0.1:3000'
const app = { enabled: true, clientId, secret: clientSecret, skipNonceCheck: false, emailOptional: false }

let auth: AuthFixture
let oidc: OidcServer
let apart: AuthFixture
beforeAll(async () => {
  auth = await createAuthFixture()
  oidc = await startOidcServer([callback])
  const keycloak = { ...app, url: oidc.origin }
  const twoIds = { ...keycloak, clientId: `${clientId}, native-app` }
  const external = { keycloak, native: { ...twoIds, skipNonceCheck: false }, off: { ...app, enabled: false } }
  apart = auth.beside({ external, enableManualLinking: true, email: { enableConfirmations: true } })
})
afterAll(async () => {
  await apart[Symbol.asyncDispose]()
  await oidc[Symbol.asyncDispose]()
  await auth[Symbol.asyncDispose]()
})

let count = 0
const someone = (claims: object = {}) => {
  count += 1
  const person = {
    sub: `person-${count}`,
    email: `person${count}@example.com`,
    email_verified: true,
    name: `P ${count}`,
  }
  const account = { ...person, ...claims }
  oidc.become(account)
  return account
}

/** Goes from `/authorize` through the provider and back, and answers where the app finds itself. */
async function signIn(fixture: AuthFixture, query: Record<string, string>, server = oidc): Promise<URL> {
  const start = await fixture.request(`/authorize?${new URLSearchParams(query)}`)
  expect(start.status).toBe(302)
  return await comeBack(fixture, await server.visit(new URL(must(start.headers.get('location')))))
}

async function comeBack(fixture: AuthFixture, back: URL, ...statuses: number[]): Promise<URL> {
  const end = await fixture.request(`/callback${back.search}`)
  expect(statuses.length > 0 ? statuses : [302]).toContain(end.status)
  return new URL(must(end.headers.get('location')))
}

const fragment = (url: URL) => Object.fromEntries(new URLSearchParams(url.hash.slice(1)))

describe('signing in at another service', () => {
  test('by the implicit flow ends with tokens, a user and what the service said', async () => {
    const account = someone({ picture: 'https://example.com/me.png' })
    const end = await signIn(apart, { provider: 'keycloak', redirect_to: 'myapp://callback' })
    expect(end.href).toMatch(/^myapp:\/\/callback#/)
    const { access_token, provider_token, refresh_token } = fragment(end)
    expect(provider_token).toBeTruthy()
    const { data } = await apart.client().auth.getUser(access_token)
    expect(data.user).toMatchObject({
      email: account.email,
      app_metadata: { provider: 'keycloak', providers: ['keycloak'] },
      user_metadata: { full_name: account.name, avatar_url: 'https://example.com/me.png', email_verified: true },
      identities: [{ provider: 'keycloak', id: account.sub, identity_data: { iss: oidc.origin, sub: account.sub } }],
    })
    expect((await apart.client().auth.refreshSession({ refresh_token: must(refresh_token) })).error).toBeNull()
    // The second time it is the same user.
    const again = fragment(await signIn(apart, { provider: 'keycloak' }))
    expect((await apart.client().auth.getUser(again.access_token)).data.user?.id).toBe(data.user?.id)
  })

  test('by PKCE, as supabase-js does it', async () => {
    const account = someone()
    const client = apart.client({ flowType: 'pkce' })
    const options = {
      redirectTo: 'https://app.example.com/welcome',
      scopes: 'offline_access',
      queryParams: { prompt: 'consent' },
    }
    const { data } = await client.auth.signInWithOAuth({
      provider: 'keycloak',
      options: { ...options, skipBrowserRedirect: true },
    })
    const url = new URL(must(data.url))
    const start = await apart.request(url.pathname.replace('/auth/v1', '') + url.search)
    const at = new URL(must(start.headers.get('location')))
    expect(at.searchParams.get('prompt')).toBe('consent')
    const end = await comeBack(apart, await oidc.visit(at))
    expect(end.origin + end.pathname).toBe('https://app.example.com/welcome')
    const code = must(end.searchParams.get('code'))
    const { data: signedIn, error } = await client.auth.exchangeCodeForSession(code)
    expect(error).toBeNull()
    expect(signedIn.user?.email).toBe(account.email)
    expect(signedIn.session).toMatchObject({
      provider_token: expect.any(String),
      provider_refresh_token: expect.any(String),
    })
    expect(
      (await apart.post('/token?grant_type=pkce', { auth_code: code, code_verifier: 'x'.repeat(43) })).status,
    ).toBe(404)
  })

  test.each([
    ['evil://app', site],
    ['https://app.example.com.evil.test/', site],
    ['https://app.example.com/deep/link?x=1', 'https://app.example.com/deep/link?x=1'],
  ])('%s leads to %s', async (wanted, expected) => {
    someone()
    const end = await signIn(apart, { provider: 'keycloak', redirect_to: wanted })
    expect(end.href.split('#')[0]?.replace(/\/$/, '')).toBe(expected)
  })

  test('what a client must not decide, it does not', async () => {
    const query = new URLSearchParams({
      ...{ provider: 'keycloak', redirect_uri: 'https://evil.test', state: 'x', client_id: 'evil', nonce: 'known' },
      ...{ response_mode: 'fragment', request: 'x', login_hint: 'me' },
    })
    const at = new URL(must((await apart.request(`/authorize?${query}`)).headers.get('location')))
    expect(at.searchParams.getAll('redirect_uri')).toEqual([callback])
    expect(at.searchParams.getAll('client_id')).toEqual([clientId])
    expect(at.searchParams.get('state')).not.toBe('x')
    expect(at.searchParams.get('nonce')).not.toBe('known')
    expect([at.searchParams.get('response_mode'), at.searchParams.get('request')]).toEqual([null, null])
    expect(at.searchParams.get('login_hint')).toBe('me')
  })

  test.each([
    ['google', 'provider is not enabled'],
    ['off', 'Provider off could not be found'],
    ['', 'Provider  could not be found'],
  ])('%j is no provider', async (provider, reason) => {
    expect(await (await apart.request(`/authorize?provider=${provider}`)).json()).toMatchObject({
      ...{ code: 400, error_code: 'validation_failed', msg: `Unsupported provider: ${reason}` },
    })
  })

  test('one that cannot be spoken to is told of at start', async () => {
    await using odd = auth.beside({ external: { twitter: app, unknown: app } })
    const texts = odd.observations.flatMap((seen) => (seen.kind === 'message' ? seen.text : []))
    expect(texts).toEqual([
      'Nobody can sign in with twitter: OAuth 1.0a is not spoken here; its successor is [auth.external.x].',
      expect.stringContaining('Nobody can sign in with unknown: it is neither known nor has it a url'),
    ])
  })

  test("WorkOS is told the service behind it by the name that auth-js' users know", async () => {
    await using own = auth.beside({ external: { workos: app } })
    const { headers } = await own.request('/authorize?provider=workos&workos_provider=GoogleOAuth')
    const at = new URL(must(headers.get('location')))
    expect([at.origin, at.searchParams.get('provider'), at.searchParams.get('scope')]).toEqual([
      'https://api.workos.com',
      'GoogleOAuth',
      null,
    ])
  })
})

describe('what comes back counts once, and only as it was sent', () => {
  const departure = async (query: Record<string, string> = {}) => {
    const start = await apart.request(`/authorize?${new URLSearchParams({ provider: 'keycloak', ...query })}`)
    return new URL(must(start.headers.get('location')))
  }

  test('a state that is none', async () => {
    for (const [state, code] of [
      ['', 'bad_oauth_callback'],
      ['x', 'bad_oauth_state'],
      ['00000000-0000-4000-8000-000000000000', 'bad_oauth_state'],
    ]) {
      const end = await comeBack(apart, new URL(`${callback}?code=x&state=${state}`), 303)
      expect(end.origin).toBe(site)
      expect(end.searchParams.get('error_code')).toBe(code)
    }
  })

  test('a replay, and two at once', async () => {
    someone()
    const back = await oidc.visit(await departure())
    const ends = await Promise.all([comeBack(apart, back, 302, 303), comeBack(apart, back, 302, 303)])
    expect(ends.filter((end) => fragment(end).access_token)).toHaveLength(1)
    expect(fragment(await comeBack(apart, back, 303)).access_token).toBeUndefined()
  })

  test('a state of one user with the code of another', async () => {
    someone()
    const [mine, theirs] = [await departure(), await departure()]
    const code = must((await oidc.visit(theirs)).searchParams.get('code'))
    const mixed = new URL(callback)
    mixed.search = new URLSearchParams({
      code,
      state: must(mine.searchParams.get('state')),
      iss: oidc.origin,
    }).toString()
    const end = await comeBack(apart, mixed)
    expect(end.searchParams.get('error_code')).toBe('unexpected_failure')
    expect(end.href).not.toContain(code)
  })

  test('one that comes too late', async () => {
    someone()
    const back = await oidc.visit(await departure())
    await using later = auth.beside({ external: { keycloak: { ...app, url: oidc.origin } } })
    later.pass(301)
    expect((await comeBack(later, back, 303)).searchParams.get('error_code')).toBe('bad_oauth_state')
  })

  test('the refusal of the provider, told where the user was going', async () => {
    const state = must((await departure({ redirect_to: 'myapp://callback' })).searchParams.get('state'))
    const refusal = { error: 'access_denied', error_description: 'she said no', state }
    const end = await comeBack(apart, new URL(`${callback}?${new URLSearchParams(refusal)}`))
    expect(end.href.split('?')[0]).toBe('myapp://callback')
    expect(Object.fromEntries(end.searchParams)).toMatchObject({
      error: 'access_denied',
      error_description: 'she said no',
    })
  })
})

describe('whose account it is', () => {
  const emailOf = async (end: URL) => (await apart.client().auth.getUser(fragment(end).access_token)).data.user

  test('one with the same proven address is linked', async () => {
    const account = someone()
    const { data } = await auth.client().auth.signUp({ email: account.email, password })
    const user = await emailOf(await signIn(apart, { provider: 'keycloak' }))
    expect(user?.id).toBe(data.user?.id)
    expect(user?.identities?.map(({ provider }) => provider)).toEqual(['email', 'keycloak'])
    expect((await auth.client().auth.signInWithPassword({ email: account.email, password })).error).toBeNull()
  })

  test('one that someone made in wait for the owner loses its password', async () => {
    const account = someone()
    await apart.client().auth.signUp({ email: account.email, password, options: { data: { trap: true } } })
    const user = await emailOf(await signIn(apart, { provider: 'keycloak' }))
    expect(user?.identities?.map(({ provider }) => provider)).toEqual(['keycloak'])
    expect(user?.user_metadata).not.toHaveProperty('trap')
    expect((await apart.client().auth.signInWithPassword({ email: account.email, password })).error?.code).toBe(
      'invalid_credentials',
    )
  })

  test('an unproven address gets a mail, and no way into the account of another', async () => {
    const account = someone({ email_verified: false })
    const end = await signIn(apart, { provider: 'keycloak' })
    expect(end.searchParams.get('error_code')).toBe('provider_email_needs_verification')
    expect(apart.inbox.mails.at(-1)?.to).toBe(account.email)
    const victim = must((await auth.client().auth.signUp({ email: 'victim@example.com', password })).data.user)
    someone({ email: 'victim@example.com', email_verified: false })
    expect((await signIn(apart, { provider: 'keycloak' })).searchParams.get('error_code')).toBe(
      'provider_email_needs_verification',
    )
    expect(await apart.query('select count(*)::int as n from auth.identities where user_id = $1', [victim.id])).toEqual(
      [{ n: 1 }],
    )
  })

  test('an unproven address is no way into the account of another where addresses need no confirmation either', async () => {
    await using lax = auth.beside({ external: { keycloak: { ...app, url: oidc.origin } } })
    const email = 'lax-victim@example.com'
    const victim = must((await lax.client().auth.signUp({ email, password })).data.user)
    someone({ email, email_verified: false })
    const end = await signIn(lax, { provider: 'keycloak' })
    expect([end.searchParams.get('error_code'), fragment(end).access_token]).toEqual([
      'provider_email_needs_verification',
      undefined,
    ])
    expect(await lax.query('select provider from auth.identities where user_id = $1', [victim.id])).toEqual([
      { provider: 'email' },
    ])
    // An address that nobody has is taken as a sign-up by mail would take it.
    const { email: free } = someone({ email_verified: false })
    const { access_token } = fragment(await signIn(lax, { provider: 'keycloak' }))
    expect((await lax.client().auth.getUser(access_token)).data.user?.email).toBe(free)
  })

  test('no address is refused, unless the project does without', async () => {
    someone({ email: undefined })
    expect((await signIn(apart, { provider: 'keycloak' })).searchParams.get('error_description')).toContain('email')
    await using lax = auth.beside({ external: { keycloak: { ...app, url: oidc.origin, emailOptional: true } } })
    expect(fragment(await signIn(lax, { provider: 'keycloak' })).access_token).toBeTruthy()
  })

  test('one who was invited comes by a service that proves the same address, and nobody else by that invitation', async () => {
    const email = 'invited@example.com'
    await apart.admin.auth.admin.inviteUserByEmail(email, { data: { team: 'ours' } })
    const invite_token = must(linkTo(apart, email).searchParams.get('token'))
    const come = async (claims: object) => {
      someone(claims)
      return await signIn(apart, { provider: 'keycloak', invite_token })
    }
    expect((await come({})).searchParams.get('error_description')).toBe(
      'Invited email does not match emails from external provider',
    )
    const user = must(await emailOf(await come({ email, email_verified: true })))
    expect(user).toMatchObject({
      email,
      email_confirmed_at: expect.any(String),
      app_metadata: { provider: 'keycloak' },
    })
    expect(user.identities?.map(({ provider }) => provider)).toEqual(['keycloak'])
    const again = await apart.request(`/authorize?${new URLSearchParams({ provider: 'keycloak', invite_token })}`)
    expect([again.status, (await again.json()).error_code]).toEqual([404, 'user_not_found'])
  })

  test('the invitation itself proves the address', async () => {
    const email = 'invited-too@example.com'
    await apart.admin.auth.admin.inviteUserByEmail(email)
    const invite_token = must(linkTo(apart, email).searchParams.get('token'))
    someone({ email, email_verified: false })
    const end = await signIn(apart, { provider: 'keycloak', invite_token })
    expect(fragment(end).access_token).toBeTruthy()
    expect((await emailOf(end))?.email).toBe(email)
  })

  test('another address that the service has proven leads to its account, too', async () => {
    const address = (email: string, primary: boolean, verified = true) => ({ email, primary, verified })
    const come = async (id: number, emails: readonly object[]) => {
      const answers: Record<string, unknown> = {
        '/login/oauth/access_token': { access_token: 'theirs', token_type: 'bearer' },
        ...{ '/user': { id, login: `octo${id}` }, '/user/emails': emails },
      }
      const github: typeof fetch = async (input) => Response.json(answers[new URL(String(input)).pathname])
      await using own = auth.beside({ external: { github: app }, options: { fetch: github } })
      const start = new URL(must((await own.request('/authorize?provider=github')).headers.get('location')))
      const state = must(start.searchParams.get('state'))
      return await comeBack(own, new URL(`${callback}?${new URLSearchParams({ code: 'x', state })}`))
    }
    const email = 'second-address@example.com'
    const { data } = await auth.client().auth.signUp({ email, password })
    const user = await emailOf(await come(71, [address('first-address@example.com', true), address(email, false)]))
    expect(user).toMatchObject({ id: data.user?.id, email })
    expect(user?.identities?.map(({ provider }) => provider)).toEqual(['email', 'github'])
    // One that it has not proven leads nowhere.
    const stranger = [address('third-address@example.com', true), address(email, false, false)]
    expect((await emailOf(await come(72, stranger)))?.email).toBe('third-address@example.com')
  })

  test('a banned user, and a stranger where nobody may sign up, stay outside', async () => {
    someone()
    const user = must(await emailOf(await signIn(apart, { provider: 'keycloak' })))
    await apart.admin.auth.admin.updateUserById(user.id, { ban_duration: '1h' })
    expect((await signIn(apart, { provider: 'keycloak' })).searchParams.get('error_code')).toBe('user_banned')
    someone()
    await using shut = auth.beside({ enableSignup: false, external: { keycloak: { ...app, url: oidc.origin } } })
    expect((await signIn(shut, { provider: 'keycloak' })).searchParams.get('error_code')).toBe('signup_disabled')
  })
})

describe('adding an identity by hand', () => {
  async function linkUrl(client: ReturnType<AuthFixture['client']>) {
    const { data, error } = await client.auth.linkIdentity({
      provider: 'keycloak',
      options: { skipBrowserRedirect: true },
    })
    expect(error).toBeNull()
    return new URL(must((data as { url: string }).url))
  }

  test('makes an anonymous user permanent, and can be taken back', async () => {
    const account = someone()
    const client = apart.client()
    const { data } = await client.auth.signInAnonymously()
    const end = await comeBack(apart, await oidc.visit(await linkUrl(client)))
    expect(fragment(end).access_token).toBeTruthy()
    const user = must((await client.auth.getUser()).data.user)
    expect(user).toMatchObject({ id: data.user?.id, email: account.email, is_anonymous: false })
    // Another user cannot have the same one.
    const other = apart.client()
    await other.auth.signInAnonymously()
    const taken = await comeBack(apart, await oidc.visit(await linkUrl(other)))
    expect(taken.searchParams.get('error_code')).toBe('identity_already_exists')
  })

  test.each([
    ['a proven address becomes the account’s', true, 'kept'],
    ['an unproven one too, which is to be proven then', false, 'lost'],
  ])('once the old one is taken away, %s', async (_what, proven, confirmation) => {
    const client = apart.client()
    const address = `unlinked-${proven}@example.com`
    await auth.client().auth.signUp({ email: address, password })
    await client.auth.signInWithPassword({ email: address, password })
    const account = someone({ email_verified: proven })
    await comeBack(apart, await oidc.visit(await linkUrl(client)))
    await client.auth.updateUser({ email: 'pending@example.com' })
    const user = must((await client.auth.getUser()).data.user)
    const mailed = must(user.identities?.find(({ provider }) => provider === 'email'))
    expect((await client.auth.unlinkIdentity(mailed)).error).toBeNull()
    const left = must((await client.auth.getUser()).data.user)
    expect(left).toMatchObject({ email: account.email, app_metadata: { providers: ['keycloak'] } })
    expect(left.email_confirmed_at ? 'kept' : 'lost').toBe(confirmation)
    // The link that was on its way to the old address leads nowhere.
    expect(left.new_email).toBeUndefined()
    expect(await apart.query('select 1 from auth.one_time_tokens where user_id = $1', [user.id])).toEqual([])
  })

  test('no address of another account takes the place of one that is taken away', async () => {
    const client = apart.client()
    await auth.client().auth.signUp({ email: 'unlinked-conflict@example.com', password })
    await client.auth.signInWithPassword({ email: 'unlinked-conflict@example.com', password })
    const account = someone()
    await comeBack(apart, await oidc.visit(await linkUrl(client)))
    await auth.query(`update auth.users set email = 'moved@example.com' where email = $1`, [account.email])
    await auth.client().auth.signUp({ email: account.email, password })
    const user = must((await client.auth.getUser()).data.user)
    const mailed = must(user.identities?.find(({ provider }) => provider === 'email'))
    expect((await client.auth.unlinkIdentity(mailed)).error?.code).toBe('email_conflict_identity_not_deletable')
  })

  test('is off where the project does not want it', async () => {
    await using off = auth.beside({ external: { keycloak: { ...app, url: oidc.origin } } })
    const client = off.client()
    await client.auth.signInAnonymously()
    expect((await client.auth.linkIdentity({ provider: 'keycloak' })).error?.code).toBe('manual_linking_disabled')
  })
})

describe('providers by name', () => {
  const named = {
    google: { issuer: 'https://accounts.google.com', claims: { hd: 'example.com' } },
    apple: { issuer: 'https://appleid.apple.com', claims: {} },
    azure: { issuer: 'https://login.microsoftonline.com/common/v2.0', claims: { xms_edov: true } },
  }
  test.each(Object.entries(named))('%s', async (provider, { issuer, claims }) => {
    await using server = await startOidcServer([callback], issuer)
    await using own = auth.beside({ external: { [provider]: app }, options: { fetch: server.fetch } })
    const sub = `${provider}-user`
    server.become({ sub, email: `${provider}@example.com`, email_verified: true, ...claims })
    const start = new URL(must((await own.request(`/authorize?provider=${provider}`)).headers.get('location')))
    expect(start.origin).toBe(new URL(issuer).origin)
    if (provider === 'apple') {
      // Apple posts its answer, with a name the first time.
      expect(start.searchParams.get('response_mode')).toBe('form_post')
      start.searchParams.delete('response_mode')
    }
    const back = await server.visit(start)
    const name = { name: { firstName: 'Ada', lastName: 'Lovelace' } }
    const form = new URLSearchParams([...back.searchParams, ['user', JSON.stringify(name)]])
    const posted = await own.request('/callback', { method: 'POST', body: form })
    const { access_token } = fragment(new URL(must(posted.headers.get('location'))))
    const { data } = await own.client().auth.getUser(access_token)
    expect(data.user).toMatchObject({
      email: `${provider}@example.com`,
      app_metadata: { provider },
      user_metadata: { full_name: 'Ada Lovelace' },
    })
  })

  const apis: Record<string, { token: string; answers: Record<string, unknown>; id: string; said?: object }> = {
    github: {
      token: 'https://github.com/login/oauth/access_token',
      answers: {
        'https://api.github.com/user': { id: 7, login: 'octo', name: 'Octo Cat', avatar_url: 'https://x/y.png' },
        'https://api.github.com/user/emails': [
          { email: 'other@example.com', verified: true, primary: false },
          { email: 'Octo@Example.com', verified: true, primary: true },
        ],
      },
      id: '7',
    },
    gitlab: {
      token: 'https://gitlab.com/oauth/token',
      answers: {
        'https://gitlab.com/api/v4/user': {
          id: 8,
          username: 'tanuki',
          name: 'T',
          email: 'tanuki@example.com',
          confirmed_at: '2020-01-01',
        },
      },
      id: '8',
    },
    discord: {
      token: 'https://discord.com/api/oauth2/token',
      answers: {
        'https://discord.com/api/users/@me': {
          id: '9',
          username: 'wumpus',
          global_name: 'W',
          avatar: 'a_1',
          email: 'w@example.com',
          verified: true,
        },
      },
      said: { name: 'wumpus#0', full_name: 'wumpus', custom_claims: { global_name: 'W' } },
      id: '9',
    },
    facebook: {
      token: 'https://graph.facebook.com/oauth/access_token',
      answers: {
        'https://graph.facebook.com/me': {
          id: '10',
          name: 'F. B.',
          first_name: 'Face',
          last_name: 'Book',
          email: 'f@example.com',
          picture: { data: { url: 'https://x/f.png' } },
        },
      },
      said: { name: 'Face Book', full_name: 'Face Book', nickname: 'F. B.', slug: 'F. B.' },
      id: '10',
    },
    bitbucket: {
      token: 'https://bitbucket.org/site/oauth2/access_token',
      answers: {
        'https://api.bitbucket.org/2.0/user': {
          uuid: '{b}',
          display_name: 'B',
          links: { avatar: { href: 'https://x/b' } },
        },
        'https://api.bitbucket.org/2.0/user/emails': {
          values: [{ email: 'b@example.com', is_primary: true, is_confirmed: true }],
        },
      },
      id: '{b}',
    },
    x: {
      token: 'https://api.x.com/2/oauth2/token',
      answers: {
        'https://api.x.com/2/users/me': {
          data: { id: '11', name: 'X', username: 'x', confirmed_email: 'x@example.com', url: 'https://x.example' },
        },
      },
      said: { user_name: 'x', profile: 'https://x.com/x', website: 'https://x.example' },
      id: '11',
    },
    twitch: {
      token: 'https://id.twitch.tv/oauth2/token',
      answers: {
        'https://api.twitch.tv/helix/users': {
          data: [{ id: '12', login: 'tv', display_name: 'TV', email: 'tv@example.com', view_count: 3 }],
        },
      },
      said: { name: 'tv', nickname: 'TV', slug: 'TV', custom_claims: { view_count: 3 } },
      id: '12',
    },
    spotify: {
      token: 'https://accounts.spotify.com/api/token',
      answers: {
        'https://api.spotify.com/v1/me': {
          ...{ id: '13', display_name: 'S', email: 'listener@example.com' },
          images: [
            { url: 'https://x/small', width: 1, height: 1 },
            { url: 'https://x/large', width: 9, height: 9 },
          ],
        },
      },
      id: '13',
    },
    snapchat: {
      token: 'https://accounts.snapchat.com/accounts/oauth2/token',
      answers: {
        'https://kit.snapchat.com/v1/me': {
          data: { me: { externalId: '14', displayName: 'Snap', email: 's@example.com' } },
        },
      },
      said: { full_name: 'Snap', slug: 'Snap' },
      id: '14',
    },
    kakao: {
      token: 'https://kauth.kakao.com/oauth/token',
      answers: {
        'https://kapi.kakao.com/v2/user/me': {
          id: 15,
          kakao_account: {
            ...{ email: 'k@example.com', is_email_valid: true, is_email_verified: true },
            profile: { nickname: 'K' },
          },
        },
      },
      id: '15',
    },
    notion: {
      token: 'https://api.notion.com/v1/oauth/token',
      answers: {
        'https://api.notion.com/v1/users/me': {
          bot: { owner: { user: { id: '16', name: 'N', person: { email: 'n@example.com' } } } },
        },
      },
      id: '16',
    },
    zoom: {
      token: 'https://zoom.us/oauth/token',
      answers: {
        'https://api.zoom.us/v2/users/me': {
          ...{ id: '17', first_name: 'Z', last_name: 'M', email: 'z@example.com', login_type: '1', verified: 0 },
        },
      },
      id: '17',
    },
    workos: { token: 'https://api.workos.com/sso/token', answers: {}, id: '18' },
    figma: {
      token: 'https://api.figma.com/v1/oauth/token',
      answers: { 'https://api.figma.com/v1/me': { id: '19', handle: 'fig', email: 'fig@example.com' } },
      id: '19',
    },
    fly: {
      token: 'https://api.fly.io/oauth/token',
      answers: {
        'https://api.fly.io/oauth/token/info': {
          ...{
            user_id: '20',
            user_name: 'Fly',
            email: 'fly@example.com',
            organizations: [{ slug: 'o' }],
            created_at: 'now',
          },
        },
      },
      said: { full_name: 'Fly', custom_claims: { organizations: [{ slug: 'o' }], created_at: 'now' } },
      id: '20',
    },
  }
  const profile = { id: '18', first_name: 'W', last_name: 'O', email: 'w@example.org', connection_id: 'c' }
  test.each(Object.entries(apis))('%s, which has an API of its own', async (provider, { token, answers, id, said }) => {
    const asked: string[] = []
    const api: typeof fetch = async (input, init) => {
      const url = new URL(String(input))
      const address = url.origin + url.pathname
      asked.push(address)
      if (address === token) {
        const form = new URLSearchParams(String(init?.body))
        expect(Object.fromEntries(form)).toMatchObject({ code: 'the code', code_verifier: expect.any(String) })
        const basic = new Headers(init?.headers).get('authorization')?.replace(/^Basic /, '')
        const inHeader = basic && new URLSearchParams(`secret=${Buffer.from(basic, 'base64').toString().split(':')[1]}`)
        expect(inHeader ? inHeader.get('secret') : form.get('client_secret')).toBe(clientSecret)
        // Some list their scopes, and some say nothing of the token's kind.
        const kind = provider === 'figma' ? {} : { token_type: 'bearer' }
        return Response.json({ access_token: 'theirs', ...kind, scope: ['extra'], profile })
      }
      expect(new Headers(init?.headers).get('authorization')).toBe('Bearer theirs')
      return Response.json(answers[address])
    }
    await using own = auth.beside({ external: { [provider]: app }, options: { fetch: api } })
    const start = new URL(
      must((await own.request(`/authorize?provider=${provider}&scopes=extra`)).headers.get('location')),
    )
    expect(start.searchParams.get('scope')?.split(' ')).toContain('extra')
    const state = must(start.searchParams.get('state'))
    const end = await comeBack(own, new URL(`${callback}?${new URLSearchParams({ code: 'the code', state })}`))
    const { data } = await own.client().auth.getUser(fragment(end).access_token)
    expect(data.user?.identities?.[0]).toMatchObject({ provider, id })
    expect(data.user?.email).toMatch(/^[a-z]+@example\.(com|org)$/)
    if (said) expect(data.user?.user_metadata).toMatchObject(said)
    expect(asked).toEqual([token, ...Object.keys(answers)])
  })
})

describe('an ID token that an app got by itself', async () => {
  const issuer = 'https://accounts.google.com'
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true })
  const stranger = await generateKeyPair('RS256')
  const google: typeof fetch = async (input) => {
    const { pathname } = new URL(input instanceof Request ? input.url : input)
    if (pathname === '/.well-known/openid-configuration') return Response.json({ issuer, jwks_uri: `${issuer}/keys` })
    return Response.json({ keys: [{ ...(await exportJWK(publicKey)), alg: 'RS256', use: 'sig', kid: 'g1' }] })
  }
  const nonce = 'what the app made up'
  const hashed = createHash('sha256').update(nonce).digest('hex')
  const claims = {
    sub: 'google-1',
    email: 'native@example.com',
    email_verified: true,
    nonce: hashed,
    aud: 'native-app',
  }
  const sign = (changes: Record<string, unknown> = {}, key = privateKey) =>
    new SignJWT({ iss: issuer, ...claims, exp: Math.floor(Date.now() / 1000) + 60, ...changes })
      .setProtectedHeader({ alg: 'RS256', kid: 'g1' })
      .sign(key)
  let own: AuthFixture
  beforeAll(() => {
    const settings = { ...app, clientId: `${clientId}, native-app` }
    own = auth.beside({ external: { google: settings }, enableManualLinking: true, options: { fetch: google } })
  })
  afterAll(() => own[Symbol.asyncDispose]())

  test('signs in with supabase-js, once and again', async () => {
    const token = await sign()
    const { data, error } = await own.client().auth.signInWithIdToken({ provider: 'google', token, nonce })
    expect(error).toBeNull()
    expect(data.user).toMatchObject({
      email: 'native@example.com',
      identities: [{ provider: 'google', id: 'google-1' }],
    })
    const again = await own.client().auth.signInWithIdToken({ provider: 'google', token: await sign(), nonce })
    expect(again.data.user?.id).toBe(data.user?.id)
  })

  const bad: [string, () => Promise<string>, string][] = [
    ['of a stranger', () => sign({}, stranger.privateKey), 'Bad ID token'],
    ['of another issuer', () => sign({ iss: 'https://evil.test' }), 'Bad ID token'],
    ['that has expired', () => sign({ exp: 1 }), 'Bad ID token'],
    ['without an end', () => sign({ exp: undefined }), 'Bad ID token'],
    ['for another app', () => sign({ aud: 'another' }), 'Unacceptable audience in id_token: [another]'],
    ['of nobody', () => sign({ sub: '' }), 'Missing sub claim in id_token'],
    ['with another nonce', () => sign({ nonce: 'other' }), 'Nonces mismatch'],
    [
      'without a nonce',
      () => sign({ nonce: undefined }),
      'Passed nonce and nonce in id_token should either both exist or not.',
    ],
    ['that is none', async () => 'not.a.token', 'Bad ID token'],
    [
      'without a signature',
      async () => `${Buffer.from('{"alg":"none"}').toString('base64url')}.${(await sign()).split('.')[1]}.`,
      'Bad ID token',
    ],
  ]
  test.each(bad)('one %s is refused', async (_what, make, message) => {
    const body = { id_token: await make(), nonce, provider: 'google' }
    const { status, body: answer } = await own.post('/token?grant_type=id_token', body)
    expect([status, answer.error_description]).toEqual([400, message])
  })

  test.each([
    ['google', 'Provider (issuer "https://accounts.google.com") is not enabled'],
    ['nobody', 'Custom OIDC provider "nobody" not allowed'],
  ])('of %s, which the project does not have, is refused', async (provider, msg) => {
    expect(await apart.post('/token?grant_type=id_token', { provider, id_token: 'x' })).toMatchObject({
      ...{ status: 400, body: { msg } },
    })
  })

  test('adds an identity to whoever asks', async () => {
    const { data } = await own.client().auth.signInAnonymously()
    const body = {
      id_token: await sign({ sub: 'google-2', email: 'linked@example.com' }),
      nonce,
      provider: 'google',
      link_identity: true,
    }
    const answer = await own.post('/token?grant_type=id_token', body, must(data.session).access_token)
    expect(answer.body).toMatchObject({ user: { id: data.user?.id, is_anonymous: false, email: 'linked@example.com' } })
  })

  test('settings say who may be asked', async () => {
    expect(await (await own.request('/settings')).json()).toMatchObject({ external: { google: true, github: false } })
  })
})
