import { createClient } from '@supabase/supabase-js'
import { decodeJwt } from 'jose'
import { describe, expect, test } from 'vitest'
import { useFixture } from '../support/fixture.ts'
import { anonKey, createAuthFixture, must, password, serviceRoleKey, withFactors } from './auth-fixture.ts'
import { createAuthenticator } from './software-authenticator.ts'

const site = { rpId: 'localhost', origin: 'http://localhost:5173' }

const auth = useFixture(() => createAuthFixture(withFactors))

/** A client that has passkeys, which are an experiment of supabase-js still. */
function client(key = anonKey) {
  const inProcess: typeof fetch = (input, init) => {
    const outer = new Request(input, init)
    return auth.service.fetch(new Request(outer.url.replace('/auth/v1', ''), outer))
  }
  const options = { persistSession: false, autoRefreshToken: false, experimental: { passkey: true } }
  return createClient('http://127.0.0.1:54321', key, { global: { fetch: inProcess }, auth: options })
}

let count = 0
async function owner() {
  count += 1
  const own = client()
  const { data } = await own.auth.signUp({ email: `key${count}@example.com`, password })
  const authenticator = createAuthenticator(site)
  const { data: begun } = await own.auth.passkey.startRegistration()
  const { challenge_id: challengeId, options } = must(begun)
  expect(options).toMatchObject({
    rp: { id: 'localhost', name: 'Tests' },
    authenticatorSelection: { residentKey: 'required' },
  })
  const { data: passkey, error } = await own.auth.passkey.verifyRegistration({
    challengeId,
    credential: authenticator.create(options),
  })
  expect(error).toBeNull()
  return { own, authenticator, userId: must(data.user).id, passkeyId: must(passkey).id }
}

async function signIn(authenticator: ReturnType<typeof createAuthenticator>) {
  const device = client()
  const { challenge_id: challengeId, options } = must((await device.auth.passkey.startAuthentication()).data)
  expect(options.allowCredentials ?? []).toEqual([])
  const credential = authenticator.get(options)
  return {
    device,
    challengeId,
    credential,
    answer: await device.auth.passkey.verifyAuthentication({ challengeId, credential }),
  }
}

describe('a passkey', () => {
  test('signs in without anything else, once for each challenge', async () => {
    const { authenticator, userId, own } = await owner()
    const { device, challengeId, credential, answer } = await signIn(authenticator)
    expect(answer.error).toBeNull()
    expect(answer.data?.user?.id).toBe(userId)
    expect(decodeJwt(must(answer.data?.session).access_token)).toMatchObject({
      aal: 'aal1',
      amr: [{ method: 'passkey' }],
    })
    const again = await device.auth.passkey.verifyAuthentication({ challengeId, credential })
    expect(again.error).toMatchObject({ status: 400, code: 'webauthn_challenge_not_found' })
    expect((await own.auth.passkey.list()).data).toMatchObject([{ last_used_at: expect.any(String) }])
  })

  test('that is not known signs nobody in', async () => {
    const { own } = await owner()
    const stranger = createAuthenticator(site)
    stranger.create(must((await own.auth.passkey.startRegistration()).data).options)
    expect((await signIn(stranger)).answer.error).toMatchObject({ status: 400, code: 'webauthn_verification_failed' })
  })

  test('of another site is refused', async () => {
    const { own } = await owner()
    const { challenge_id: challengeId, options } = must((await own.auth.passkey.startRegistration()).data)
    const credential = createAuthenticator({ ...site, origin: 'https://evil.test' }).create(options)
    const { error } = await own.auth.passkey.verifyRegistration({ challengeId, credential })
    expect(error).toMatchObject({ status: 400, code: 'webauthn_verification_failed' })
  })

  test('is finished by whoever began, in time', async () => {
    const [one, two] = [await owner(), await owner()]
    const { challenge_id: challengeId, options } = must((await one.own.auth.passkey.startRegistration()).data)
    const credential = createAuthenticator(site).create(options)
    const stolen = await two.own.auth.passkey.verifyRegistration({ challengeId, credential })
    expect(stolen.error).toMatchObject({ code: 'webauthn_challenge_not_found' })
    auth.pass(301)
    const late = await one.own.auth.passkey.verifyRegistration({ challengeId, credential })
    expect(late.error).toMatchObject({ code: 'webauthn_challenge_expired' })
  })

  test('is named, listed and removed by its owner', async () => {
    const { own, authenticator, passkeyId } = await owner()
    const { data } = await own.auth.passkey.update({ passkeyId, friendlyName: 'my phone' })
    expect(data).toMatchObject({ id: passkeyId, friendly_name: 'my phone' })
    const { own: other } = await owner()
    expect((await other.auth.passkey.delete({ passkeyId })).error).toMatchObject({ status: 404 })
    expect((await own.auth.passkey.delete({ passkeyId })).error).toBeNull()
    expect((await own.auth.passkey.list()).data).toEqual([])
    expect((await signIn(authenticator)).answer.error).toMatchObject({ code: 'webauthn_verification_failed' })
  })

  test('is seen and removed by an administrator', async () => {
    const { userId, passkeyId } = await owner()
    const { passkey } = client(serviceRoleKey).auth.admin
    expect((await passkey.listPasskeys({ userId })).data).toMatchObject([{ id: passkeyId }])
    expect((await passkey.deletePasskey({ userId, passkeyId })).error).toBeNull()
    expect((await passkey.listPasskeys({ userId })).data).toEqual([])
  })
})

test('without [auth.passkey], there are none', async () => {
  await using plain = auth.beside({})
  const answer = await plain.post('/passkeys/authentication/options', {})
  expect(answer).toMatchObject({ status: 404, body: { error_code: 'passkey_disabled' } })
})
