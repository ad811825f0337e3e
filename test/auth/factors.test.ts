import { decodeJwt } from 'jose'
import { Secret, TOTP } from 'otpauth'
import { describe, expect, test } from 'vitest'
import { useFixture } from '../support/fixture.ts'
import {
  type AuthFixture,
  codeTo,
  createAuthFixture,
  must,
  newUser,
  password,
  serviceRoleKey,
  withFactors,
} from './auth-fixture.ts'
import { createAuthenticator } from './software-authenticator.ts'

const auth = useFixture(() => createAuthFixture({ ...withFactors, sms: { enableSignup: true } }))

async function signedIn() {
  const { user, ...person } = await newUser(auth)
  return { ...person, id: user.id }
}
type Client = AuthFixture['client'] extends (...args: never) => infer C ? C : never

const codeOf = (secret: string) =>
  new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: auth.now().getTime() })
const level = async (client: Client) => (await client.auth.mfa.getAuthenticatorAssuranceLevel()).data
const claims = async (client: Client) => decodeJwt(must((await client.auth.getSession()).data.session).access_token)

async function enrolled() {
  const person = await signedIn()
  const { data } = await person.client.auth.mfa.enroll({ factorType: 'totp', friendlyName: 'phone app' })
  const factor = must(data)
  const code = codeOf(factor.totp.secret)
  const verified = await person.client.auth.mfa.challengeAndVerify({ factorId: factor.id, code })
  expect(verified.error).toBeNull()
  return { ...person, factor }
}

describe('codes of an authenticator app', () => {
  test('raise a session to level 2', async () => {
    const { client, email, session } = await signedIn()
    const { data, error } = await client.auth.mfa.enroll({ factorType: 'totp', issuer: 'Tests' })
    expect(error).toBeNull()
    const factor = must(data)
    expect(factor.totp.qr_code).toMatch(/^data:image\/svg\+xml;utf-8,<svg/)
    expect(factor.totp.uri).toMatch(/^otpauth:\/\/totp\/Tests:person\d+%40example\.com\?/)
    expect((await auth.query('select 1 from auth.mfa_factors where id = $1', [factor.id])).length).toBe(1)

    const { data: challenge } = await client.auth.mfa.challenge({ factorId: factor.id })
    expect(must(challenge)).toMatchObject({ type: 'totp', expires_at: expect.any(Number) })
    const proof = { factorId: factor.id, challengeId: must(challenge).id }
    const wrong = await client.auth.mfa.verify({ ...proof, code: '000000' })
    expect(wrong.error).toMatchObject({ status: 422, code: 'mfa_verification_failed' })
    const right = await client.auth.mfa.verify({ ...proof, code: codeOf(factor.totp.secret) })
    expect(right.error).toBeNull()
    expect(right.data?.user.factors).toMatchObject([{ id: factor.id, status: 'verified' }])
    expect(await claims(client)).toMatchObject({
      aal: 'aal2',
      amr: [{ method: 'totp' }, { method: 'password' }],
      email,
    })
    expect(await level(client)).toMatchObject({ currentLevel: 'aal2', nextLevel: 'aal2' })

    const again = await client.auth.mfa.verify({ ...proof, code: codeOf(factor.totp.secret) })
    expect(again.error).toMatchObject({ status: 422, code: 'mfa_ip_address_mismatch' })
    expect((await client.auth.refreshSession()).error).toBeNull()
    expect(await claims(client)).toMatchObject({ aal: 'aal2' })
    // Whoever has the token from before does not come to level 2, and the session stays.
    const before = await auth.post('/token?grant_type=refresh_token', { refresh_token: session.refresh_token })
    expect(before).toMatchObject({ status: 400, body: { error_code: 'refresh_token_already_used' } })
    expect((await client.auth.refreshSession()).error).toBeNull()
    auth.pass(11)
    const late = await auth.post('/token?grant_type=refresh_token', { refresh_token: session.refresh_token })
    expect(late.body.error_code).toBe('refresh_token_already_used')
  })

  test("end the user's sessions of level 1, and are asked for in new ones", async () => {
    const person = await signedIn()
    const other = auth.client()
    await other.auth.signInWithPassword({ email: person.email, password })
    const { data } = await person.client.auth.mfa.enroll({ factorType: 'totp' })
    const factor = must(data)
    await person.client.auth.mfa.challengeAndVerify({ factorId: factor.id, code: codeOf(factor.totp.secret) })
    expect((await other.auth.refreshSession()).error).toMatchObject({ code: 'refresh_token_not_found' })
    await other.auth.signInWithPassword({ email: person.email, password })
    expect(await level(other)).toMatchObject({ currentLevel: 'aal1', nextLevel: 'aal2' })
    expect((await other.auth.updateUser({ password: 'a new password' })).error).toMatchObject({
      code: 'insufficient_aal',
    })
    const second = await other.auth.mfa.enroll({ factorType: 'totp', friendlyName: 'second' })
    expect(second.error).toMatchObject({ code: 'insufficient_aal' })
    expect((await other.auth.mfa.unenroll({ factorId: factor.id })).error).toMatchObject({ code: 'insufficient_aal' })
  })

  test('are no longer asked for once they are given up', async () => {
    const { client, factor } = await enrolled()
    const { data, error } = await client.auth.mfa.unenroll({ factorId: factor.id })
    expect(error).toBeNull()
    expect(data).toEqual({ id: factor.id })
    await client.auth.refreshSession()
    expect(await claims(client)).toMatchObject({ aal: 'aal1', amr: [{ method: 'password' }] })
    expect(await level(client)).toMatchObject({ nextLevel: 'aal1' })
  })

  test('answer a challenge for five minutes, and only the one of their factor', async () => {
    const { client, factor } = await enrolled()
    const { data } = await client.auth.mfa.challenge({ factorId: factor.id })
    const elsewhere = await enrolled()
    const proof = { challengeId: must(data).id, code: codeOf(factor.totp.secret) }
    const stolen = await elsewhere.client.auth.mfa.verify({ ...proof, factorId: elsewhere.factor.id })
    expect(stolen.error).toMatchObject({ status: 422, code: 'mfa_factor_not_found' })
    const foreign = await elsewhere.client.auth.mfa.verify({ ...proof, factorId: factor.id })
    expect(foreign.error).toMatchObject({ status: 404, code: 'mfa_factor_not_found' })
    auth.pass(301)
    const late = await client.auth.mfa.verify({ ...proof, factorId: factor.id })
    expect(late.error).toMatchObject({ status: 422, code: 'mfa_challenge_expired' })
  })
})

