import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestApp, type TestApp } from '../support/app.ts'

const files = {
  'supabase/config.toml': 'project_id = "composition"\n[auth]\nenable_anonymous_sign_ins = true\n',
  'supabase/migrations/20260101000000_notes.sql': `
    create table public.note (id int primary key, owner uuid default auth.uid(), body text, length int);
    alter table public.note enable row level security;
    create policy "own" on public.note to authenticated using (owner = (select auth.uid())) with check (owner = (select auth.uid()));
    create policy "own files" on storage.objects to authenticated
      using (bucket_id = 'files' and (storage.foldername(name))[1] = (select auth.uid())::text)
      with check (bucket_id = 'files' and (storage.foldername(name))[1] = (select auth.uid())::text);
    insert into storage.buckets (id, name) values ('files', 'files');`,
  'supabase/functions/shout/index.ts': `
    Deno.serve(async (req) => {
      const { word } = await req.json()
      if (word === 'no') return Response.json({ code: 'too_quiet', message: 'Louder!' }, { status: 422 })
      const [, claims] = (req.headers.get('authorization') ?? '').split('.')
      return Response.json({ shout: word.toUpperCase(), role: claims ? JSON.parse(atob(claims)).role : null })
    })`,
  'schema/note.ts': `
    export default (builder) => {
      builder.tableField('note', 'shouted', (t) =>
        t.string({
          columns: ['body'],
          resolve: builder.batch(async (rows, _args, { invoke }) => {
            globalThis.batches = (globalThis.batches ?? 0) + 1
            return await Promise.all(rows.map(async (row) => (await invoke('shout', { word: row.body })).shout))
          }),
        }),
      )
      builder.queryField('batches', (t) => t.int({ resolve: () => globalThis.batches ?? 0 }))
      builder.mutationField('shout', (t) =>
        t.string({ args: { word: t.arg.string({ required: true }) }, resolve: async (_root, { word }, { invoke }) => (await invoke('shout', { word })).shout }))
    }`,
}

let backend: TestApp
const email = () => `${crypto.randomUUID()}@example.com`

beforeAll(async () => {
  backend = await createTestApp({ files })
})
afterAll(() => backend?.close())

/** A client that is signed in through GraphQL alone. */
async function signUp(address = email()) {
  const { data, errors } = await backend.graphql(
    'mutation ($email: String!) { signUp(email: $email, password: "correct horse", data: "{\\"name\\":\\"Ines\\"}") { user { id email userMetadata } session { accessToken refreshToken tokenType expiresIn } } }',
    { email: address },
  )
  expect(errors).toBeUndefined()
  const { user, session } = data.signUp
  const client = backend.client()
  await client.auth.setSession({ access_token: session.accessToken, refresh_token: session.refreshToken })
  return { client, user, session }
}

describe('accounts through GraphQL', () => {
  test('sign up, viewer, update, refresh, sign out', async () => {
    const address = email()
    const { client, user, session } = await signUp(address)
    expect(user.email).toBe(address)
    expect(JSON.parse(user.userMetadata)).toMatchObject({ name: 'Ines', email: address })
    expect(session).toMatchObject({ tokenType: 'bearer', expiresIn: 3600 })

    const { data: viewed } = await backend.graphql('{ viewer { id email isAnonymous } }', {}, client)
    expect(viewed.viewer).toEqual({ id: user.id, email: address, isAnonymous: false })

    const updated = await backend.graphql(
      'mutation { updateUser(password: "battery staple", data: "{\\"town\\":\\"Turin\\"}") { userMetadata } }',
      {},
      client,
    )
    expect(JSON.parse(updated.data.updateUser.userMetadata)).toMatchObject({ name: 'Ines', town: 'Turin' })

    const again = await backend.graphql(
      'mutation ($email: String!) { signInWithPassword(email: $email, password: "battery staple") { session { refreshToken } } }',
      { email: address },
    )
    const refreshed = await backend.graphql(
      'mutation ($token: String!) { refreshSession(refreshToken: $token) { session { accessToken } user { id } } }',
      {
        token: again.data.signInWithPassword.session.refreshToken,
      },
    )
    expect(refreshed.data.refreshSession.user.id).toBe(user.id)

    expect((await backend.graphql('mutation { signOut }', {}, client)).data).toEqual({ signOut: true })
    const gone = await backend.graphql(
      'mutation ($token: String!) { refreshSession(refreshToken: $token) { user { id } } }',
      { token: session.refreshToken },
    )
    expect(gone.errors?.[0]?.extensions?.code).toBe('refresh_token_not_found')
  })

  test.each([
    [
      'a wrong password',
      'mutation { signInWithPassword(email: "nobody@example.com", password: "x") { user { id } } }',
      'invalid_credentials',
    ],
    ['neither email nor phone', 'mutation { signInWithPassword(password: "x") { user { id } } }', 'BAD_USER_INPUT'],
    [
      'a weak password',
      'mutation { signUp(email: "weak@example.com", password: "x") { user { id } } }',
      'weak_password',
    ],
    [
      'metadata that is no object',
      'mutation { signUp(email: "w@example.com", password: "correct horse", data: "[1]") { user { id } } }',
      'BAD_USER_INPUT',
    ],
    ['signing out of nothing', 'mutation { signOut }', 'UNAUTHENTICATED'],
  ])('%s', async (_name, document, code) => {
    const { errors } = await backend.graphql(document)
    expect(errors?.[0]?.extensions?.code).toBe(code)
  })

  test('nobody is the viewer without a token', async () => {
    expect((await backend.graphql('{ viewer { id } }')).data).toEqual({ viewer: null })
  })

  test('an anonymous user', async () => {
    const { data } = await backend.graphql('mutation { signInAnonymously { user { isAnonymous role } } }')
    expect(data.signInAnonymously.user).toEqual({ isAnonymous: true, role: 'authenticated' })
  })
})

