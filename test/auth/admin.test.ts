import { describe, expect, test } from 'vitest'
import { useFixture } from '../support/fixture.ts'
import { anonKey, createAuthFixture, mint, must, password, serviceRoleKey } from './auth-fixture.ts'

const auth = useFixture(() => createAuthFixture())

const create = (body: Record<string, unknown>) => auth.post('/admin/users', body, serviceRoleKey)
const update = (id: string, body: Record<string, unknown>) => auth.put(`/admin/users/${id}`, body, serviceRoleKey)

describe('who may', () => {
  const requests = [
    ['GET', '/admin/users'],
    ['POST', '/admin/users'],
    ['GET', `/admin/users/${crypto.randomUUID()}`],
    ['PUT', `/admin/users/${crypto.randomUUID()}`],
    ['DELETE', `/admin/users/${crypto.randomUUID()}`],
    ['GET', '/admin/audit'],
  ] as const

  test.each(requests)('%s %s needs the service role', async (method, path) => {
    const attempts: readonly (readonly [string | undefined, number, string])[] = [
      [undefined, 401, 'no_authorization'],
      ['nonsense', 403, 'bad_jwt'],
      [anonKey, 403, 'not_admin'],
      [await mint({ role: 'authenticated', sub: crypto.randomUUID() }), 403, 'not_admin'],
      [await mint({ role: ['service_role'] }), 403, 'bad_jwt'],
      [await mint({ role: 'postgres' }), 403, 'not_admin'],
    ]
    for (const [token, status, code] of attempts) {
      const response = await auth.request(path, { method, ...(token && { token }) })
      expect(response.status).toBe(status)
      expect(await response.json()).toMatchObject({ error_code: code })
    }
  })

  test("an administrator's own session must still exist", async () => {
    const { body } = await create({ email: 'root@example.com', password, email_confirm: true, role: 'service_role' })
    const client = auth.client()
    const { data } = await client.auth.signInWithPassword({ email: 'root@example.com', password })
    const token = must(data.session).access_token
    expect((await auth.request('/admin/users', { token })).status).toBe(200)
    await client.auth.signOut()
    expect((await auth.request('/admin/users', { token })).status).toBe(403)
    await auth.admin.auth.admin.deleteUser(String(body.id))
  })
})

describe('creating', () => {
  test('makes an account that signs in', async () => {
    const { data, error } = await auth.admin.auth.admin.createUser({
      email: 'Made@example.com',
      password,
      email_confirm: true,
      user_metadata: { name: 'Made' },
      app_metadata: { editor: true },
    })
    expect(error).toBeNull()
    expect(data.user).toMatchObject({
      email: 'made@example.com',
      role: 'authenticated',
      user_metadata: { name: 'Made', email_verified: true },
      app_metadata: { provider: 'email', providers: ['email'], editor: true },
      identities: [{ provider: 'email', email: 'made@example.com' }],
    })
    expect((await auth.client().auth.signInWithPassword({ email: 'made@example.com', password })).error).toBeNull()
  })

  test('takes an id, a phone number, a role and a hash', async () => {
    const id = crypto.randomUUID()
    const password_hash = '$2y$04$E6OSzYFR41nRn0ETG6nVWuYdwJlmlH3HKbEaKdlZCoGrGr8JXnGEu'
    const answer = await create({ id, phone: '+49 151 1234', role: 'editor', password_hash, ban_duration: '1h30m' })
    expect(answer).toMatchObject({
      status: 200,
      body: {
        id,
        role: 'editor',
        phone: '491511234',
        email: '',
        app_metadata: { provider: 'phone', providers: ['phone'] },
        identities: [{ provider: 'phone', identity_data: { phone: '491511234', sub: id } }],
        banned_until: expect.any(String),
      },
    })
  })

  test.each<readonly [string, Record<string, unknown>, number, string]>([
    ['neither address nor number', { password }, 400, 'validation_failed'],
    ['no address', { email: 'not an address' }, 400, 'validation_failed'],
    ['no number', { phone: '0123' }, 400, 'validation_failed'],
    ['a long password', { email: 'a@example.com', password: 'x'.repeat(73) }, 400, 'validation_failed'],
    ['a hash of another kind', { email: 'a@example.com', password_hash: '$argon2id$v=19$' }, 400, 'validation_failed'],
    ['both password and hash', { email: 'a@example.com', password, password_hash: 'x' }, 400, 'validation_failed'],
    ['an id that is none', { email: 'a@example.com', id: 'x' }, 400, 'validation_failed'],
    ['the nil id', { email: 'a@example.com', id: '00000000-0000-0000-0000-000000000000' }, 400, 'validation_failed'],
    ['a strange ban', { email: 'a@example.com', ban_duration: 'forever' }, 400, 'validation_failed'],
    ['app_metadata that is a list', { email: 'a@example.com', app_metadata: [] }, 400, 'bad_json'],
    ['a flag that is text', { email: 'a@example.com', email_confirm: 'yes' }, 400, 'bad_json'],
  ])('refuses %s', async (_name, body, status, code) => {
    expect(await create(body)).toMatchObject({ status, body: { error_code: code } })
    expect(await auth.query("select 1 from auth.users where email = 'a@example.com'")).toEqual([])
  })

  test('of five with one address, one succeeds', async () => {
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => create({ email: 'tenfold@example.com', password })),
    )
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(answers.filter(({ body }) => body.error_code === 'email_exists')).toHaveLength(4)
  })
})

