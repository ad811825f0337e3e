import type { IncomingMessage, ServerResponse } from 'node:http'
import { decodeJwt } from 'jose'
import { Webhook } from 'standardwebhooks'
import { describe, expect, test } from 'vitest'
import { useFixture } from '../support/fixture.ts'
import { serveOnLoopback } from '../support/loopback-server.ts'
import { createAuthFixture, must, newEmail, password, serviceRoleKey, withFactors } from './auth-fixture.ts'

type Json = ReturnType<typeof JSON.parse>

const auth = useFixture(() => createAuthFixture())

/** A hook in Postgres, as the documentation of Supabase has people write them. */
async function functionHook(name: string, body: string, argument = 'jsonb') {
  await auth.query(`create or replace function public.${name}(event ${argument}) returns ${argument} language plpgsql as $$
    begin ${body} end $$`)
  await auth.query(`grant usage on schema public to supabase_auth_admin`)
  await auth.query(`grant execute on function public.${name} to supabase_auth_admin`)
  return { enabled: true, uri: `pg-functions://postgres/public/${name}` }
}

const secrets = 'v1,whsec_MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI='

/** A hook over HTTP, with what it was asked. */
async function httpHook(handle: (event: Json, response: ServerResponse, tries: number) => void) {
  const asked: { readonly event: Json; readonly headers: IncomingMessage['headers']; readonly body: string }[] = []
  const server = await serveOnLoopback(async (request, response) => {
    // One that was given up meanwhile has not asked.
    const chunks: Buffer[] | undefined = await request.toArray().catch(() => undefined)
    if (chunks === undefined) return
    const body = Buffer.concat(chunks).toString()
    asked.push({ event: JSON.parse(body), headers: request.headers, body })
    handle(JSON.parse(body), response, asked.length)
  })
  const hook = { enabled: true, uri: `${server.url}/hook`, secrets }
  return { asked, hook, [Symbol.asyncDispose]: server[Symbol.asyncDispose] }
}

const json = (response: ServerResponse, body: object, status = 200) =>
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))

describe('custom_access_token', () => {
  test.each(['jsonb', 'json'])('a function of %s adds a claim, and is told how the user signed in', async (type) => {
    const hook = await functionHook(
      `claims_${type}`,
      `return jsonb_set(event::jsonb, '{claims,seen}', jsonb_build_array(event->>'authentication_method', event->>'user_id'));`,
      type,
    )
    await using own = auth.beside({ hook: { customAccessToken: hook } })
    const { data } = await own.client().auth.signUp({ email: newEmail(), password })
    const session = must(data.session)
    expect(decodeJwt(session.access_token)).toMatchObject({ sub: data.user?.id, seen: ['password', data.user?.id] })
    const { data: renewed } = await own.client().auth.refreshSession({ refresh_token: session.refresh_token })
    expect(decodeJwt(must(renewed.session).access_token)).toMatchObject({ seen: ['token_refresh', data.user?.id] })
    expect((await own.client().auth.getUser(must(renewed.session).access_token)).data.user?.id).toBe(data.user?.id)
  })

  test('a refusal undoes the refresh: the token is good for another try', async () => {
    const { data } = await auth.client().auth.signUp({ email: newEmail(), password })
    const hook = await functionHook('refuse', `return '{"error": {"http_code": 403, "message": "not now"}}';`)
    await using own = auth.beside({ hook: { customAccessToken: hook } })
    const refresh_token = must(data.session).refresh_token
    expect(await own.post('/token?grant_type=refresh_token', { refresh_token })).toEqual({
      status: 403,
      body: { code: 403, error_code: 'unknown', msg: 'not now' },
    })
    auth.pass(3600)
    expect((await auth.post('/token?grant_type=refresh_token', { refresh_token })).status).toBe(200)
  })

  test('an address that asks this service itself is waited for by twenty at once', async () => {
    await using address = await httpHook(async ({ user_id, claims }, response) => {
      const known = await own.request(`/admin/users/${user_id}`, { token: serviceRoleKey })
      json(response, { claims: { ...claims, known: known.status } })
    })
    await using own = auth.beside({ hook: { customAccessToken: address.hook } })
    const emails = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const email = newEmail()
        await auth.admin.auth.admin.createUser({ email, password, email_confirm: true })
        return email
      }),
    )
    const answers = await Promise.all(emails.map((email) => own.client().auth.signInWithPassword({ email, password })))
    for (const { data } of answers) expect(decodeJwt(must(data.session).access_token).known).toBe(200)
  })

  test.each([
    ['no claims', `return '{}';`, 'output claims field is missing'],
    ['claims that are null', `return '{"claims": null}';`, 'output claims do not conform to the expected schema'],
    ['claims without a role', `return jsonb_build_object('claims', (event->'claims') - 'role');`, 'role'],
    [
      'a function that raises',
      `raise 'secret detail';`,
      'Error running hook URI: pg-functions://postgres/public/broken',
    ],
    ['a function that takes too long', `perform pg_sleep(10); return event;`, 'Error running hook URI'],
  ])('%s fail the sign-in, and nobody is told more', async (_what, body, message) => {
    const hook = await functionHook('broken', body)
    await using own = auth.beside({ hook: { customAccessToken: hook } })
    const answer = await own.post('/signup', { email: newEmail(), password })
    expect(answer).toMatchObject({ status: 500, body: { error_code: 'unexpected_failure' } })
    expect(answer.body.msg).toContain(message)
    expect(answer.body.msg).not.toContain('secret detail')
  })
})

