import bcrypt from '@node-rs/bcrypt'
import { decodeJwt } from 'jose'
import { describe, expect, test, vi } from 'vitest'
import { useFixture } from '../support/fixture.ts'
import { createAuthFixture, mint, must, newUser, password } from './auth-fixture.ts'

const auth = useFixture(() => createAuthFixture())

const signedIn = (fixture = auth) => newUser(fixture)

/** A session of a user without password, which is quicker to have. */
async function anonymous(fixture = auth) {
  const client = fixture.client()
  const { data } = await client.auth.signInAnonymously()
  const session = must(data.session)
  return { client, user: must(data.user), access: session.access_token, refresh: session.refresh_token }
}

const refresh = (token: unknown, fixture = auth) =>
  fixture.post('/token?grant_type=refresh_token', { refresh_token: token })

describe('signing in with a password', () => {
  test('works in any case of the address, and says when', async () => {
    const { email, user } = await signedIn()
    const { data, error } = await auth.client().auth.signInWithPassword({ email: email.toUpperCase(), password })
    expect(error).toBeNull()
    expect(data.user?.id).toBe(user.id)
    expect(new Date(must(data.user?.last_sign_in_at)) > new Date(must(user.last_sign_in_at))).toBe(true)
    expect(decodeJwt(must(data.session).access_token)).toMatchObject({ amr: [{ method: 'password' }], aal: 'aal1' })
  })

  test('the session remembers the device', async () => {
    const { email, user } = await signedIn()
    await auth.request('/token?grant_type=password', {
      method: 'POST',
      body: JSON.stringify({ email, password }),
      headers: { 'user-agent': 'Portico/1 (test)', 'x-forwarded-for': 'unknown, 203.0.113.7, 10.0.0.1' },
    })
    expect(
      await auth.query('select user_agent, host(ip) as ip from auth.sessions where user_id = $1 and ip is not null', [
        user.id,
      ]),
    ).toEqual([{ user_agent: 'Portico/1 (test)', ip: '203.0.113.7' }])
  })

  test('an unknown address, a wrong password and no password answer the same, after the same work', async () => {
    const { email } = await signedIn()
    const { user } = await anonymous()
    await auth.query('update auth.users set email = $1 where id = $2', ['nopassword@example.com', user.id])
    using hashing = vi.spyOn(bcrypt, 'verify')
    for (const address of [email, 'nobody@example.com', 'nopassword@example.com']) {
      hashing.mockClear()
      expect(await auth.post('/token?grant_type=password', { email: address, password: 'not this' })).toEqual({
        status: 400,
        body: { code: 400, error_code: 'invalid_credentials', msg: 'Invalid login credentials' },
      })
      expect(hashing.mock.calls.map(([, hash]) => String(hash).slice(0, 7))).toEqual(['$2a$10$'])
    }
  })

  test('a banned user is told so only with the right password', async () => {
    const { email, user, access, refresh: token } = await signedIn()
    await auth.admin.auth.admin.updateUserById(user.id, { ban_duration: '24h' })
    expect(await auth.post('/token?grant_type=password', { email, password: 'wrong' })).toMatchObject({
      body: { error_code: 'invalid_credentials' },
    })
    expect(await auth.post('/token?grant_type=password', { email, password })).toMatchObject({
      status: 400,
      body: { error_code: 'user_banned', msg: 'User is banned' },
    })
    expect(await refresh(token)).toMatchObject({ status: 400, body: { error_code: 'user_banned' } })
    expect((await auth.request('/user', { token: access })).status).toBe(403)
    await auth.admin.auth.admin.updateUserById(user.id, { ban_duration: 'none' })
    expect((await auth.client().auth.signInWithPassword({ email, password })).error).toBeNull()
  })

  test('a password that newer rules call weak signs in, and is reported', async () => {
    await using strict = auth.beside({ minimumPasswordLength: 10, passwordRequirements: 'letters_digits' })
    await strict.admin.auth.admin.createUser({ email: 'old@example.com', password: 'short', email_confirm: true })
    const { data } = await strict.client().auth.signInWithPassword({ email: 'old@example.com', password: 'short' })
    expect(data.weakPassword).toEqual({ message: expect.any(String), reasons: ['length', 'characters'] })
    const strong = await auth.post('/token?grant_type=password', { email: (await signedIn()).email, password })
    expect(strong.body.weak_password).toBeNull()
  })
})

