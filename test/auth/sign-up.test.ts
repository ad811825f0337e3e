import { decodeJwt } from 'jose'
import { describe, expect, test } from 'vitest'
import { useFixture } from '../support/fixture.ts'
import { createAuthFixture, must, password } from './auth-fixture.ts'

describe('where addresses need no confirmation', () => {
  const auth = useFixture(() => createAuthFixture())

  test('a sign-up answers a session, and the user as GoTrue shows it', async () => {
    const { data, error } = await auth.client().auth.signUp({
      email: 'Ada@Example.com',
      password,
      options: { data: { full_name: 'Ada', sub: 'mine', email: 'forged@example.com' } },
    })
    expect(error).toBeNull()
    const user = must(data.user)
    const instant = expect.stringMatching(/^\d{4}-.*Z$/)
    const own = { sub: user.id, email: 'ada@example.com', phone_verified: false, full_name: 'Ada' }
    expect(user).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      aud: 'authenticated',
      role: 'authenticated',
      email: 'ada@example.com',
      email_confirmed_at: instant,
      phone: '',
      confirmed_at: instant,
      last_sign_in_at: instant,
      app_metadata: { provider: 'email', providers: ['email'] },
      user_metadata: { ...own, email_verified: true },
      identities: [
        {
          identity_id: expect.any(String),
          id: user.id,
          user_id: user.id,
          identity_data: { ...own, email_verified: false },
          provider: 'email',
          last_sign_in_at: instant,
          created_at: instant,
          updated_at: instant,
          email: 'ada@example.com',
        },
      ],
      created_at: instant,
      updated_at: instant,
      is_anonymous: false,
    })
    const session = must(data.session)
    expect(session.refresh_token).toMatch(/^[a-z2-7]{12}$/)
    expect(session).toMatchObject({ token_type: 'bearer', expires_in: 3600 })
    expect(decodeJwt(session.access_token)).toEqual({
      iss: 'http://127.0.0.1:54321/auth/v1',
      sub: user.id,
      aud: 'authenticated',
      exp: session.expires_at,
      iat: must(session.expires_at) - 3600,
      email: 'ada@example.com',
      phone: '',
      app_metadata: user.app_metadata,
      user_metadata: user.user_metadata,
      role: 'authenticated',
      aal: 'aal1',
      amr: [{ method: 'password', timestamp: expect.any(Number) }],
      session_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      is_anonymous: false,
    })
  })

  test('the account is in the database when the answer is', async () => {
    const { data } = await auth.client().auth.signUp({ email: 'kept@example.com', password })
    const rows = await auth.query<{ encrypted_password: string }>(
      'select encrypted_password from auth.users where id = $1 and instance_id = $2',
      [data.user?.id, '00000000-0000-0000-0000-000000000000'],
    )
    expect(rows).toEqual([{ encrypted_password: expect.stringMatching(/^\$2a\$10\$.{53}$/) }])
  })

  test('an address signs up once, whatever its case', async () => {
    await auth.client().auth.signUp({ email: 'once@example.com', password })
    const { error } = await auth.client().auth.signUp({ email: 'ONCE@example.com', password: 'another password' })
    expect(error).toMatchObject({ status: 422, code: 'user_already_exists', message: 'User already registered' })
  })

  test('of ten sign-ups at once with one address, one wins and the others are told', async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => auth.post('/signup', { email: 'race@example.com', password })),
    )
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(answers.filter(({ body }) => body.error_code === 'user_already_exists')).toHaveLength(9)
    expect(await auth.query("select 1 from auth.users where email = 'race@example.com'")).toHaveLength(1)
    expect(await auth.query("select 1 from auth.identities where email = 'race@example.com'")).toHaveLength(1)
  })

  test('whoever knows an unconfirmed address does not get into its account', async () => {
    const email = 'prepared@example.com'
    await auth.admin.auth.admin.createUser({ email, app_metadata: { editor: true } })
    const { data, error } = await auth.client().auth.signUp({ email, password })
    expect(error).toMatchObject({ code: 'user_already_exists' })
    expect(data.session).toBeNull()
  })

  test("a project's trigger that refuses a user undoes the sign-up and is not quoted", async () => {
    await auth.query(`
      create function public.refuse() returns trigger language plpgsql as
        $$ begin raise exception 'secret reason' using detail = 'secret row'; end $$;
      create trigger refuse before insert on auth.users for each row
        when (new.email = 'refused@example.com') execute function public.refuse()`)
    const answer = await auth.post('/signup', { email: 'refused@example.com', password })
    expect(answer).toEqual({
      status: 500,
      body: { code: 500, error_code: 'unexpected_failure', msg: 'Database error saving new user' },
    })
    const logged = JSON.stringify(auth.observations)
    expect(logged).toContain('secret reason')
    expect(logged).not.toContain('secret row')
  })

  test('an anonymous user has a session and no address', async () => {
    const client = auth.client()
    const { data, error } = await client.auth.signInAnonymously({ options: { data: { theme: 'dark' } } })
    expect(error).toBeNull()
    expect(data.user).toMatchObject({
      is_anonymous: true,
      email: '',
      identities: [],
      app_metadata: {},
      user_metadata: { theme: 'dark' },
    })
    expect(decodeJwt(must(data.session).access_token)).toMatchObject({
      is_anonymous: true,
      role: 'authenticated',
      amr: [{ method: 'anonymous' }],
    })
    expect((await client.auth.getUser()).data.user?.id).toBe(data.user?.id)
  })
})