describe('storage through GraphQL', () => {
  test('signed upload, listing, signed download', async () => {
    const { client, user } = await signUp()
    const path = `${user.id}/note.txt`
    const target = await backend.graphql(
      'mutation ($path: String!) { createSignedUploadUrl(bucket: "files", path: $path) { signedUrl path token } }',
      { path },
      client,
    )
    const { token } = target.data.createSignedUploadUrl
    expect(
      (
        await backend
          .client()
          .storage.from('files')
          .uploadToSignedUrl(path, token, new Blob(['hello'], { type: 'text/plain' }))
      ).error,
    ).toBeNull()

    const listed = await backend.graphql(
      'query ($prefix: String) { storageObjects(bucket: "files", prefix: $prefix) { name size mimeType } }',
      { prefix: user.id },
      client,
    )
    expect(listed.data.storageObjects).toEqual([{ name: 'note.txt', size: 5, mimeType: 'text/plain' }])

    const url = await backend.graphql(
      'mutation ($path: String!) { createSignedUrl(bucket: "files", path: $path, expiresIn: 60) }',
      { path },
      client,
    )
    expect(await (await fetch(url.data.createSignedUrl)).text()).toBe('hello')

    const stranger = await signUp()
    const denied = await backend.graphql(
      'mutation ($path: String!) { createSignedUrl(bucket: "files", path: $path) }',
      { path },
      stranger.client,
    )
    expect(denied.errors?.[0]?.message).toBe('Object not found')
  })
})

describe('functions through GraphQL', () => {
  test('invoked by name, as the caller', async () => {
    const { client } = await signUp()
    const { data } = await backend.graphql(
      'mutation { invokeFunction(name: "shout", body: "{\\"word\\":\\"hi\\"}") }',
      {},
      client,
    )
    expect(JSON.parse(data.invokeFunction)).toEqual({ shout: 'HI', role: 'authenticated' })
  })

  test.each([
    ['its own refusal', 'shout', 'too_quiet', 'Louder!'],
    ['an unknown function', 'nothing', 'NOT_FOUND', undefined],
    ['a path in place of a name', '../auth/v1/admin/users', 'BAD_USER_INPUT', undefined],
  ])('%s', async (_name, name, code, message) => {
    const { errors } = await backend.graphql(
      'mutation ($name: String!) { invokeFunction(name: $name, body: "{\\"word\\":\\"no\\"}") }',
      { name },
    )
    expect(errors?.[0]?.extensions?.code).toBe(code)
    if (message) expect(errors?.[0]?.message).toBe(message)
  })

  test('a code-backed field costs one batch a page, beside tables in one statement', async () => {
    const { client } = await signUp()
    const inserted = await backend.graphql(
      'mutation { insertIntonoteCollection(objects: [{ id: 1, body: "a" }, { id: 2, body: "b" }, { id: 3, body: "c" }]) { records { id shouted } } shout(word: "x") }',
      {},
      client,
    )
    expect(inserted).toEqual({
      data: {
        insertIntonoteCollection: {
          records: [
            { id: 1, shouted: 'A' },
            { id: 2, shouted: 'B' },
            { id: 3, shouted: 'C' },
          ],
        },
        shout: 'X',
      },
    })
    const before = (await backend.graphql('{ batches }')).data.batches
    const page = '{ noteCollection { edges { node { body shouted again: shouted } } } }'
    const { data } = await backend.graphql(page, {}, client)
    expect(data.noteCollection.edges.map(({ node }: { node: object }) => node)).toEqual([
      { body: 'a', shouted: 'A', again: 'A' },
      { body: 'b', shouted: 'B', again: 'B' },
      { body: 'c', shouted: 'C', again: 'C' },
    ])
    expect((await backend.graphql('{ batches }')).data.batches - before).toBe(2)
  })
})