describe('before_user_created', () => {
  test('may refuse each way in, and then no one is there', async () => {
    const hook = await functionHook(
      'gate',
      `if event->'user'->>'email' like '%@example.org' or (event->'user'->>'is_anonymous')::boolean then
         return '{"error": {"http_code": 400, "message": "not from there"}}'; end if; return '{}';`,
    )
    await using own = auth.beside({ hook: { beforeUserCreated: hook } })
    const refused = { status: 400, code: 'unknown', message: 'not from there' }
    const client = own.client()
    const email = 'stranger@example.org'
    expect((await client.auth.signUp({ email, password })).error).toMatchObject(refused)
    expect((await client.auth.signInWithOtp({ email })).error).toMatchObject(refused)
    expect((await client.auth.signInAnonymously()).error).toMatchObject(refused)
    expect((await own.admin.auth.admin.inviteUserByEmail(email)).error).toMatchObject(refused)
    const link = { type: 'signup', email, password } as const
    expect((await own.admin.auth.admin.generateLink(link)).error).toMatchObject(refused)
    expect(await own.query('select 1 from auth.users where email = $1', [email])).toEqual([])
    // An administrator's word needs no leave, as in GoTrue.
    expect((await own.admin.auth.admin.createUser({ email, password })).error).toBeNull()
    expect((await client.auth.signUp({ email: newEmail(), password })).error).toBeNull()
  })

  test('is told the id that the user gets, and is not asked about those who are there', async () => {
    await using hooked = await httpHook((_event, response) => response.writeHead(204).end())
    await using own = auth.beside({ hook: { beforeUserCreated: hooked.hook, afterUserCreated: hooked.hook } })
    const email = newEmail()
    const { data } = await own.client().auth.signUp({ email, password, options: { data: { plan: 'free' } } })
    await own.client().auth.signUp({ email, password })
    expect(hooked.asked.map(({ event }) => [event.metadata.name, event.user.id, event.user.email])).toEqual([
      ['before-user-created', data.user?.id, email],
      ['after-user-created', data.user?.id, email],
    ])
    expect(hooked.asked[0]?.event.user).toMatchObject({ user_metadata: { plan: 'free' }, identities: [] })
    // Who is not there yet was made at no time.
    expect(hooked.asked[0]?.event.user).toMatchObject({ created_at: '0001-01-01T00:00:00Z' })
    expect(hooked.asked[1]?.event.user).toMatchObject({ identities: [{ provider: 'email' }] })
  })
})