describe('reading', () => {
  test('one user by id', async () => {
    const { body } = await create({ email: 'read@example.com' })
    const { data } = await auth.admin.auth.admin.getUserById(String(body.id))
    expect(data.user).toEqual(body)
  })

  test.each([
    [crypto.randomUUID(), 'user_not_found'],
    ['me', 'validation_failed'],
    ['00000000-0000-0000-0000-00000000000%00', 'validation_failed'],
  ])('of %s nothing is there', async (id, code) => {
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const body = method === 'PUT' ? { body: '{}' } : {}
      const response = await auth.request(`/admin/users/${id}`, { method, token: serviceRoleKey, ...body })
      expect(response.status).toBe(404)
      expect(await response.json()).toMatchObject({ error_code: code })
    }
  })

  test('all users in pages, the newest first', async () => {
    await using other = await createAuthFixture()
    const emails = Array.from({ length: 5 }, (_, index) => `page${index}@example.com`)
    for (const email of emails) {
      await other.post('/admin/users', { email, user_metadata: { full_name: `Page ${email}` } }, serviceRoleKey)
      other.pass(1)
    }
    const { data } = await other.admin.auth.admin.listUsers({ page: 2, perPage: 2 })
    expect(data).toMatchObject({ aud: 'authenticated', total: 5, nextPage: 3, lastPage: 3 })
    expect(data.users.map((user) => user.email)).toEqual([emails[2], emails[1]])

    const last = await other.request('/admin/users?per_page=2&page=3', { token: serviceRoleKey })
    expect(last.headers.get('link')).toBe('</admin/users?page=3&per_page=2>; rel="last"')
    expect(last.headers.get('x-total-count')).toBe('5')

    const ask = async (query: string) => {
      const response = await other.request(`/admin/users?${query}`, { token: serviceRoleKey })
      const body = (await response.json()) as { users?: { email: string }[]; error_code?: string }
      return body.users?.map(({ email }) => email) ?? body.error_code
    }
    expect(await ask('sort=created_at asc&per_page=1')).toEqual([emails[0]])
    expect(await ask('filter=page3')).toEqual([emails[3]])
    expect(await ask('filter=PAGE PAGE4')).toEqual([emails[4]])
    expect(await ask('page=99')).toEqual([])
    for (const bad of ['page=x', 'per_page=-1', 'sort=email', 'sort=created_at;drop', 'page=1e9']) {
      expect(await ask(bad)).toBe('validation_failed')
    }
  })
})

