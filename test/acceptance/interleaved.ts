import type { SupabaseClient } from '@supabase/supabase-js'
import { expect } from 'vitest'
import type { TestApp } from '../support/app.ts'

/** A project in which everybody sees nothing but what is his or her own. */
export const ownThings = {
  'supabase/config.toml':
    'project_id = "interleaved"\n[auth]\nenable_anonymous_sign_ins = true\n[auth.rate_limit]\nsign_in_sign_ups = 1000\n',
  'supabase/migrations/20260101000000_own.sql': `
    create table public.note (id uuid primary key default gen_random_uuid(), owner uuid default auth.uid(), body text);
    alter table public.note enable row level security;
    create policy "own" on public.note to authenticated using (owner = (select auth.uid())) with check (owner = (select auth.uid()));
    insert into storage.buckets (id, name) values ('files', 'files');
    create policy "own files" on storage.objects to authenticated
      using (bucket_id = 'files' and (storage.foldername(name))[1] = (select auth.uid())::text)
      with check (bucket_id = 'files' and (storage.foldername(name))[1] = (select auth.uid())::text);
    alter role anon set work_mem = '5MB';
    alter role authenticated set work_mem = '6MB';
    alter role anon set statement_timeout = '7s';
    create function public.whoami() returns jsonb stable language sql as $$
      select jsonb_build_object('role', current_user, 'sub', auth.uid(), 'memory', current_setting('work_mem'),
        'timeout', current_setting('statement_timeout'), 'mark', current_setting('request.headers')::json ->> 'x-mark') $$;`,
  'supabase/functions/echo/index.ts': `
    Deno.serve((req) => Response.json(req.headers.get('authorization')))`,
}

interface Person {
  readonly id: string | null
  readonly email: string | null
  readonly client: SupabaseClient
}

const password = 'correct horse'

/** Fifty requests and more at once, of ten people and of nobody; each must see its own. */
export async function interleave(backend: TestApp): Promise<void> {
  const people = await Promise.all(Array.from({ length: 9 }, () => arrive(backend)))
  const nobody: Person = { id: null, email: null, client: backend.client() }
  const kinds = [seesItself, seesOwnFile, signsInElsewhere, asksAuth, asksStorage, asksFunction]
  const work = kinds.flatMap((kind) => [...people, nobody].map((person) => ({ kind, person })))
  // Mixed, and the same in each run.
  work.sort((a, b) => weight(a) - weight(b))

  function weight({ kind, person }: (typeof work)[number]): number {
    return ((kinds.indexOf(kind) + 1) * 7 + people.indexOf(person) * 13) % 29
  }
  await Promise.all(work.map(({ kind, person }) => kind(backend, person, people)))
}

async function arrive(backend: TestApp): Promise<Person> {
  const email = `${crypto.randomUUID()}@example.com`
  const signedUp = await backend.graphql(
    `mutation ($email: String!) { signUp(email: $email, password: "${password}") {
      user { id } session { accessToken refreshToken } } }`,
    { email },
  )
  expect(signedUp.errors).toBeUndefined()
  const { user, session } = signedUp.data.signUp
  const client = backend.client()
  await client.auth.setSession({ access_token: session.accessToken, refresh_token: session.refreshToken })
  const written = await backend.graphql(
    'mutation ($body: String!) { insertIntonoteCollection(objects: [{ body: $body }]) { affectedCount } }',
    { body: email },
    client,
  )
  expect(written).toEqual({ data: { insertIntonoteCollection: { affectedCount: 1 } } })
  const { error } = await client.storage.from('files').upload(`${user.id}/mine.txt`, new Blob([email]))
  expect(error).toBeNull()
  return { id: user.id, email, client }
}

/** Tables, Auth and Storage in one operation. */
async function seesItself(backend: TestApp, { id, email, client }: Person): Promise<void> {
  const { data, errors } = await backend.graphql(
    `query ($prefix: String!) { viewer { id email } whoami noteCollection { edges { node { body } } }
      storageObjects(bucket: "files", prefix: $prefix) { name } }`,
    { prefix: id ?? '' },
    client,
  )
  expect(errors).toBeUndefined()
  const role = id ? 'authenticated' : 'anon'
  expect({ ...data, whoami: JSON.parse(data.whoami) }).toEqual({
    viewer: id ? { id, email } : null,
    whoami: { role, sub: id, memory: id ? '6MB' : '5MB', timeout: id ? '8s' : '7s', mark: null },
    noteCollection: { edges: id ? [{ node: { body: email } }] : [] },
    storageObjects: id ? [{ name: 'mine.txt' }] : [],
  })
}

/** A signed URL of one's own file; nobody is given one of another's. */
async function seesOwnFile(backend: TestApp, { id, email, client }: Person, people: readonly Person[]): Promise<void> {
  const other = people.find((person) => person.id !== id)
  const sign = (of: string) =>
    backend.graphql(
      'mutation ($path: String!) { createSignedUrl(bucket: "files", path: $path) }',
      { path: `${of}/mine.txt` },
      client,
    )
  expect((await sign(String(other?.id))).errors?.[0]?.message).toBe('Object not found')
  if (!id) return
  const { data } = await sign(id)
  expect(await (await fetch(data.createSignedUrl)).text()).toBe(email)
}

/** Signs another one in, by a client that the gateway must not use again. */
async function signsInElsewhere(backend: TestApp, { client, id }: Person, people: readonly Person[]): Promise<void> {
  const other = people.find((person) => person.id !== id)
  const { data } = await backend.graphql(
    'mutation ($email: String!) { signInWithPassword(email: $email, password: "correct horse") { user { email } } }',
    { email: other?.email },
    client,
  )
  expect(data.signInWithPassword.user.email).toBe(other?.email)
}

async function asksAuth(_backend: TestApp, { client, email }: Person): Promise<void> {
  const { data } = await client.auth.getUser()
  expect(data.user?.email ?? null).toBe(email)
}

async function asksStorage(_backend: TestApp, { client, id, email }: Person, people: readonly Person[]): Promise<void> {
  const read = async (of: string | null) =>
    (await client.storage.from('files').download(`${of}/mine.txt`)).data?.text() ?? null
  const other = people.find((person) => person.id !== id)
  expect(await Promise.all([read(id), read(other?.id ?? null)])).toEqual([email, null])
}

async function asksFunction(backend: TestApp, { client, id }: Person): Promise<void> {
  const { data } = await backend.graphql('mutation { invokeFunction(name: "echo") }', {}, client)
  const session = (await client.auth.getSession()).data.session
  const token = String(JSON.parse(data.invokeFunction)).replace('Bearer ', '')
  if (id) expect(token).toBe(session?.access_token)
  else expect(JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).role).toBe('anon')
}
