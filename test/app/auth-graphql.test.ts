import { inflateRawSync } from 'node:zlib'
import { decodeJwt } from 'jose'
import { Secret, TOTP } from 'otpauth'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createIdp } from '../auth/saml-idp.ts'
import { createAuthenticator } from '../auth/software-authenticator.ts'
import { ethereumWallet, linesOf, messageOf, solanaWallet } from '../auth/wallets.ts'
import { portico } from '../cli/portico.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { createFront, databaseUrl } from '../support/front.ts'

const samlKey = (await portico(['gen', 'saml-key'])).stdout.trim()

const files = {
  'supabase/config.toml': `
    project_id = "auth-graphql"
    [inbucket]
    enabled = false
    [auth]
    site_url = "http://localhost:3000"
    enable_anonymous_sign_ins = true
    enable_manual_linking = true
    [auth.rate_limit]
    anonymous_users = 1000
    sign_in_sign_ups = 1000
    token_verifications = 1000
    token_refresh = 1000
    [auth.email]
    secure_password_change = true
    [auth.sms]
    enable_signup = true
    enable_confirmations = true
    max_frequency = "0s"
    [auth.sms.test_otp]
    15550001234 = "123456"
    15550001235 = "123456"
    [auth.hook.send_sms]
    enabled = true
    uri = "pg-functions://postgres/public/keep_message"
    [auth.mfa.totp]
    enroll_enabled = true
    verify_enabled = true
    [auth.mfa.phone]
    enroll_enabled = true
    verify_enabled = true
    [auth.mfa.web_authn]
    enroll_enabled = true
    verify_enabled = true
    [auth.passkey]
    enabled = true
    [auth.webauthn]
    rp_id = "localhost"
    rp_origins = ["http://localhost:5173"]
    [auth.saml]
    enabled = true
    private_key = "${samlKey}"
    [auth.web3.ethereum]
    enabled = true
    [auth.web3.solana]
    enabled = true
    [auth.external.github]
    enabled = true
    client_id = "app"
    secret = "secret"`,
  'supabase/migrations/20260101000000_messages.sql': `
    create table public.message (phone text, code text);
    create function public.keep_message(event jsonb) returns jsonb language plpgsql security definer set search_path = '' as $$
      begin insert into public.message values (event->'sms'->>'phone', event->'sms'->>'otp'); return '{}'; end $$;
    grant execute on function public.keep_message to supabase_auth_admin;`,
}

let backend: TestApp
let front: TestApp
beforeAll(async () => {
  backend = await createTestApp({ files })
  front = await createFront(backend, databaseUrl(backend, 'authenticator'))
})
afterAll(async () => {
  await front?.close()
  await backend?.close()
})

const password = 'correct horse battery'
const session = '{ user { id email phone } session { accessToken refreshToken } }'
const site = { rpId: 'localhost', origin: 'http://localhost:5173' }
const levelOf = (token: string) => decodeJwt(token).aal

async function lastCode(phone: string): Promise<string> {
  const client = new pg.Client({ connectionString: backend.app.databaseUrl })
  await client.connect()
  try {
    const { rows } = await client.query('select code from public.message where phone = $1 order by ctid desc', [phone])
    return rows[0].code
  } finally {
    await client.end()
  }
}

