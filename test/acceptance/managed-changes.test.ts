import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { administer } from '../support/administer.ts'
import { createTestApp, type TestApp } from '../support/app.ts'
import { createFront, databaseUrl, superuser } from '../support/front.ts'
import { hasPgbouncer, type Pgbouncer, startPgbouncer, withoutPgbouncer } from '../support/pgbouncer.ts'

const files = {
  'supabase/migrations/20260101000000_notes.sql': `
    create table public.note (id int primary key, body text);
    insert into storage.buckets (id, name) values ('files', 'files');
    create policy "own files" on storage.objects to authenticated
      using (bucket_id = 'files' and owner_id = (select auth.uid())::text)
      with check (bucket_id = 'files');
    create function public.patience() returns text stable language sql as $$ select current_setting('statement_timeout') $$;`,
}

let managed: TestApp
beforeAll(async () => {
  managed = await createTestApp({ files })
})
afterAll(() => managed?.close())

/** The names of a type's fields, as anybody sees them; undefined without the type. */
async function fieldsOf(front: TestApp, type: string): Promise<string[] | undefined> {
  const { data } = await front.graphql('query ($type: String!) { __type(name: $type) { fields { name } } }', { type })
  return data.__type?.fields.map(({ name }: { name: string }) => name)
}

/** Asks until the answer is what it should be. */
async function soon<T>(ask: () => Promise<T>, wanted: T): Promise<void> {
  await expect.poll(ask).toEqual(wanted)
}

async function seesChanges(front: TestApp): Promise<void> {
  const change = (...statements: string[]) => administer(superuser(managed), ...statements)
  const patience = async () => (await front.graphql('{ patience }')).data.patience
  const description = async () =>
    (await front.graphql('{ __type(name: "fresh") { description } }')).data.__type?.description
  expect(await fieldsOf(front, 'fresh')).toBeUndefined()

  await change('create table public.fresh (id int primary key, body text)', 'revoke all on public.fresh from anon')
  await change('grant select (id) on public.fresh to anon')
  await soon(() => fieldsOf(front, 'fresh'), ['nodeId', 'id'])
  await change('grant select on public.fresh to anon')
  await soon(() => fieldsOf(front, 'fresh'), ['nodeId', 'id', 'body'])
  await change('alter table public.fresh add column length int', 'alter table public.fresh rename column body to words')
  await soon(() => fieldsOf(front, 'fresh'), ['nodeId', 'id', 'words', 'length'])
  await change("comment on table public.fresh is 'New things'")
  await soon(description, 'New things')
  await change('revoke select (id, words, length) on public.fresh from anon', 'revoke select on public.fresh from anon')
  await soon(() => fieldsOf(front, 'fresh'), undefined)

  await change("alter role anon set statement_timeout = '5s'")
  await soon(patience, '5s')
  await change("alter role anon set statement_timeout = '3s'", 'drop table public.fresh')
  await soon(patience, '3s')
}

test('changes of the database are seen within moments, by a login that owns nothing', async () => {
  await administer(
    superuser(managed),
    "create role visitor login noinherit password 'visiting'",
    'grant anon, authenticated, service_role to visitor',
  )
  const front = await createFront(managed, databaseUrl(managed, 'visitor', 'visiting'))
  await seesChanges(front).finally(() => front.close())
})

describe.runIf(hasPgbouncer)(`through a transaction-mode pooler${withoutPgbouncer}`, () => {
  let pooler: Pgbouncer
  beforeAll(async () => {
    pooler = await startPgbouncer(databaseUrl(managed, 'authenticator'))
  })
  afterAll(() => pooler?.stop())

  test('changes are seen as soon, though nobody tells of them', async () => {
    const front = await createFront(managed, pooler.url)
    await seesChanges(front).finally(() => front.close())
  })
})

describe('several gateways', () => {
  const fronts: TestApp[] = []
  beforeAll(async () => {
    for (let i = 0; i < 2; i++) fronts.push(await createFront(managed, databaseUrl(managed, 'authenticator')))
  })
  afterAll(() => Promise.all(fronts.map((front) => front.close())))

  test('share nothing, so that either will do', async () => {
    const [one, two] = fronts as [TestApp, TestApp]
    const signedUp = await one.graphql(
      'mutation { signUp(email: "both@example.com", password: "correct horse") { session { accessToken refreshToken } } }',
    )
    const { accessToken, refreshToken } = signedUp.data.signUp.session
    const [here, there] = [one.client(), two.client()]
    await here.auth.setSession({ access_token: accessToken, refresh_token: refreshToken })
    expect((await here.storage.from('files').upload('a.txt', new Blob(['a']))).error).toBeNull()
    const refreshed = await there.auth.refreshSession({ refresh_token: refreshToken })
    expect(refreshed.data.user?.email).toBe('both@example.com')
    expect(await (await there.storage.from('files').download('a.txt')).data?.text()).toBe('a')
    expect((await two.graphql('{ viewer { email } }', {}, here)).data).toEqual({
      viewer: { email: 'both@example.com' },
    })
    const signed = await two.graphql('mutation { createSignedUrl(bucket: "files", path: "a.txt") }', {}, there)
    expect(new URL(signed.data.createSignedUrl).origin).toBe(two.app.url)
    expect(await (await fetch(signed.data.createSignedUrl.replace(two.app.url, one.app.url))).text()).toBe('a')
  })
})
