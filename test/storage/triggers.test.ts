import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import type { SupabaseClient } from '@supabase/supabase-js'
import { Upload } from 'tus-js-client'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { s3Client } from './s3-client.ts'
import { admin, openStorage, type StorageFixture, user } from './storage-fixture.ts'

/** What triggers on `storage.objects` see of all that changes objects, whoever does it and by whatever protocol. */
const me = user()

let storage: StorageFixture
let s3: S3Client
beforeAll(async () => {
  storage = await openStorage()
  s3 = await s3Client(storage)
  const client = await storage.as(admin)
  for (const bucket of ['one', 'two']) await client.createBucket(bucket)
  await storage.sql(`
    create policy all_mine on storage.objects to authenticated using (true) with check (true);
    create table public.seen (n serial, event text);
    grant all on public.seen to anon, authenticated, service_role;
    grant usage on sequence public.seen_n_seq to anon, authenticated, service_role;
    create function public.see() returns trigger language plpgsql as $$
    declare at record := coalesce(new, old);
    begin
      insert into public.seen (event) values (tg_op || ' ' || at.bucket_id || '/' || at.name || ' '
        || coalesce(at.metadata ->> 'size', '-') || case when old.version is distinct from new.version then ' new' else '' end);
      return null;
    end $$;
    create trigger see after insert or update or delete on storage.objects for each row execute function public.see()`)
})
afterAll(async () => {
  s3?.destroy()
  await storage[Symbol.asyncDispose]()
})

type Bucket = ReturnType<SupabaseClient['storage']['from']>

beforeEach(async () => {
  const client = await storage.as(admin)
  for (const bucket of ['one', 'two']) await client.emptyBucket(bucket)
  await client.from('one').upload('a', 'abc')
  await storage.sql('truncate public.seen')
})

const at = (Key: string) => ({ Bucket: 'one', Key })

async function resume(name: string, upsert: boolean): Promise<void> {
  const endpoint = `${await storage.listen()}/storage/v1/upload/resumable`
  const headers = { authorization: `Bearer ${await storage.token(me)}`, 'x-upsert': String(upsert) }
  const metadata = { bucketName: 'one', objectName: name }
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  new Upload(Buffer.from('12345'), { endpoint, headers, metadata, onSuccess: () => resolve(), onError: reject }).start()
  await promise
}

async function multipart(name: string): Promise<void> {
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand(at(name)))
  const { ETag } = await s3.send(new UploadPartCommand({ ...at(name), UploadId, PartNumber: 1, Body: '12345678' }))
  const MultipartUpload = { Parts: [{ ETag, PartNumber: 1 }] }
  await s3.send(new CompleteMultipartUploadCommand({ ...at(name), UploadId, MultipartUpload }))
}

test.each<[what: string, work: (bucket: Bucket) => Promise<unknown>, seen: string[]]>([
  ['an upload', (bucket) => bucket.upload('b', 'x'), ['INSERT one/b 1 new']],
  ['an upload over another', (bucket) => bucket.upload('a', 'x', { upsert: true }), ['UPDATE one/a 1 new']],
  ['an update', (bucket) => bucket.update('a', 'xy'), ['UPDATE one/a 2 new']],
  ['an upload that is refused', (bucket) => bucket.upload('a', 'x'), []],
  [
    'a signed upload',
    async (bucket) => {
      const { data } = await bucket.createSignedUploadUrl('b')
      await bucket.uploadToSignedUrl('b', data?.token ?? '', 'x')
    },
    ['INSERT one/b 1 new'],
  ],
  ['a move', (bucket) => bucket.move('a', 'b'), ['UPDATE one/b 3 new']],
  ['a move across buckets', (bucket) => bucket.move('a', 'c', { destinationBucket: 'two' }), ['UPDATE two/c 3 new']],
  ['a copy', (bucket) => bucket.copy('a', 'b'), ['INSERT one/b 3 new']],
  ['a copy across buckets', (bucket) => bucket.copy('a', 'c', { destinationBucket: 'two' }), ['INSERT two/c 3 new']],
  ['a removal', (bucket) => bucket.remove(['a', 'nothing']), ['DELETE one/a 3 new']],
  ['an emptied bucket', async () => (await storage.as(admin)).emptyBucket('one'), ['DELETE one/a 3 new']],
  ['reading', (bucket) => bucket.download('a'), []],
  ['signing', (bucket) => bucket.createSignedUrl('a', 60), []],
  ['a resumable upload', () => resume('b', false), ['INSERT one/b 5 new']],
  ['a resumable upload over another', () => resume('a', true), ['UPDATE one/a 5 new']],
  ['PutObject', () => s3.send(new PutObjectCommand({ ...at('b'), Body: 'xy' })), ['INSERT one/b 2 new']],
  ['PutObject over another', () => s3.send(new PutObjectCommand({ ...at('a'), Body: 'xy' })), ['UPDATE one/a 2 new']],
  ['a multipart upload', () => multipart('b'), ['INSERT one/b 8 new']],
  ['a multipart upload over another', () => multipart('a'), ['UPDATE one/a 8 new']],
  ['CopyObject', () => s3.send(new CopyObjectCommand({ ...at('b'), CopySource: 'one/a' })), ['INSERT one/b 3 new']],
  ['DeleteObject', () => s3.send(new DeleteObjectCommand(at('a'))), ['DELETE one/a 3 new']],
])('of %s', async (_what, work, seen) => {
  await work((await storage.as(me)).from('one'))
  const rows = await storage.sql('select event from public.seen order by n')
  expect(rows.map(({ event }) => event)).toEqual(seen)
})