describe('a factor', () => {
  test.each([
    ['an unknown type', { factor_type: 'smoke' }, 400, 'validation_failed'],
    ['a phone without number', { factor_type: 'phone' }, 400, 'validation_failed'],
    ['a phone with half a number', { factor_type: 'phone', phone: '+0' }, 400, 'validation_failed'],
  ])('is refused with %s', async (_name, body, status, error_code) => {
    const { session } = await signedIn()
    expect(await auth.post('/factors', body, session.access_token)).toMatchObject({ status, body: { error_code } })
  })

  test.each(['challenge', 'verify'])('whose id is none is unknown before anything else is read: %s', async (what) => {
    const { session } = await signedIn()
    const init = { method: 'POST', body: '{', token: session.access_token }
    const response = await auth.request(`/factors/x/${what}`, init)
    expect(await response.json()).toMatchObject({ code: 404, msg: 'factor_id must be an UUID' })
  })

  test('has a name of its own, and there are not many of one user', async () => {
    const { client } = await signedIn()
    const enroll = (friendlyName: string) => client.auth.mfa.enroll({ factorType: 'totp', friendlyName })
    expect((await enroll('a')).error).toBeNull()
    expect((await enroll('a')).error).toMatchObject({ code: 'mfa_factor_name_conflict' })
    await enroll('b')
    // No name is one, too.
    expect((await enroll('')).error).toBeNull()
    expect((await enroll('')).error).toMatchObject({ code: 'mfa_factor_name_conflict' })
    expect((await enroll('d')).error).toMatchObject({ code: 'too_many_enrolled_mfa_factors' })
    auth.pass(301)
    expect((await enroll('d')).error).toBeNull()
  })

  test('needs a session', async () => {
    expect(await auth.post('/factors', { factor_type: 'totp' })).toMatchObject({ status: 401 })
  })

  test('is renamed by an administrator', async () => {
    const { id, factor } = await enrolled()
    const rename = async (path: string, body: object) => {
      const init = { method: 'PUT', body: JSON.stringify(body), token: serviceRoleKey }
      const response = await auth.request(`/admin/users/${path}`, init)
      return { status: response.status, body: await response.json() }
    }
    expect(
      await rename(`${id}/factors/${factor.id}`, { friendly_name: 'old phone', phone: '+4915112345678' }),
    ).toMatchObject({
      status: 200,
      body: { id: factor.id, friendly_name: 'old phone', phone: '', status: 'verified' },
    })
    expect((await rename(`${id}/factors/x`, {})).status).toBe(404)
    expect((await rename(`${id}/factors/${crypto.randomUUID()}`, {})).body.error_code).toBe('mfa_factor_not_found')
    const [written] = await auth.query(
      `select payload->'traits' as traits from auth.audit_log_entries where payload->>'action' = 'factor_updated'`,
    )
    expect(written).toEqual({ traits: { user_id: id, factor_id: factor.id, factor_type: 'totp' } })
  })

  test('is taken away by an administrator', async () => {
    const { client, factor, id } = await enrolled()
    const { mfa } = auth.admin.auth.admin
    expect((await mfa.listFactors({ userId: id })).data?.factors).toMatchObject([{ id: factor.id }])
    expect((await mfa.deleteFactor({ userId: id, id: factor.id })).error).toBeNull()
    expect((await mfa.listFactors({ userId: id })).data?.factors).toEqual([])
    await client.auth.refreshSession()
    expect(await claims(client)).toMatchObject({ aal: 'aal1' })
    const gone = await mfa.deleteFactor({ userId: id, id: factor.id })
    expect(gone.error).toMatchObject({ status: 404 })
  })

  test('where the project has none, says so', async () => {
    await using plain = auth.beside({})
    const client = plain.client()
    await client.auth.signUp({ email: 'plain@example.com', password })
    for (const factorType of ['totp', 'webauthn'] as const) {
      const { error } = await client.auth.mfa.enroll({ factorType } as { factorType: 'totp' })
      expect(error).toMatchObject({ status: 422, code: `mfa_${factorType}_enroll_not_enabled` })
    }
  })
})