describe('where addresses are confirmed by mail', () => {
  const auth = useFixture(() => createAuthFixture({ email: { enableConfirmations: true } }))

  const linkTo = (address: string) => {
    const mail = must(auth.inbox.mails.findLast(({ to }) => to === address))
    return new URL(must(/href="([^"]+)"/.exec(mail.html)?.[1]).replaceAll('&amp;', '&'))
  }

  test('a sign-up answers the user without a session, and the link signs in', async () => {
    const email = 'confirm@example.com'
    const client = auth.client()
    const { data } = await client.auth.signUp({
      email,
      password,
      options: { emailRedirectTo: 'https://app.example.com/welcome' },
    })
    expect(data.session).toBeNull()
    expect(data.user).toMatchObject({ email, confirmation_sent_at: expect.any(String), identities: [{ email }] })
    expect(data.user).not.toHaveProperty('email_confirmed_at')
    const early = await client.auth.signInWithPassword({ email, password })
    expect(early.error).toMatchObject({ status: 400, code: 'email_not_confirmed', message: 'Email not confirmed' })

    const link = linkTo(email)
    expect(link.href).toMatch(/^http:\/\/127\.0\.0\.1:54321\/auth\/v1\/verify\?token=[0-9a-f]{56}&type=signup&/)
    const followed = await auth.request(link.pathname.replace('/auth/v1', '') + link.search)
    expect(followed.status).toBe(303)
    const target = new URL(must(followed.headers.get('location')))
    expect(target.origin + target.pathname).toBe('https://app.example.com/welcome')
    const fragment = new URLSearchParams(target.hash.slice(1))
    expect(fragment.get('type')).toBe('signup')
    const { data: me } = await client.auth.getUser(must(fragment.get('access_token')))
    expect(me.user).toMatchObject({ email, email_confirmed_at: expect.any(String) })
    expect((await client.auth.signInWithPassword({ email, password })).error).toBeNull()

    const again = await auth.request(link.pathname.replace('/auth/v1', '') + link.search)
    expect(again.headers.get('location')).toMatch(
      /#error=access_denied&error_code=otp_expired&error_description=Email\+link\+is\+invalid\+or\+has\+expired&sb=$/,
    )
  })

  test('an app may hand in the token itself', async () => {
    const email = 'app@example.com'
    const client = auth.client()
    await client.auth.signUp({ email, password })
    const token_hash = must(linkTo(email).searchParams.get('token'))
    const { data, error } = await client.auth.verifyOtp({ type: 'email', token_hash })
    expect(error).toBeNull()
    expect(data.session?.user).toMatchObject({ email, user_metadata: { email_verified: true } })
    expect(data.user?.identities?.[0]?.identity_data).toMatchObject({ email_verified: true })
    const again = await client.auth.verifyOtp({ type: 'email', token_hash })
    expect(again.error).toMatchObject({ status: 403, code: 'otp_expired' })
  })

  test('of several uses of one link at once, one signs in', async () => {
    const email = 'clicks@example.com'
    await auth.client().auth.signUp({ email, password })
    const token_hash = linkTo(email).searchParams.get('token')
    const uses = await Promise.all(
      Array.from({ length: 8 }, () => auth.post('/verify', { type: 'signup', token_hash })),
    )
    expect(uses.filter(({ status }) => status === 200)).toHaveLength(1)
  })

  test('a link expires', async () => {
    const email = 'late@example.com'
    await auth.client().auth.signUp({ email, password })
    auth.pass(3601)
    const token_hash = must(linkTo(email).searchParams.get('token'))
    const { error } = await auth.client().auth.verifyOtp({ type: 'signup', token_hash })
    expect(error).toMatchObject({ code: 'otp_expired' })
  })

  test('a link leads nowhere that the project does not list', async () => {
    const email = 'astray@example.com'
    await auth.client().auth.signUp({ email, password, options: { emailRedirectTo: 'https://evil.test/' } })
    const link = linkTo(email)
    expect(link.searchParams.get('redirect_to')).toBe('http://127.0.0.1:3000')
    link.searchParams.set('redirect_to', 'https://evil.test/')
    const followed = await auth.request(link.pathname.replace('/auth/v1', '') + link.search)
    expect(followed.headers.get('location')).toMatch(/^http:\/\/127\.0\.0\.1:3000\/#access_token=/)
  })

  test('a second sign-up with a confirmed address answers a user who does not exist', async () => {
    const email = 'known@example.com'
    const { data: real } = await auth.admin.auth.admin.createUser({ email, email_confirm: true, password })
    const { data, error } = await auth.client().auth.signUp({ email, password: 'a guess', options: { data: { a: 1 } } })
    expect(error).toBeNull()
    expect(data.user?.id).not.toBe(real.user?.id)
    expect(data.user).toMatchObject({ email, identities: [], user_metadata: { a: 1 } })
    expect(auth.inbox.mails.filter(({ to }) => to === email)).toEqual([])
    expect((await auth.client().auth.signInWithPassword({ email, password })).error).toBeNull()
  })

  test('a second sign-up with an unconfirmed address sends another mail, and the first password stays', async () => {
    const email = 'twice@example.com'
    await auth.client().auth.signUp({ email, password })
    const tooSoon = await auth.post('/signup', { email, password: 'second password' })
    expect(tooSoon).toMatchObject({ status: 429, body: { error_code: 'over_email_send_rate_limit' } })
    const first = linkTo(email).searchParams.get('token')
    auth.pass(61)
    await auth.client().auth.signUp({ email, password: 'second password' })
    expect(await auth.post('/verify', { type: 'signup', token_hash: first })).toMatchObject({ status: 403 })
    const token_hash = linkTo(email).searchParams.get('token')
    expect(await auth.post('/verify', { type: 'signup', token_hash })).toMatchObject({ status: 200 })
    expect((await auth.client().auth.signInWithPassword({ email, password })).error).toBeNull()
  })
})

test('a mail that cannot be sent fails the sign-up, and asking again sends it', async () => {
  let broken = true
  const sent: string[] = []
  await using auth = await createAuthFixture(
    { email: { enableConfirmations: true } },
    {
      send: async ({ to }) => {
        if (broken) throw new Error('no mail server')
        sent.push(to)
      },
    },
  )
  const body = { email: 'mail@example.com', password }
  expect(await auth.post('/signup', body)).toMatchObject({
    status: 500,
    body: { error_code: 'unexpected_failure', msg: 'Error sending confirmation email' },
  })
  broken = false
  // At once: nothing was sent that would have to be waited for.
  expect(await auth.post('/signup', body)).toMatchObject({ status: 200 })
  expect(sent).toEqual(['mail@example.com'])
  expect(await auth.post('/signup', body)).toMatchObject({ status: 429 })
})