describe('changing', () => {
  test('sets what is given, and leaves the rest', async () => {
    const { body } = await create({
      email: 'before@example.com',
      app_metadata: { a: 1, b: 2 },
      user_metadata: { c: 3 },
    })
    const { data } = await auth.admin.auth.admin.updateUserById(String(body.id), {
      email: 'after@example.com',
      email_confirm: true,
      app_metadata: { a: null, d: 4 },
      user_metadata: { e: 5 },
      role: 'editor',
    })
    expect(data.user).toMatchObject({
      email: 'after@example.com',
      role: 'editor',
      app_metadata: { b: 2, d: 4, provider: 'email' },
      user_metadata: { c: 3, e: 5 },
      identities: [{ email: 'after@example.com', identity_data: { email_verified: true } }],
    })
    expect(data.user?.app_metadata).not.toHaveProperty('a')
  })

  test('a new password ends every session', async () => {
    const { body } = await create({ email: 'reset@example.com', password, email_confirm: true })
    const client = auth.client()
    await client.auth.signInWithPassword({ email: 'reset@example.com', password })
    expect(await update(String(body.id), { password: 'chosen for you' })).toMatchObject({ status: 200 })
    expect((await client.auth.refreshSession()).error).not.toBeNull()
    const again = await auth
      .client()
      .auth.signInWithPassword({ email: 'reset@example.com', password: 'chosen for you' })
    expect(again.error).toBeNull()
  })

  test("another's address is refused, and nothing of the change stays", async () => {
    await create({ email: 'theirs@example.com' })
    const { body } = await create({ email: 'mine@example.com' })
    const answer = await update(String(body.id), { email: 'theirs@example.com', app_metadata: { x: 1 } })
    expect(answer).toMatchObject({ status: 422, body: { error_code: 'email_exists' } })
    const { data } = await auth.admin.auth.admin.getUserById(String(body.id))
    expect(data.user?.email).toBe('mine@example.com')
    expect(data.user?.app_metadata).not.toHaveProperty('x')
  })

  test('a user without a role or metadata, as SQL and GoTrue make them, is changed and signs in', async () => {
    const email = 'bare@example.com'
    const { body } = await create({ email, password, email_confirm: true })
    const set = `role = '', raw_app_meta_data = 'null', raw_user_meta_data = 'null'`
    await auth.query(`update auth.users set ${set} where id = $1`, [body.id])
    const answer = await update(String(body.id), { user_metadata: { a: 1 }, app_metadata: { b: 2 } })
    expect(answer.body).toMatchObject({ role: '', user_metadata: { a: 1 }, app_metadata: { b: 2 } })
    const client = auth.client()
    const { data } = await client.auth.signInWithPassword({ email, password })
    expect((await client.auth.getUser()).data.user).toMatchObject({ id: body.id, role: '' })
    expect((await auth.request('/admin/users', { token: must(data.session).access_token })).status).toBe(403)
  })

  test('an address makes an anonymous user permanent', async () => {
    const { data } = await auth.client().auth.signInAnonymously()
    const answer = await update(must(data.user).id, { email: 'known-now@example.com', email_confirm: true })
    expect(answer.body).toMatchObject({ is_anonymous: false, app_metadata: { provider: 'email' } })
  })
})

test.each(['/admin/users/x', '/admin/users/x/factors', '/admin/users/x/passkeys'])('%s is of no user', async (path) => {
  const response = await auth.request(path, { token: serviceRoleKey })
  expect(await response.json()).toEqual({
    ...{ code: 404, error_code: 'validation_failed', msg: 'user_id must be an UUID' },
  })
})

