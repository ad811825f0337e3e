import { decodeJwt } from 'jose'
import { beforeAll, describe, expect, test } from 'vitest'
import { useFixture } from '../support/fixture.ts'
import { createAuthFixture, follow, linkTo, mint, must, newUser, password } from './auth-fixture.ts'

const auth = useFixture(() => createAuthFixture())

async function signedIn(fixture = auth) {
  const { user, ...person } = await newUser(fixture, { colour: 'red' })
  return { ...person, id: user.id }
}

describe('metadata', () => {
  test('is merged; null removes a key', async () => {
    const { client } = await signedIn()
    await client.auth.updateUser({ data: { size: 'L', nested: { a: [1, null] } } })
    const { data } = await client.auth.updateUser({ data: { colour: null } })
    expect(data.user?.user_metadata).toMatchObject({ size: 'L', nested: { a: [1, null] } })
    expect(data.user?.user_metadata).not.toHaveProperty('colour')
    const { data: renewed } = await client.auth.refreshSession()
    expect(decodeJwt(must(renewed.session).access_token).user_metadata).toMatchObject({ size: 'L' })
  })

  test('of many changes at once none is lost', async () => {
    const { client, access } = await signedIn()
    const keys = Array.from({ length: 20 }, (_, index) => `key${index}`)
    await Promise.all(keys.map((key) => auth.put('/user', { data: { [key]: true } }, access)))
    const { data } = await client.auth.getUser()
    expect(Object.keys(data.user?.user_metadata ?? {})).toEqual(expect.arrayContaining(keys))
  })

  test('that grows too large for a token is refused, and nothing of it stays', async () => {
    const { client, access } = await signedIn()
    for (const key of ['a', 'b', 'c']) await auth.put('/user', { data: { [key]: 'x'.repeat(10_000) } }, access)
    const answer = await auth.put('/user', { data: { d: 'x'.repeat(10_000) } }, access)
    expect(answer).toMatchObject({ status: 400, body: { error_code: 'validation_failed' } })
    expect((await client.auth.getUser()).data.user?.user_metadata).not.toHaveProperty('d')
  })
})

test('a token of no session, as servers sign them for a user, is good as long as its user is', async () => {
  const { id, client } = await signedIn()
  for (const session of [{}, { session_id: '' }, { session_id: '00000000-0000-0000-0000-000000000000' }]) {
    const token = await mint({ sub: id, role: 'authenticated', aud: 'authenticated', ...session })
    expect((await client.auth.getUser(token)).data.user?.id).toBe(id)
  }
  const gone = await mint({ sub: id, session_id: crypto.randomUUID() })
  expect((await client.auth.getUser(gone)).error?.name).toBe('AuthSessionMissingError')
})

describe('what is not theirs', () => {
  let mine: Awaited<ReturnType<typeof signedIn>>
  beforeAll(async () => {
    mine = await signedIn()
  })

  test.each([
    ['app_metadata', { app_metadata: { editor: true } }, 403, 'not_admin'],
    ['role', { role: 'service_role' }, 200, undefined],
    ['aud', { aud: 'elsewhere' }, 200, undefined],
    ['id', { id: '00000000-0000-4000-8000-000000000000' }, 200, undefined],
    ['email_confirm', { email_confirm: true }, 200, undefined],
    ['ban_duration', { ban_duration: 'none' }, 200, undefined],
    ['is_anonymous', { is_anonymous: true }, 200, undefined],
    ['user_metadata past its checks', { user_metadata: { a: 1 } }, 200, undefined],
  ])('users may not set: %s', async (_name, body, status, code) => {
    const before = (await mine.client.auth.getUser()).data.user
    const answer = await auth.put('/user', body, mine.access)
    expect(answer.status).toBe(status)
    expect(answer.body.error_code).toBe(code)
    const after = (await mine.client.auth.getUser()).data.user
    expect(after).toEqual(before)
    expect(after).toMatchObject({ role: 'authenticated', app_metadata: { provider: 'email', providers: ['email'] } })
  })
})