describe.each([
  ['embedded', () => backend],
  ['managed', () => front],
] as const)('Auth through GraphQL, %s', (mode, of) => {
  const ask = async (document: string, variables: object = {}, token?: string) => {
    const { url, config } = of().app
    const response = await fetch(`${url}/graphql/v1`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        apikey: config.keys.publishableKey,
        ...(token && { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify({ query: document, variables }),
    })
    return await response.json()
  }
  const codeOf = ({ errors }: { errors?: { extensions?: { code?: string } }[] }) => errors?.[0]?.extensions?.code

  let count = 0
  async function signUp() {
    count += 1
    const email = `${mode}${count}@example.com`
    const { data } = await ask(
      `mutation($email: String!) { signUp(email: $email, password: "${password}", data: "{\\"name\\":\\"Ines\\"}") ${session} }`,
      { email },
    )
    return { email, ...data.signUp.user, ...data.signUp.session } as Record<string, string> & { accessToken: string }
  }

  test('sign up, viewer, sign in, renew, sign out', async () => {
    const { email, id, accessToken } = await signUp()
    const viewer = '{ viewer { id email isAnonymous userMetadata identities { provider } factors { id } } }'
    const { data } = await ask(viewer, {}, accessToken)
    expect(data.viewer).toMatchObject({
      id,
      email,
      isAnonymous: false,
      identities: [{ provider: 'email' }],
      factors: [],
    })
    expect(JSON.parse(data.viewer.userMetadata).name).toBe('Ines')
    const signedIn = await ask(
      `mutation($email: String!) { signInWithPassword(email: $email, password: "${password}") ${session} }`,
      { email },
    )
    const renew = 'mutation($token: String!) { refreshSession(refreshToken: $token) { user { id } } }'
    const token = signedIn.data.signInWithPassword.session.refreshToken
    expect((await ask(renew, { token })).data.refreshSession.user.id).toBe(id)
    expect(await ask('mutation { signOut(scope: global) }', {}, accessToken)).toEqual({ data: { signOut: true } })
    expect(codeOf(await ask(renew, { token }))).toBe('refresh_token_not_found')
    expect(codeOf(await ask(viewer, {}, accessToken))).toBe('UNAUTHENTICATED')
    expect(codeOf(await ask('mutation { reauthenticate }', {}, accessToken))).toBe('UNAUTHENTICATED')
  })

  test.each([
    [
      'a wrong password',
      'signInWithPassword(email: "nobody@example.com", password: "x") { user { id } }',
      'invalid_credentials',
    ],
    ['neither address nor number', 'signInWithPassword(password: "x") { user { id } }', 'BAD_USER_INPUT'],
    ['a weak password', 'signUp(email: "weak@example.com", password: "x") { user { id } }', 'weak_password'],
    [
      'a list as metadata',
      `signUp(email: "w@example.com", password: "${password}", data: "[1]") { user { id } }`,
      'BAD_USER_INPUT',
    ],
    ['nobody who enrols', 'enrollTotp { id }', 'UNAUTHENTICATED'],
    ['nobody who signs out', 'signOut', 'UNAUTHENTICATED'],
    ['nobody who has passkeys', 'startPasskeyRegistration { id }', 'UNAUTHENTICATED'],
    [
      'a provider that is off',
      'signInWithIdToken(provider: "google", token: "x") { user { id } }',
      'provider_disabled',
    ],
    [
      'a chain that is none',
      'signInWithWeb3(chain: "bitcoin", message: "x", signature: "x") { user { id } }',
      'BAD_USER_INPUT',
    ],
    [
      'a message of no wallet',
      'signInWithWeb3(chain: "solana", message: "x", signature: "x") { user { id } }',
      'validation_failed',
    ],
    [
      'a kind of code that is none',
      'verifyOtp(type: "nonsense", email: "a@example.com", token: "1") { user { id } }',
      'otp_expired',
    ],
  ])('%s is refused', async (_what, field, code) => {
    expect(codeOf(await ask(`mutation { ${field} }`))).toBe(code)
  })

  test('nobody is the viewer without a token; an anonymous user is', async () => {
    expect(await ask('{ viewer { id } }')).toEqual({ data: { viewer: null } })
    const { data } = await ask('mutation { signInAnonymously { session { accessToken } } }')
    const { viewer } = (await ask('{ viewer { isAnonymous } }', {}, data.signInAnonymously.session.accessToken)).data
    expect(viewer).toEqual({ isAnonymous: true })
  })

  test.each([ethereumWallet(), solanaWallet()])('a wallet of $label signs in', async (wallet) => {
    const message = messageOf(wallet, {
      domain: 'localhost:3000',
      lines: linesOf(new Date(), { URI: 'http://localhost:3000/', Nonce: mode }),
    })
    const document = `mutation($chain: String!, $message: String!, $signature: String!) {
      signInWithWeb3(chain: $chain, message: $message, signature: $signature) { user { id appMetadata } session { accessToken } } }`
    const { data } = await ask(document, { chain: wallet.chain, message, signature: wallet.sign(message) })
    expect(decodeJwt(data.signInWithWeb3.session.accessToken)).toMatchObject({ app_metadata: { provider: 'web3' } })
  })

  test('a code by text message signs in', async () => {
    const phone = mode === 'embedded' ? '15550001234' : '15550001235'
    expect(await ask(`mutation { signInWithOtp(phone: "+${phone}") }`)).toEqual({ data: { signInWithOtp: true } })
    expect(await ask(`mutation { resendOtp(type: "sms", phone: "+${phone}") }`)).toEqual({ data: { resendOtp: true } })
    const verify = (code: string) =>
      ask(`mutation { verifyOtp(type: "sms", phone: "${phone}", token: "${code}") ${session} }`)
    expect(codeOf(await verify('000000'))).toBe('otp_expired')
    const { data } = await verify('123456')
    expect(await ask('{ viewer { phone } }', {}, data.verifyOtp.session.accessToken)).toEqual({
      data: { viewer: { phone } },
    })
    expect(await ask('mutation { reauthenticate }', {}, data.verifyOtp.session.accessToken)).toEqual({
      data: { reauthenticate: true },
    })
  })

  test('a forgotten password says nothing of accounts', async () => {
    expect(await ask('mutation { resetPassword(email: "nobody@example.com") }')).toEqual({
      data: { resetPassword: true },
    })
  })

  test('the user changes', async () => {
    const { accessToken } = await signUp()
    const update = 'mutation($data: JSON!) { updateUser(data: $data, password: "a new password") { userMetadata } }'
    const { data } = await ask(update, { data: '{"town":"Turin"}' }, accessToken)
    expect(JSON.parse(data.updateUser.userMetadata)).toMatchObject({ name: 'Ines', town: 'Turin' })
  })

  test('a provider is opened in the browser, to sign in and to add an identity', async () => {
    const { accessToken } = await signUp()
    const { data } = await ask('mutation { signInWithOAuth(provider: "github", scopes: "repo") }')
    const linked = await ask('mutation { linkIdentity(provider: "github") }', {}, accessToken)
    const response = await fetch(data.signInWithOAuth, { redirect: 'manual' })
    for (const address of [response.headers.get('location'), linked.data.linkIdentity]) {
      const { origin, searchParams } = new URL(address)
      expect([origin, searchParams.get('client_id')]).toEqual(['https://github.com', 'app'])
    }
    const unlink = 'mutation($id: UUID!) { unlinkIdentity(id: $id) }'
    const own = await ask('{ viewer { identities { id } } }', {}, accessToken)
    const [{ id }] = own.data.viewer.identities
    expect(codeOf(await ask(unlink, { id }, accessToken))).toBe('single_identity_not_deletable')
    expect(codeOf(await ask(unlink, { id: crypto.randomUUID() }, accessToken))).toBe('BAD_USER_INPUT')
  })

  test("an organisation's own sign-in is opened in the browser, which brings back a session", async () => {
    const { url, config } = of().app
    const idp = createIdp(`corp-${mode}`, () => new Date())
    const key = config.keys.secretKey
    const made = await fetch(`${url}/auth/v1/admin/sso/providers`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', apikey: key, authorization: `Bearer ${key}` },
      body: JSON.stringify({ type: 'saml', metadata_xml: idp.metadata(), domains: [`${mode}.example.com`] }),
    })
    expect(made.status, await made.clone().text()).toBe(201)
    const { id: providerId } = await made.json()
    const opened = await ask(
      `mutation { signInWithSSO(domain: "${mode}.example.com", redirectTo: "http://localhost:3000/in") }`,
    )
    const asked = new URL(opened.data.signInWithSSO)
    expect(asked.href.startsWith(`${idp.entityId}/sso`)).toBe(true)
    const service = `${backend.app.config.auth.externalUrl}/sso/saml`
    const request = inflateRawSync(Buffer.from(asked.searchParams.get('SAMLRequest') ?? '', 'base64')).toString()
    const inResponseTo = /ID="([^"]+)"/.exec(request)?.[1]
    const meant = { audience: `${service}/metadata`, recipient: `${service}/acs`, destination: `${service}/acs` }
    const form = idp.answer({ ...meant, inResponseTo }, asked.searchParams.get('RelayState') ?? '')
    const back = await fetch(`${url}/auth/v1/sso/saml/acs`, { method: 'POST', body: form, redirect: 'manual' })
    const end = new URL(back.headers.get('location') ?? '')
    expect(end.href.split('#')[0]).toBe('http://localhost:3000/in')
    const token = new URLSearchParams(end.hash.slice(1)).get('access_token') ?? ''
    const { data } = await ask('{ viewer { email identities { provider } } }', {}, token)
    expect(data.viewer).toEqual({
      email: 'ada@corp.example.com',
      identities: [{ provider: `sso:${providerId}` }],
    })
    expect(codeOf(await ask('mutation { signInWithSSO }'))).toBe('BAD_USER_INPUT')
    expect(codeOf(await ask('mutation { signInWithSSO(domain: "nobody.example.com") }'))).toBe('sso_provider_not_found')
  })

  const verify = `mutation($id: UUID!, $code: String, $challenge: UUID, $credential: JSON) {
    verifyFactor(factorId: $id, code: $code, challengeId: $challenge, credential: $credential) ${session} }`
  const challengeOf = async (id: string, token: string) =>
    (await ask(`mutation($id: UUID!) { challengeFactor(factorId: $id) { id ceremony publicKey } }`, { id }, token)).data
      .challengeFactor

  test('an authenticator app raises the session, and goes again', async () => {
    const { accessToken } = await signUp()
    const enrolled = await ask('mutation { enrollTotp(friendlyName: "app") { id secret uri qrCode } }', {}, accessToken)
    const { id, secret, qrCode } = enrolled.data.enrollTotp
    expect(qrCode).toMatch(/^data:image\/svg/)
    const code = new TOTP({ secret: Secret.fromBase32(secret) }).generate()
    expect(codeOf(await ask(verify, { id, code: '000000' }, accessToken))).toBe('mfa_verification_failed')
    expect(codeOf(await ask(verify, { id }, accessToken))).toBe('BAD_USER_INPUT')
    const { data } = await ask(verify, { id, code }, accessToken)
    const raised = data.verifyFactor.session.accessToken
    expect(levelOf(raised)).toBe('aal2')
    const { viewer } = (await ask('{ viewer { factors { id type status friendlyName } } }', {}, raised)).data
    expect(viewer.factors).toEqual([{ id, type: 'totp', status: 'verified', friendlyName: 'app' }])
    const gone = await ask('mutation($id: UUID!) { unenrollFactor(factorId: $id) }', { id }, raised)
    expect(gone).toEqual({ data: { unenrollFactor: true } })
  })

  test('a number raises the session', async () => {
    const { accessToken } = await signUp()
    const phone = mode === 'embedded' ? '491510009991' : '491510009992'
    const enrolled = await ask(`mutation { enrollPhone(phone: "+${phone}") { id type status } }`, {}, accessToken)
    const { id, ...rest } = enrolled.data.enrollPhone
    expect(rest).toEqual({ type: 'phone', status: 'unverified' })
    const { id: challenge } = await challengeOf(id, accessToken)
    const { data } = await ask(verify, { id, challenge, code: await lastCode(phone) }, accessToken)
    expect(levelOf(data.verifyFactor.session.accessToken)).toBe('aal2')
  })

  test('an authenticator raises the session, when its key is made and from then on', async () => {
    const { accessToken, email } = await signUp()
    const authenticator = createAuthenticator(site)
    const enrolled = await ask('mutation { enrollWebAuthn(friendlyName: "key") { id } }', {}, accessToken)
    const { id } = enrolled.data.enrollWebAuthn
    const first = await challengeOf(id, accessToken)
    expect(first.ceremony).toBe('create')
    const made = JSON.stringify(authenticator.create(JSON.parse(first.publicKey)))
    const raised = await ask(verify, { id, challenge: first.id, credential: made }, accessToken)
    expect(levelOf(raised.data.verifyFactor.session.accessToken)).toBe('aal2')

    const again = await ask(
      `mutation($email: String!) { signInWithPassword(email: $email, password: "${password}") ${session} }`,
      { email },
    )
    const low = again.data.signInWithPassword.session.accessToken
    const second = await challengeOf(id, low)
    expect(second.ceremony).toBe('request')
    const stranger = JSON.stringify(createAuthenticator(site).get(JSON.parse(second.publicKey)))
    expect(codeOf(await ask(verify, { id, challenge: second.id, credential: stranger }, low))).toBe(
      'mfa_verification_failed',
    )
    const answer = JSON.stringify(authenticator.get(JSON.parse(second.publicKey)))
    const proven = await ask(verify, { id, challenge: second.id, credential: answer }, low)
    expect(levelOf(proven.data.verifyFactor.session.accessToken)).toBe('aal2')
  })

  test('a passkey is added, signs in, is named and taken away', async () => {
    const { accessToken, id: userId } = await signUp()
    const authenticator = createAuthenticator(site)
    const begun = await ask('mutation { startPasskeyRegistration { id publicKey } }', {}, accessToken)
    const { id: challenge, publicKey } = begun.data.startPasskeyRegistration
    const register = `mutation($challenge: UUID!, $credential: JSON!) {
      registerPasskey(challengeId: $challenge, credential: $credential) { id createdAt } }`
    const credential = JSON.stringify(authenticator.create(JSON.parse(publicKey)))
    const registered = await ask(register, { challenge, credential }, accessToken)
    const { id } = registered.data.registerPasskey

    const asked = (await ask('mutation { startPasskeySignIn { id publicKey } }')).data.startPasskeySignIn
    const signIn = `mutation($challenge: UUID!, $credential: JSON!) {
      signInWithPasskey(challengeId: $challenge, credential: $credential) ${session} }`
    const answer = { challenge: asked.id, credential: JSON.stringify(authenticator.get(JSON.parse(asked.publicKey))) }
    const { data } = await ask(signIn, answer)
    expect(data.signInWithPasskey.user.id).toBe(userId)
    expect(codeOf(await ask(signIn, answer))).toBe('webauthn_challenge_not_found')

    const rename = 'mutation($id: UUID!) { renamePasskey(id: $id, friendlyName: "laptop") { friendlyName } }'
    expect((await ask(rename, { id }, accessToken)).data.renamePasskey.friendlyName).toBe('laptop')
    const listed = await ask('{ passkeys { id friendlyName lastUsedAt } }', {}, accessToken)
    expect(listed.data.passkeys).toEqual([{ id, friendlyName: 'laptop', lastUsedAt: expect.any(String) }])
    expect(await ask('mutation($id: UUID!) { deletePasskey(id: $id) }', { id }, accessToken)).toEqual({
      data: { deletePasskey: true },
    })
    expect((await ask('{ passkeys { id } }', {}, accessToken)).data.passkeys).toEqual([])
  })
})