test('a hook over HTTP is signed with each of its secrets, and told the caller', async () => {
  await using hooked = await httpHook((_event, response) => json(response, {}))
  const second = 'v1,whsec_YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXphYmNkZWY='
  const hook = { ...hooked.hook, secrets: `${secrets}|${second}` }
  await using own = auth.beside({ hook: { beforeUserCreated: hook } })
  await own.request('/signup', {
    method: 'POST',
    body: JSON.stringify({ email: newEmail(), password }),
    headers: { 'x-forwarded-for': '203.0.113.9' },
  })
  const { body, headers, event } = must(hooked.asked[0])
  for (const secret of [secrets, second]) {
    expect(new Webhook(secret.slice(3)).verify(body, headers as Record<string, string>)).toEqual(event)
  }
  expect(event.metadata).toMatchObject({
    ip_address: '203.0.113.9',
    uuid: expect.any(String),
    time: expect.any(String),
  })
})

describe('an HTTP hook that does not answer as it should fails the request', () => {
  test.each<[string, (response: ServerResponse, tries: number) => void, number, string, string]>([
    ['401', (r) => r.writeHead(401).end(), 500, 'unexpected_failure', 'Hook requires authorization token'],
    ['400', (r) => r.writeHead(400).end(), 500, 'unexpected_failure', 'Invalid payload sent to hook'],
    [
      'a redirect',
      (r) => r.writeHead(302, { location: '/' }).end(),
      500,
      'unexpected_failure',
      'Unexpected status code',
    ],
    ['503', (r) => r.writeHead(503).end(), 500, 'unexpected_failure', 'Service currently unavailable due to hook'],
    ['503 for ever', (r) => r.writeHead(503, { 'retry-after': '1' }).end(), 500, 'unexpected_failure', 'unavailable'],
    ['no type', (r) => r.writeHead(200).end('{}'), 400, 'hook_payload_invalid_content_type', 'Missing Content-Type'],
    [
      'HTML',
      (r) => r.writeHead(200, { 'content-type': 'text/html' }).end(),
      400,
      'hook_payload_invalid_content_type',
      'text/html',
    ],
    [
      'no JSON',
      (r) => r.writeHead(200, { 'content-type': 'application/json' }).end('{'),
      500,
      'unexpected_failure',
      'JSON',
    ],
    ['too much', (r) => json(r, { a: 'x'.repeat(300_000) }), 422, 'hook_payload_over_size_limit', '204800'],
    [
      'an error of its own',
      (r) => json(r, { error: { http_code: 451, message: 'banned here' } }),
      451,
      'unknown',
      'banned here',
    ],
    ['a hang-up', (r) => r.destroy(), 422, 'hook_timeout_after_retry', 'maximum retries'],
    ['silence', () => {}, 422, 'hook_timeout', 'maximum time of 0.300000 seconds'],
  ])('%s', async (what, handle, status, code, message) => {
    await using hooked = await httpHook((_event, response, tries) => handle(response, tries))
    await using own = auth.beside({
      hook: { beforeUserCreated: hooked.hook },
      carrier: { patience: what === 'silence' ? 300 : 5000, backoff: 1 },
    })
    const answer = await own.post('/signup', { email: newEmail(), password })
    expect(answer).toMatchObject({ status, body: { code: status, error_code: code } })
    expect(answer.body.msg).toContain(message)
  })

  test('unless it asks for another try, and then answers', async () => {
    await using hooked = await httpHook((_event, response, tries) =>
      tries < 3 ? response.writeHead(429, { 'retry-after': 'true' }).end() : json(response, {}),
    )
    await using own = auth.beside({ hook: { beforeUserCreated: hooked.hook } })
    expect((await own.post('/signup', { email: newEmail(), password })).status).toBe(200)
    expect(hooked.asked).toHaveLength(3)
  })
})

