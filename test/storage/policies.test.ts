import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { admin, anon, openStorage, type StorageFixture, user } from './storage-fixture.ts'

let storage: StorageFixture
const [one, other] = [user(), user()]

beforeAll(async () => {
  storage = await openStorage()
  const client = await storage.as(admin)
  for (const name of ['homes', 'shared', 'closed', 'read-only', 'operations']) await client.createBucket(name)
  await storage.sql(`
    create policy own_home on storage.objects to authenticated
      using (bucket_id = 'homes' and (storage.foldername(name))[1] = auth.uid()::text)
      with check (bucket_id = 'homes' and (storage.foldername(name))[1] = auth.uid()::text);
    create policy shared_insert on storage.objects for insert to authenticated with check (bucket_id = 'shared');
    create policy shared_owner on storage.objects for all to authenticated
      using (bucket_id = 'shared' and owner_id = auth.uid()::text);
    create policy readers on storage.objects for select to authenticated, anon using (bucket_id = 'read-only');
    create policy png_only on storage.objects for insert to anon
      with check (bucket_id = 'shared' and metadata ->> 'mimetype' = 'image/png' and storage.extension(name) = 'png');
    create policy by_operation on storage.objects for select to anon
      using (bucket_id = 'operations' and storage.allow_only_operation('object.list'))`)
  await client.from('closed').upload('file', 'x')
  await client.from('read-only').upload('file', 'x')
  await client.from('operations').upload('file', 'x')
})
afterAll(() => storage[Symbol.asyncDispose]())

const denied = { statusCode: '403', message: 'new row violates row-level security policy' }
const notFound = { statusCode: '404', message: 'Object not found' }

describe("a folder of one's own", () => {
  test('is written, read and cleared by its owner alone', async () => {
    const mine = (await storage.as(one)).from('homes')
    const theirs = (await storage.as(other)).from('homes')
    const nobody = (await storage.as(anon)).from('homes')
    const name = `${one.sub}/letter.txt`

    const files = await storage.files()
    expect((await theirs.upload(name, 'forged')).error).toMatchObject(denied)
    expect((await nobody.upload(name, 'forged')).error).toMatchObject(denied)
    expect(await storage.files()).toEqual(files)

    expect((await mine.upload(name, 'dear')).error).toBeNull()
    for (const stranger of [theirs, nobody]) {
      expect((await stranger.info(name)).error).toMatchObject(notFound)
      expect((await stranger.download(name)).error).not.toBeNull()
      expect((await stranger.list(one.sub)).data).toEqual([])
      expect((await stranger.createSignedUrl(name, 60)).error).toMatchObject(notFound)
      expect((await stranger.createSignedUrls([name], 60)).data).toMatchObject([{ signedUrl: null, path: name }])
      expect((await stranger.upload(name, 'forged', { upsert: true })).error).toMatchObject(denied)
      expect((await stranger.update(name, 'forged')).error).toMatchObject(denied)
      expect((await stranger.createSignedUploadUrl(name, { upsert: true })).error).toMatchObject(denied)
      expect((await stranger.remove([name])).data).toEqual([])
      expect((await stranger.move(name, 'stolen')).error).toMatchObject(notFound)
      expect((await stranger.copy(name, 'stolen')).error).toMatchObject(notFound)
    }
    const single = await storage.request(`/object/homes/${name}`, { method: 'DELETE', as: other })
    expect(await single.json()).toMatchObject(notFound)

    expect(await (await mine.download(name)).data?.text()).toBe('dear')
    expect((await mine.move(name, `${other.sub}/letter.txt`)).error).toMatchObject(denied)
    expect((await mine.copy(name, `${other.sub}/letter.txt`)).error).toMatchObject(denied)
    expect((await mine.copy(name, `${one.sub}/copy.txt`)).error).toBeNull()
    expect((await mine.remove([name, `${one.sub}/copy.txt`, 'nothing'])).data).toHaveLength(2)
    expect((await mine.list(one.sub)).data).toEqual([])
  })
})