describe('refreshing', () => {
  test('spends the token and gives another', async () => {
    const { client, refresh: first, user, access } = await anonymous()
    const { data, error } = await client.auth.refreshSession({ refresh_token: first })
    expect(error).toBeNull()
    expect(data.session?.refresh_token).not.toBe(first)
    expect(data.user?.id).toBe(user.id)
    expect(decodeJwt(must(data.session).access_token).session_id).toBe(decodeJwt(access).session_id)
    const written = await auth.query(
      `select payload ->> 'action' as action, payload ->> 'log_type' as type from auth.audit_log_entries
       where payload ->> 'actor_id' = $1 and payload ->> 'log_type' = 'token' order by 1`,
      [user.id],
    )
    expect(written).toEqual([
      { action: 'token_refreshed', type: 'token' },
      { action: 'token_revoked', type: 'token' },
    ])
  })

  test('a token used again within the interval yields the same successor', async () => {
    const { refresh: first } = await anonymous()
    const second = (await refresh(first)).body.refresh_token
    expect((await refresh(first)).body.refresh_token).toBe(second)
    auth.pass(5)
    expect((await refresh(first)).body.refresh_token).toBe(second)
  })

  test('within the interval even an older token yields the one in use', async () => {
    const { refresh: first } = await anonymous()
    const second = (await refresh(first)).body.refresh_token
    const third = (await refresh(second)).body.refresh_token
    expect((await refresh(first)).body.refresh_token).toBe(third)
  })

  test('a token used again after the interval ends the session, for whoever has a token of it', async () => {
    const { client, refresh: first, access } = await anonymous()
    const second = (await refresh(first)).body.refresh_token
    const third = (await refresh(second)).body.refresh_token
    auth.pass(11)
    expect(await refresh(first)).toEqual({
      status: 400,
      body: { code: 400, error_code: 'refresh_token_already_used', msg: 'Invalid Refresh Token: Already Used' },
    })
    expect(await refresh(third)).toMatchObject({ status: 400, body: { error_code: 'refresh_token_not_found' } })
    expect((await client.auth.getUser(access)).error).toMatchObject({ name: 'AuthSessionMissingError' })
  })

  test('the reuse of one session leaves the others alone', async () => {
    const { email, refresh: first } = await signedIn()
    const { data: other } = await auth.client().auth.signInWithPassword({ email, password })
    await refresh(first)
    auth.pass(11)
    expect(await refresh(first)).toMatchObject({ status: 400 })
    expect(await refresh(other.session?.refresh_token)).toMatchObject({ status: 200 })
  })

  test('without rotation reuse is refused, and the session stays', async () => {
    await using lenient = auth.beside({ enableRefreshTokenRotation: false })
    const { refresh: first } = await anonymous(lenient)
    const second = (await refresh(first, lenient)).body.refresh_token
    lenient.pass(11)
    expect(await refresh(first, lenient)).toMatchObject({ body: { error_code: 'refresh_token_already_used' } })
    expect(await refresh(second, lenient)).toMatchObject({ status: 200 })
  })

  test('of fifty refreshes of one token at once all succeed, with one successor, which goes on', async () => {
    let { refresh: token } = await anonymous()
    for (let round = 0; round < 3; round += 1) {
      const answers = await Promise.all(Array.from({ length: 50 }, () => refresh(token)))
      expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 50 }, () => 200))
      const successors = new Set(answers.map(({ body }) => String(body.refresh_token)))
      expect(successors.size).toBe(1)
      token = must([...successors][0])
      auth.pass(60)
    }
  })

  test('two clients that refresh one token at once, two hundred times, never lose the session; a thief always does', async () => {
    const families = await Promise.all(
      Array.from({ length: 20 }, async () => ({ spent: [] as string[], token: (await anonymous()).refresh })),
    )
    for (let round = 0; round < 10; round += 1) {
      await Promise.all(
        families.map(async (family) => {
          const [one, two] = await Promise.all([refresh(family.token), refresh(family.token)])
          expect([one.status, two.status, one.body.refresh_token]).toEqual([200, 200, two.body.refresh_token])
          family.spent.push(family.token)
          family.token = String(one.body.refresh_token)
        }),
      )
      // Longer than the interval, so that no round rests on the one before.
      auth.pass(11)
    }
    // However old the stolen token is.
    await Promise.all(
      families.map(async ({ spent, token }, index) => {
        expect(await refresh(spent[index % spent.length])).toMatchObject({
          status: 400,
          body: { error_code: 'refresh_token_already_used' },
        })
        expect(await refresh(token)).toMatchObject({ status: 400, body: { error_code: 'refresh_token_not_found' } })
      }),
    )
  })

  test('where a user may have one session, a sign-in ends the one before', async () => {
    await using single = auth.beside({ sessions: { timebox: 0, inactivityTimeout: 3600, singlePerUser: true } })
    const { email, refresh: first } = await signedIn(single)
    single.pass(1)
    const renewed = await refresh(first, single)
    expect(renewed.status).toBe(200)
    single.pass(1)
    const { data } = await single.client().auth.signInWithPassword({ email, password })
    const second = await refresh(data.session?.refresh_token, single)
    expect(second.status).toBe(200)
    expect(await refresh(renewed.body.refresh_token, single)).toMatchObject({
      status: 400,
      body: {
        error_code: 'session_expired',
        msg: 'Invalid Refresh Token: Session Expired (Revoked by Newer Login)',
      },
    })
    single.pass(1)
    expect((await refresh(second.body.refresh_token, single)).status).toBe(200)
    // Elsewhere both would live.
    expect((await refresh(renewed.body.refresh_token)).status).toBe(200)
  })

  test('a session that is ended while it is refreshed does not come back', async () => {
    const { refresh: token, access } = await anonymous()
    const [, ...answers] = await Promise.all([
      auth.request('/logout', { method: 'POST', token: access }),
      ...Array.from({ length: 10 }, () => refresh(token)),
    ])
    for (const { body } of answers) {
      if (body.refresh_token) expect(await refresh(body.refresh_token)).toMatchObject({ status: 400 })
    }
    expect((await auth.request('/user', { token: access })).status).toBe(403)
  })

  test.each<readonly [string, unknown, number, string]>([
    ['unknown', 'abcdefghijkl', 400, 'refresh_token_not_found'],
    ['short', 'abc', 400, 'validation_failed'],
    ['empty', '', 400, 'validation_failed'],
    ['of a newer kind', 'AKrpPy0QTGKhnzB3Zm6yQEoAm3Zr7Q3mC2xkq4l7a9s8Xw', 400, 'validation_failed'],
    ['SQL', "' or 1=1 -- '", 400, 'validation_failed'],
    ['an array', ['abcdefghijkl'], 400, 'bad_json'],
    ['a number', 123456789012, 400, 'bad_json'],
    ['absent', undefined, 400, 'validation_failed'],
  ])('a token that is %s is refused', async (_name, token, status, code) => {
    expect(await refresh(token)).toMatchObject({ status, body: { error_code: code } })
  })

  test.each([
    ['older than its time box', { timebox: 3600, inactivityTimeout: 0 }, 'Session Expired'],
    ['unused for too long', { timebox: 0, inactivityTimeout: 1200 }, 'Session Expired (Inactivity)'],
  ])('a session %s is over', async (_name, sessions, reason) => {
    await using limited = auth.beside({ sessions: { ...sessions, singlePerUser: false } })
    const first = (await anonymous(limited)).refresh
    limited.pass(1000)
    const second = (await refresh(first, limited)).body.refresh_token
    limited.pass(1000)
    const third = await refresh(second, limited)
    expect(third.status).toBe(200)
    limited.pass(1700)
    expect(await refresh(third.body.refresh_token, limited)).toMatchObject({
      status: 400,
      body: { error_code: 'session_expired', msg: `Invalid Refresh Token: ${reason}` },
    })
  })
})