describe('send_email', () => {
  test('takes the place of the mails, and its codes work', async () => {
    await using hooked = await httpHook((_event, response) => json(response, {}))
    await using own = auth.beside({ hook: { sendEmail: hooked.hook }, email: { enableConfirmations: true } })
    const email = newEmail()
    const client = own.client()
    await client.auth.signUp({ email, password, options: { emailRedirectTo: 'myapp://callback' } })
    const { user, email_data } = must(hooked.asked[0]).event
    expect(user).toMatchObject({ email })
    expect(email_data).toMatchObject({
      email_action_type: 'signup',
      redirect_to: 'myapp://callback',
      token: expect.stringMatching(/^\d{6}$/),
      site_url: expect.stringContaining('/auth/v1'),
    })
    expect(own.inbox.mails).toEqual([])
    expect((await client.auth.verifyOtp({ email, token: email_data.token, type: 'email' })).error).toBeNull()
  })

  test('is told once of a change of address, with both codes', async () => {
    await using hooked = await httpHook((_event, response) => json(response, {}))
    await using own = auth.beside({ hook: { sendEmail: hooked.hook }, email: { enableConfirmations: true } })
    const [old, next] = [newEmail(), newEmail()]
    const { data } = await auth.client().auth.signUp({ email: old, password })
    await own.put('/user', { email: next }, must(data.session).access_token)
    expect(hooked.asked).toHaveLength(1)
    const { email_data: mail } = must(hooked.asked[0]).event
    expect(mail).toMatchObject({ email_action_type: 'email_change' })
    expect((await own.post('/verify', { type: 'email_change', email: old, token: mail.token })).status).toBe(200)
    const second = await own.post('/verify', { type: 'email_change', email: next, token: mail.token_new })
    expect(second.body).toMatchObject({ user: { email: next } })
  })

  test('fails the request when it fails', async () => {
    await using hooked = await httpHook((_event, response) => json(response, { error: { message: 'out of stamps' } }))
    await using own = auth.beside({ hook: { sendEmail: hooked.hook } })
    const email = newEmail()
    await own.client().auth.signUp({ email, password })
    expect(await own.post('/recover', { email })).toMatchObject({ status: 500, body: { msg: 'out of stamps' } })
  })
})

test('send_sms gets the code that signs in', async () => {
  await using hooked = await httpHook((_event, response) => json(response, {}))
  await using own = auth.beside({
    hook: { sendSms: hooked.hook },
    sms: { enableSignup: true, enableConfirmations: true },
  })
  const phone = '15550007777'
  const client = own.client()
  expect((await client.auth.signInWithOtp({ phone })).error).toBeNull()
  const { user, sms } = must(hooked.asked[0]).event
  expect([user.phone, sms.phone]).toEqual([phone, phone])
  const { data } = await client.auth.verifyOtp({ phone, token: sms.otp, type: 'sms' })
  expect(data.session?.user.phone).toBe(phone)
})

describe('attempts', () => {
  test('password_verification_attempt hears of good and bad passwords, and may lock out', async () => {
    const email = newEmail()
    const { data } = await auth.client().auth.signUp({ email, password })
    const hook = await functionHook(
      'lock',
      `if (event->>'valid')::boolean then return '{"decision": "continue"}'; end if;
       return '{"decision": "reject", "message": "locked", "should_logout_user": true}';`,
    )
    await using own = auth.beside({ hook: { passwordVerificationAttempt: hook } })
    const sign = (word: string) => own.post('/token?grant_type=password', { email, password: word })
    expect((await sign(password)).status).toBe(200)
    expect(await sign('wrong')).toEqual({
      status: 400,
      body: { code: 400, error_code: 'invalid_credentials', msg: 'locked' },
    })
    const user = must(data.user)
    expect(await own.query('select 1 from auth.sessions where user_id = $1', [user.id])).toEqual([])
    expect(await own.post('/token?grant_type=password', { email: 'no@example.com', password })).toMatchObject({
      body: { msg: 'Invalid login credentials' },
    })
  })

  test('mfa_verification_attempt may reject, and signs out everywhere', async () => {
    const hook = await functionHook(
      'never',
      `return jsonb_build_object('decision', 'reject', 'valid', event->'valid');`,
    )
    await using own = auth.beside({ ...withFactors, hook: { mfaVerificationAttempt: hook } })
    const { data } = await own.client().auth.signUp({ email: newEmail(), password })
    const token = must(data.session).access_token
    const factor = await own.post('/factors', { factor_type: 'totp', friendly_name: 'app' }, token)
    const challenge = await own.post(`/factors/${factor.body.id}/challenge`, {}, token)
    const proof = { challenge_id: challenge.body.id, code: '000000' }
    expect(await own.post(`/factors/${factor.body.id}/verify`, proof, token)).toEqual({
      status: 403,
      body: {
        code: 403,
        error_code: 'mfa_verification_rejected',
        msg: 'Further MFA verification attempts will be rejected.',
      },
    })
    expect(await own.query('select 1 from auth.sessions where user_id = $1', [must(data.user).id])).toEqual([])
  })
})