test('a phone is a second factor', async () => {
  const { client } = await signedIn()
  const phone = '491510009999'
  const { data } = await client.auth.mfa.enroll({ factorType: 'phone', phone: `+${phone}` })
  const factorId = must(data).id
  const { data: challenge } = await client.auth.mfa.challenge({ factorId })
  const code = codeTo(auth, phone)
  // GoTrue, which may serve these rows one day, reads no NULL there.
  const row = await auth.query('select secret from auth.mfa_factors where id = $1', [factorId])
  expect(row).toEqual([{ secret: '' }])
  expect((await client.auth.mfa.challenge({ factorId })).error).toMatchObject({ code: 'over_sms_send_rate_limit' })
  const proof = { factorId, challengeId: must(challenge).id }
  expect((await client.auth.mfa.verify({ ...proof, code: 'wrong' })).error).toMatchObject({ status: 422 })
  expect((await client.auth.mfa.verify({ ...proof, code })).error).toBeNull()
  expect(await claims(client)).toMatchObject({ aal: 'aal2', amr: [{ method: 'mfa/phone' }, { method: 'password' }] })
})

describe('an authenticator', () => {
  const site = { rpId: 'localhost', origin: 'http://localhost:5173' }
  const authenticator = createAuthenticator(site)

  async function ask(access: string, factorId: string) {
    const { body } = await auth.post(`/factors/${factorId}/challenge`, {}, access)
    const { type, credential_options } = body.webauthn as {
      type: 'create' | 'request'
      credential_options: { publicKey: { challenge: string; user: { id: string } } }
    }
    return { challenge_id: body.id, type, options: credential_options.publicKey }
  }

  test('is a second factor', async () => {
    const { session, email } = await signedIn()
    const access = session.access_token
    const { body: factor } = await auth.post('/factors', { factor_type: 'webauthn', friendly_name: 'key' }, access)
    const path = `/factors/${factor.id}/verify`
    const first = await ask(access, String(factor.id))
    expect(first.type).toBe('create')
    const fake = createAuthenticator({ ...site, origin: 'https://evil.test' })
    const astray = { type: 'create', credential_response: fake.create(first.options) }
    expect((await auth.post(path, { challenge_id: first.challenge_id, webauthn: astray }, access)).status).toBe(400)
    const made = { type: 'create', credential_response: authenticator.create(first.options) }
    const registered = await auth.post(path, { challenge_id: first.challenge_id, webauthn: made }, access)
    expect(registered.status).toBe(200)
    expect(decodeJwt(String(registered.body.access_token))).toMatchObject({
      aal: 'aal2',
      amr: [{ method: 'mfa/webauthn' }, {}],
    })

    const other = auth.client()
    const { data } = await other.auth.signInWithPassword({ email, password })
    const low = must(data.session).access_token
    const second = await ask(low, String(factor.id))
    expect(second.type).toBe('request')
    const stranger = createAuthenticator(site)
    const wrong = { type: 'request', credential_response: stranger.get(second.options) }
    expect((await auth.post(path, { challenge_id: second.challenge_id, webauthn: wrong }, low)).status).toBe(422)
    const right = { type: 'request', credential_response: authenticator.get(second.options) }
    const raised = await auth.post(path, { challenge_id: second.challenge_id, webauthn: right }, low)
    expect(decodeJwt(String(raised.body.access_token)).aal).toBe('aal2')
  })
})