describe('signing out', () => {
  test.each([
    ['global', [false, false]],
    ['local', [false, true]],
    ['others', [true, false]],
  ] as const)('with scope %s ends the right sessions', async (scope, [mineLives, otherLives]) => {
    const { client, email, refresh: mine } = await signedIn()
    const { data: other } = await auth.client().auth.signInWithPassword({ email, password })
    expect((await client.auth.signOut({ scope })).error).toBeNull()
    expect((await refresh(mine)).status === 200).toBe(mineLives)
    expect((await refresh(other.session?.refresh_token)).status === 200).toBe(otherLives)
  })

  test('another scope is refused', async () => {
    const { access } = await anonymous()
    const response = await auth.request('/logout?scope=everyone', { method: 'POST', token: access })
    expect(await response.json()).toEqual({
      code: 400,
      error_code: 'validation_failed',
      msg: 'Unsupported logout scope "everyone"',
    })
  })

  test('an administrator signs a user out', async () => {
    const { access, refresh: token } = await anonymous()
    expect((await auth.admin.auth.admin.signOut(access, 'global')).error).toBeNull()
    expect((await refresh(token)).status).toBe(400)
  })

  test('the access token of an ended session no longer shows the user', async () => {
    const { client, access } = await anonymous()
    await client.auth.signOut()
    const response = await auth.request('/user', { token: access })
    expect(response.status).toBe(403)
    expect(await response.json()).toMatchObject({ error_code: 'session_not_found' })
  })
})

describe('a bearer token', () => {
  test.each<readonly [string, () => Promise<string | undefined>, number, string]>([
    ['that is absent', async () => undefined, 401, 'no_authorization'],
    ['that is nonsense', async () => 'nonsense', 403, 'bad_jwt'],
    ['without a subject', () => mint({ role: 'anon' }), 403, 'bad_jwt'],
    ['whose subject is no UUID', () => mint({ role: 'authenticated', sub: 'me' }), 400, 'bad_jwt'],
    ['that has expired', () => mint({ role: 'authenticated', sub: crypto.randomUUID(), exp: 1 }), 403, 'bad_jwt'],
    ['of nobody', () => mint({ role: 'authenticated', sub: crypto.randomUUID() }), 403, 'user_not_found'],
  ])('%s does not show a user', async (_name, token, status, code) => {
    const bearer = await token()
    const response = await auth.request('/user', bearer === undefined ? {} : { token: bearer })
    expect(response.status).toBe(status)
    expect(await response.json()).toMatchObject({ code: status, error_code: code })
  })

  test("a session of one user does not serve with another's token", async () => {
    const mine = await anonymous()
    const theirs = await anonymous()
    const token = await mint({
      role: 'authenticated',
      sub: mine.user.id,
      session_id: decodeJwt(theirs.access).session_id,
    })
    expect((await auth.request('/user', { token })).status).toBe(403)
  })
})
