import { describe, expect, test } from 'vitest'
import { useFixture } from '../support/fixture.ts'
import {
  type AuthFixture,
  createAuthFixture,
  follow,
  linkTo,
  must,
  newEmail,
  password,
  serviceRoleKey,
} from './auth-fixture.ts'

const auth = useFixture(() => createAuthFixture({ email: { enableConfirmations: true } }))

const someone = newEmail
const fragmentOf = (url: URL) => new URLSearchParams(url.hash.slice(1))

describe('an invitation', () => {
  test('makes an account, whose link signs in to choose a password', async () => {
    const email = someone()
    const redirectTo = 'https://app.example.com/welcome'
    const { data, error } = await auth.admin.auth.admin.inviteUserByEmail(email, { data: { team: 'red' }, redirectTo })
    expect(error).toBeNull()
    expect(data.user).toMatchObject({ email, invited_at: expect.any(String), user_metadata: { team: 'red' } })
    const target = await follow(auth, linkTo(auth, email))
    expect(target.href).toMatch(/^https:\/\/app\.example\.com\/welcome#/)
    const fragment = fragmentOf(target)
    expect(fragment.get('type')).toBe('invite')
    const client = auth.client()
    await client.auth.setSession({
      access_token: must(fragment.get('access_token')),
      refresh_token: must(fragment.get('refresh_token')),
    })
    expect((await client.auth.updateUser({ password })).error).toBeNull()
    expect((await auth.client().auth.signInWithPassword({ email, password })).error).toBeNull()
    const again = await auth.admin.auth.admin.inviteUserByEmail(email)
    expect(again.error).toMatchObject({ status: 422, code: 'email_exists' })
  })

  test('is for administrators', async () => {
    const { data } = await auth.admin.auth.admin.createUser({ email: someone(), password, email_confirm: true })
    const client = auth.client()
    await client.auth.signInWithPassword({ email: must(data.user?.email), password })
    const token = must((await client.auth.getSession()).data.session).access_token
    for (const path of ['/invite', '/admin/generate_link']) {
      const answer = await auth.post(path, { email: someone(), type: 'magiclink' }, token)
      expect(answer).toMatchObject({ status: 403, body: { error_code: 'not_admin' } })
    }
  })

  test("does not show the inviter's data to whoever signs up with the address", async () => {
    const email = someone()
    await auth.admin.auth.admin.inviteUserByEmail(email, { data: { salary: 1 } })
    auth.pass(61)
    const { data } = await auth.client().auth.signUp({ email, password })
    expect(data.user).toMatchObject({ user_metadata: {}, identities: [] })
  })
})

describe('a generated link', () => {
  const generate = (wanted: Parameters<AuthFixture['admin']['auth']['admin']['generateLink']>[0]) =>
    auth.admin.auth.admin.generateLink(wanted)

  test.each(['magiclink', 'recovery'] as const)('of type %s signs a known user in', async (type) => {
    const email = someone()
    await auth.admin.auth.admin.createUser({ email, email_confirm: true })
    const sent = auth.inbox.mails.length
    const { data, error } = await generate({ type, email })
    expect(error).toBeNull()
    const { action_link, email_otp, hashed_token, verification_type } = must(data.properties)
    expect(verification_type).toBe(type)
    expect(action_link).toContain(`token=${hashed_token}`)
    expect(auth.inbox.mails).toHaveLength(sent)
    const signedIn = await auth.client().auth.verifyOtp({ email, token: email_otp, type })
    expect(signedIn.data.user?.email).toBe(email)
  })

  test.each([
    ['https://app.example.com/welcome', 'redirect_to=https://app.example.com/welcome'],
    ['https://app.example.com/welcome?a=%26&b=c+d', 'redirect_to=https%3A%2F%2Fapp.example.com%2Fwelcome%3Fa%3D%2526'],
  ])('leads to %s, written as plainly as it can be', async (redirectTo, written) => {
    const email = someone()
    const { data } = await generate({ type: 'magiclink', email, options: { redirectTo } })
    const { action_link, redirect_to } = must(data.properties)
    expect([redirect_to, action_link]).toEqual([redirectTo, expect.stringContaining(written)])
    const target = await follow(auth, new URL(action_link))
    expect(target.href.slice(0, -target.hash.length)).toBe(redirectTo)
  })

  test.each(['signup', 'invite'] as const)('of type %s makes a user', async (type) => {
    const email = someone()
    const { data } = await generate({ type, email, password, options: { data: { a: 1 } } })
    expect(data.user).toMatchObject({ email, user_metadata: { a: 1 } })
    const target = await follow(auth, new URL(must(data.properties).action_link))
    expect(fragmentOf(target).get('type')).toBe(type)
    const again = await generate({ type, email, password })
    expect(again.error).toMatchObject({ status: 422, code: 'email_exists' })
  })

  test('to sign in makes a user of a stranger', async () => {
    const email = someone()
    const { data } = await generate({ type: 'magiclink', email })
    expect(data.properties?.verification_type).toBe('signup')
    const hash = must(data.properties).hashed_token
    expect((await auth.client().auth.verifyOtp({ token_hash: hash, type: 'email' })).data.user?.email).toBe(email)
  })

  test('to change an address needs one at either side', async () => {
    const [email, newEmail] = [someone(), someone()]
    const { data } = await auth.admin.auth.admin.createUser({ email, email_confirm: true })
    const atOld = await generate({ type: 'email_change_current', email, newEmail })
    const atNew = await generate({ type: 'email_change_new', email, newEmail })
    expect(atOld.data.user).toMatchObject({ new_email: newEmail })
    await follow(auth, new URL(must(atOld.data.properties).action_link))
    await follow(auth, new URL(must(atNew.data.properties).action_link))
    const same = await generate({ type: 'email_change_new', email: newEmail, newEmail })
    expect(same.error).toMatchObject({ status: 422, code: 'email_exists' })
    expect((await auth.admin.auth.admin.getUserById(must(data.user).id)).data.user?.email).toBe(newEmail)
  })

  test.each([
    ['recovery of a stranger', { type: 'recovery' }, 404, 'user_not_found'],
    ['a change for a stranger', { type: 'email_change_new', new_email: 'x@example.com' }, 404, 'user_not_found'],
    ['an unknown type', { type: 'nothing' }, 400, 'validation_failed'],
    ['no address', { type: 'magiclink', email: '' }, 400, 'validation_failed'],
    ['a sign-up without password', { type: 'signup' }, 400, 'validation_failed'],
  ])('is refused for %s', async (_name, body, status, error_code) => {
    const answer = await auth.post('/admin/generate_link', { email: someone(), ...body }, serviceRoleKey)
    expect(answer).toMatchObject({ status, body: { error_code } })
  })
})

test('what happened is written down, without codes and tokens', async () => {
  const email = someone()
  const client = auth.client()
  await client.auth.signUp({ email, password })
  const link = linkTo(auth, email)
  await follow(auth, link)
  await client.auth.signInWithPassword({ email, password })
  await client.auth.updateUser({ password: 'something else' })
  await client.auth.signOut()
  const response = await auth.request(`/admin/audit?query=author:${email}`, { token: serviceRoleKey })
  const entries: { payload: { action: string; log_type: string; actor_username: string } }[] = await response.json()
  expect(entries.map(({ payload }) => payload.action)).toEqual([
    'logout',
    expect.stringMatching(/user_(modified|updated_password)/),
    expect.stringMatching(/user_(modified|updated_password)/),
    'login',
    'user_signedup',
    'user_confirmation_requested',
  ])
  expect(entries[0]?.payload).toMatchObject({ log_type: 'account', actor_username: email })
  expect(JSON.stringify(entries)).not.toContain(must(link.searchParams.get('token')))
  expect(response.headers.get('x-total-count')).toBe('6')
  const bad = await auth.request('/admin/audit?query=password:x', { token: serviceRoleKey })
  expect(bad.status).toBe(400)
})