describe('a policy', () => {
  test('on the owner column sees who uploads', async () => {
    const mine = (await storage.as(one)).from('shared')
    expect((await mine.upload('from-one', 'x')).error).toBeNull()
    expect((await mine.info('from-one')).error).toBeNull()
    expect((await (await storage.as(other)).from('shared').info('from-one')).error).toMatchObject(notFound)
    expect((await (await storage.as(other)).from('shared').upload('from-one', 'y')).error).toMatchObject({
      statusCode: '409',
    })
  })

  test('sees the declared type before the bytes come', async () => {
    const bucket = (await storage.as(anon)).from('shared')
    expect((await bucket.upload('a.png', 'x', { contentType: 'image/png' })).error).toBeNull()
    expect((await bucket.upload('b.png', 'x', { contentType: 'image/jpeg' })).error).toMatchObject(denied)
    expect((await bucket.upload('c.jpg', 'x', { contentType: 'image/png' })).error).toMatchObject(denied)
  })

  test('that allows reading alone allows nothing else', async () => {
    const bucket = (await storage.as(one)).from('read-only')
    expect(await (await bucket.download('file')).data?.text()).toBe('x')
    expect((await bucket.upload('new', 'x')).error).toMatchObject(denied)
    expect((await bucket.update('file', 'y')).error).toMatchObject(denied)
    expect((await bucket.remove(['file'])).data).toEqual([])
    const single = await storage.request('/object/read-only/file', { method: 'DELETE', as: one })
    expect(await single.json()).toMatchObject({ statusCode: '403', message: 'Access denied' })
    expect((await bucket.move('file', 'moved')).error).toMatchObject(notFound)
    expect((await bucket.createSignedUrl('file', 60)).error).toBeNull()
  })

  test('can ask which operation it is for', async () => {
    const bucket = (await storage.as(anon)).from('operations')
    expect((await bucket.list()).data).toHaveLength(1)
    expect((await bucket.info('file')).error).toMatchObject(notFound)
  })

  test('that is missing closes the bucket', async () => {
    for (const who of [anon, one]) {
      const bucket = (await storage.as(who)).from('closed')
      expect((await bucket.list()).data).toEqual([])
      expect((await bucket.upload('new', 'x')).error).toMatchObject(denied)
      expect((await bucket.info('file')).error).toMatchObject(notFound)
    }
  })
})

test('two callers at once each act as themselves', async () => {
  const clients = await Promise.all([one, other].map((who) => storage.as(who)))
  await Promise.all(
    Array.from({ length: 20 }, async (_, i) => {
      const [who, client] = i % 2 ? [one, clients[0]] : [other, clients[1]]
      const stranger = i % 2 ? other : one
      const bucket = client?.from('homes')
      expect((await bucket?.upload(`${who.sub}/${i}`, `${i}`))?.error).toBeNull()
      expect((await bucket?.upload(`${stranger.sub}/x${i}`, `${i}`))?.error).toMatchObject(denied)
      expect(await (await bucket?.download(`${who.sub}/${i}`))?.data?.text()).toBe(`${i}`)
    }),
  )
  const rows = await storage.sql(
    `select distinct owner_id = split_part(name, '/', 1) as own from storage.objects where bucket_id = 'homes'`,
  )
  expect(rows).toEqual([{ own: true }])
})

test('triggers see the change of the row, as the service', async () => {
  await storage.sql(`
    create table public.seen (event text, name text, role text);
    create function public.see() returns trigger language plpgsql as $$
    begin
      insert into public.seen values (tg_op, coalesce(new.name, old.name), current_user);
      return null;
    end $$;
    grant all on public.seen to service_role, anon, authenticated;
    create trigger see after insert or update or delete on storage.objects for each row execute function public.see()`)
  const bucket = (await storage.as(one)).from('homes')
  await bucket.upload(`${one.sub}/seen`, 'a')
  await bucket.update(`${one.sub}/seen`, 'b')
  await bucket.remove([`${one.sub}/seen`])
  expect(await storage.sql('select event, role from public.seen')).toEqual([
    { event: 'INSERT', role: 'service_role' },
    { event: 'UPDATE', role: 'service_role' },
    { event: 'DELETE', role: 'authenticated' },
  ])
})

test('what a policy gets wrong is not told to the client', async () => {
  await storage.sql(
    `create policy broken on storage.objects for select to anon using (bucket_id = 'closed' and (1 / 0) = 1)`,
  )
  const response = await storage.request('/object/closed/file', { as: anon })
  expect(response.status).toBe(500)
  expect(await response.json()).toEqual({
    statusCode: '500',
    code: 'DatabaseError',
    error: 'DatabaseError',
    message: 'database error, code: 22012',
  })
  await storage.sql('drop policy broken on storage.objects')
})