describe('deleting', () => {
  test('takes everything along', async () => {
    const { body } = await create({ email: 'gone@example.com', password, email_confirm: true })
    const client = auth.client()
    await client.auth.signInWithPassword({ email: 'gone@example.com', password })
    const id = String(body.id)
    expect((await auth.admin.auth.admin.deleteUser(id)).error).toBeNull()
    const left = await auth.query(
      `select 1 from auth.users where id = $1 union all select 1 from auth.identities where user_id = $1
       union all select 1 from auth.sessions where user_id = $1
       union all select 1 from auth.refresh_tokens where user_id = $1::text`,
      [id],
    )
    expect(left).toEqual([])
    expect((await client.auth.getUser()).error).toMatchObject({ code: 'user_not_found' })
    expect((await client.auth.refreshSession()).error).toMatchObject({ code: 'refresh_token_not_found' })
    expect((await auth.admin.auth.admin.deleteUser(id)).error).toMatchObject({ status: 404 })
  })

  test('softly keeps the row, and nothing in it', async () => {
    const email = 'faded@example.com'
    const { body } = await create({ email, password, email_confirm: true, app_metadata: { a: 1 } })
    const client = auth.client()
    await client.auth.signInWithPassword({ email, password })
    const id = String(body.id)
    await auth.query(
      `insert into auth.webauthn_credentials (id, user_id, credential_id, public_key, attestation_type, friendly_name)
       values (gen_random_uuid(), $1, '\\x01', '\\x02', 'none', 'key')`,
      [id],
    )
    expect((await auth.admin.auth.admin.deleteUser(id, true)).error).toBeNull()
    expect(await auth.query('select 1 from auth.webauthn_credentials where user_id = $1', [id])).toEqual([])
    const { data } = await auth.admin.auth.admin.getUserById(id)
    expect(data.user).toMatchObject({ id, deleted_at: expect.any(String), app_metadata: {}, user_metadata: {} })
    expect(JSON.stringify(data.user)).not.toContain('faded')
    expect((await client.auth.refreshSession()).error).not.toBeNull()
    expect((await auth.client().auth.signInWithPassword({ email, password })).error).toMatchObject({ status: 400 })
    expect((await auth.admin.auth.admin.deleteUser(id, true)).error).toBeNull()
    expect((await auth.client().auth.signUp({ email, password })).error).toBeNull()
  })

  test('is refused by what still refers to the user, and undone', async () => {
    const { body } = await create({ email: 'needed@example.com' })
    await auth.query('create table public.papers (owner uuid references auth.users)')
    await auth.query('insert into public.papers values ($1)', [body.id])
    const { error } = await auth.admin.auth.admin.deleteUser(String(body.id))
    expect(error).toMatchObject({ status: 500, message: 'Database error deleting user' })
    expect((await auth.admin.auth.admin.getUserById(String(body.id))).error).toBeNull()
  })
})

test('what administrators do to accounts is in the audit log, and what failed is not', async () => {
  const email = 'watched@example.com'
  const id = String((await create({ email, password })).body.id)
  expect((await create({ email, password })).status).toBe(422)
  await auth.admin.auth.admin.updateUserById(id, { user_metadata: { seen: true } })
  await auth.admin.auth.admin.deleteUser(id)
  await auth.admin.auth.admin.deleteUser(id)
  const entries = await auth.query(
    `select payload from auth.audit_log_entries where payload->'traits'->>'user_email' = $1 order by created_at`,
    [email],
  )
  const administrator = { actor_id: '00000000-0000-0000-0000-000000000000', actor_username: 'service_role' }
  const traits = { user_id: id, user_email: email, user_phone: '' }
  expect(entries).toEqual(
    [
      ['user_signedup', 'team'],
      ['user_modified', 'user'],
      ['user_deleted', 'team'],
    ].map(([action, log_type]) => ({
      payload: {
        ...{ action, log_type, ...administrator, actor_via_sso: false },
        traits: { ...traits, ...(action === 'user_signedup' && { provider: 'email' }) },
      },
    })),
  )
})