describe('the password', () => {
  test('changes, and ends the other sessions', async () => {
    const { client, email } = await signedIn()
    const other = auth.client()
    await other.auth.signInWithPassword({ email, password })
    expect((await client.auth.updateUser({ password: 'a new password' })).error).toBeNull()
    expect((await client.auth.getUser()).error).toBeNull()
    expect((await client.auth.refreshSession()).error).toBeNull()
    expect((await other.auth.refreshSession()).error).toMatchObject({ code: 'refresh_token_not_found' })
    expect((await auth.client().auth.signInWithPassword({ email, password })).error).toMatchObject({ status: 400 })
    const again = await auth.client().auth.signInWithPassword({ email, password: 'a new password' })
    expect(again.error).toBeNull()
  })

  test('must differ from the old one', async () => {
    const { client } = await signedIn()
    expect((await client.auth.updateUser({ password })).error).toMatchObject({ status: 422, code: 'same_password' })
  })

  test.each([
    ['short', 'abc', 422, 'weak_password'],
    ['empty', '', 422, 'weak_password'],
    ['longer than bcrypt sees', 'x'.repeat(73), 400, 'validation_failed'],
  ])('may not be %s', async (_name, next, status, code) => {
    const { access } = await signedIn()
    expect(await auth.put('/user', { password: next }, access)).toMatchObject({ status, body: { error_code: code } })
  })

  test('of an older session needs a code from a mail, where the project says so', async () => {
    await using strict = auth.beside({ email: { securePasswordChange: true } })
    const { client, email, access } = await signedIn(strict)
    expect((await client.auth.updateUser({ password: 'within a day' })).error).toBeNull()
    strict.pass(25 * 60 * 60)
    const { data } = await client.auth.refreshSession()
    const token = data.session?.access_token ?? access
    const change = (nonce?: string) => strict.put('/user', { password: 'a day later', nonce }, token)
    expect(await change()).toMatchObject({ status: 400, body: { error_code: 'reauthentication_needed' } })
    expect(await change('123456')).toMatchObject({ status: 422, body: { error_code: 'reauthentication_not_valid' } })

    const sendCode = async () => {
      strict.pass(61)
      expect((await client.auth.reauthenticate()).error).toBeNull()
      return must(/<strong>(\d{6})<\/strong>/.exec(must(strict.inbox.mails.at(-1)).html)?.[1])
    }
    const spoilt = await sendCode()
    expect(await change('not it')).toMatchObject({ status: 422 })
    expect(await change(spoilt)).toMatchObject({ status: 422 })
    expect(await change(await sendCode())).toMatchObject({ status: 200 })
    expect(must(strict.inbox.mails.at(-1)).to).toBe(email)
  })

  test('needs a second factor where the user has one', async () => {
    const { access, id } = await signedIn()
    await auth.query(
      `insert into auth.mfa_factors (id, user_id, factor_type, status, created_at, updated_at)
       values (gen_random_uuid(), $1, 'totp', 'verified', now(), now())`,
      [id],
    )
    const answer = await auth.put('/user', { password: 'another password' }, access)
    expect(answer).toMatchObject({ status: 401, body: { error_code: 'insufficient_aal' } })
    const user = await (await auth.request('/user', { token: access })).json()
    expect(user.factors).toEqual([expect.objectContaining({ factor_type: 'totp', status: 'verified' })])
    expect(JSON.stringify(user)).not.toContain('secret')
  })
})

describe('the address', () => {
  test('changes once both the new and the old address confirm it', async () => {
    await using strict = auth.beside({ email: { enableConfirmations: true } })
    const email = 'old@example.com'
    await strict.admin.auth.admin.createUser({ email, password, email_confirm: true })
    const client = strict.client()
    await client.auth.signInWithPassword({ email, password })
    const { data } = await client.auth.updateUser({ email: 'New@example.com' })
    expect(data.user).toMatchObject({ email, new_email: 'new@example.com' })

    const first = await follow(strict, linkTo(strict, 'new@example.com'))
    expect(first.href).toMatch(/#message=Confirmation\+link\+accepted/)
    expect((await client.auth.getUser()).data.user?.email).toBe(email)
    const again = await follow(strict, linkTo(strict, 'new@example.com'))
    expect(again.href).toMatch(/error_code=otp_expired/)

    const second = await follow(strict, linkTo(strict, email))
    expect(second.href).toMatch(/#access_token=/)
    const { data: me } = await client.auth.getUser()
    expect(me.user).toMatchObject({ email: 'new@example.com', identities: [{ email: 'new@example.com' }] })
    expect(me.user).not.toHaveProperty('new_email')
    expect((await strict.client().auth.signInWithPassword({ email, password })).error).not.toBeNull()
  })

  test('that another user has is refused', async () => {
    const { email } = await signedIn()
    const { client } = await signedIn()
    expect((await client.auth.updateUser({ email })).error).toMatchObject({ status: 422, code: 'email_exists' })
  })

  test('that two users want goes to the one who confirms first', async () => {
    const one = await signedIn()
    const two = await signedIn()
    await one.client.auth.updateUser({ email: 'wanted@example.com' })
    const link = linkTo(auth, 'wanted@example.com')
    await two.client.auth.updateUser({ email: 'wanted@example.com' })
    expect((await follow(auth, linkTo(auth, 'wanted@example.com'))).href).toMatch(/#access_token=/)
    expect((await follow(auth, link)).href).toMatch(/error_code=email_exists/)
  })

  test('makes an anonymous user permanent', async () => {
    const client = auth.client()
    const { data } = await client.auth.signInAnonymously()
    const alone = await client.auth.updateUser({ password })
    expect(alone.error).toMatchObject({ status: 422, code: 'validation_failed' })
    const { data: updated, error } = await client.auth.updateUser({ email: 'stays@example.com', password })
    expect(error).toBeNull()
    expect(updated.user).toMatchObject({
      id: data.user?.id,
      email: 'stays@example.com',
      is_anonymous: false,
      app_metadata: { provider: 'email', providers: ['email'] },
      identities: [{ provider: 'email', email: 'stays@example.com' }],
    })
    expect((await auth.client().auth.signInWithPassword({ email: 'stays@example.com', password })).error).toBeNull()
  })
})
