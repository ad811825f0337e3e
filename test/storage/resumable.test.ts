import { randomBytes, randomUUID } from 'node:crypto'
import { Upload } from 'tus-js-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { admin, anon, openStorage, type StorageFixture, user } from './storage-fixture.ts'

const mebibyte = 1024 * 1024

let storage: StorageFixture
let endpoint: string
let failing: 'commit' | undefined
beforeAll(async () => {
  storage = await openStorage({
    callers: (pool) => ({
      ...pool,
      async transaction(caller, request, work) {
        if (failing === 'commit' && caller.role === 'service_role')
          throw new Error('Connection terminated unexpectedly')
        return await pool.transaction(caller, request, work)
      },
    }),
  })
  endpoint = `${await storage.listen()}/storage/v1/upload/resumable`
  const client = await storage.as(admin)
  await client.createBucket('bucket')
  await client.createBucket('images', { public: false, allowedMimeTypes: ['image/*'], fileSizeLimit: 1000 })
  await storage.sql(`
    create policy own on storage.objects for insert to authenticated
      with check (bucket_id = 'bucket' and (storage.foldername(name))[1] = (select auth.uid())::text);
    create policy own_read on storage.objects for select to authenticated
      using (bucket_id = 'bucket' and (storage.foldername(name))[1] = (select auth.uid())::text)`)
})
afterAll(() => storage[Symbol.asyncDispose]())

interface Sending {
  readonly as?: { role: string; sub?: string }
  readonly headers?: Record<string, string>
  readonly bucket?: string
  readonly name: string
  readonly body: Buffer
  readonly metadata?: Record<string, string>
  readonly endpoint?: string
  /** Where to go on. */
  readonly uploadUrl?: string
  readonly chunkSize?: number
  /** Whether the first bytes come with the request that begins the upload. */
  readonly atOnce?: boolean
  /** Told of each byte that is known to have arrived; true stops the client for good, as if it had died. */
  readonly stop?: (sent: number) => boolean
}

interface Sent {
  readonly url: string
  /** Statuses of what was asked, in order. */
  readonly asked: readonly string[]
  readonly error: { readonly status: number | undefined; readonly message: string } | undefined
}

/** Uploads as Supabase's documentation has it: tus-js-client, six mebibytes a request. */
async function send(sending: Sending): Promise<Sent> {
  const { as: who = admin, bucket = 'bucket', name, body, metadata = {}, stop = () => false } = sending
  const asked: string[] = []
  const { promise, resolve } = Promise.withResolvers<Sent['error']>()
  const upload = new Upload(body, {
    endpoint: sending.endpoint ?? endpoint,
    ...(sending.uploadUrl && { uploadUrl: sending.uploadUrl }),
    retryDelays: null,
    headers: sending.headers ?? { authorization: `Bearer ${await storage.token(who)}` },
    uploadDataDuringCreation: sending.atOnce ?? true,
    metadata: { bucketName: bucket, objectName: name, contentType: 'image/png', cacheControl: '60', ...metadata },
    chunkSize: sending.chunkSize ?? 6 * mebibyte,
    onAfterResponse: (request, response) => void asked.push(`${request.getMethod()} ${response.getStatus()}`),
    onProgress: (sent) => {
      if (stop(sent)) void upload.abort().then(() => resolve(undefined))
    },
    onSuccess: () => resolve(undefined),
    onError: (error) => {
      const response = 'originalResponse' in error ? error.originalResponse : null
      resolve({ status: response?.getStatus(), message: response?.getBody() ?? error.message })
    },
  })
  upload.start()
  const error = await promise
  return { url: upload.url ?? '', asked, error }
}

const download = async (name: string) => {
  const { data } = await (await storage.as(admin)).from('bucket').download(name)
  return Buffer.from((await data?.arrayBuffer()) ?? new ArrayBuffer())
}

test('a large file arrives in pieces, and is an object with its last byte', async () => {
  const me = user()
  const name = `${me.sub}/large.png`
  const body = randomBytes(13 * mebibyte)
  await storage.sql(`
    create table public.seen (event text, name text, size text);
    grant all on public.seen to service_role;
    create function public.see() returns trigger language plpgsql security definer as $$
    begin
      insert into public.seen values (tg_op, new.name, new.metadata ->> 'size');
      return new;
    end $$;
    create trigger see after insert on storage.objects for each row execute function public.see()`)
  const { asked, error } = await send({ as: me, name, body, metadata: { metadata: JSON.stringify({ roll: 7 }) } })
  expect(error).toBeUndefined()
  expect(asked).toEqual(['POST 201', 'PATCH 204', 'PATCH 204'])
  expect((await download(name)).equals(body)).toBe(true)
  const { data } = await (await storage.as(me)).from('bucket').info(name)
  expect(data).toMatchObject({
    size: body.length,
    contentType: 'image/png',
    cacheControl: 'max-age=60',
    metadata: { roll: 7 },
  })
  expect(await storage.sql('select event, name, size from public.seen')).toEqual([
    { event: 'INSERT', name, size: String(body.length) },
  ])
  await storage.sql('drop function public.see cascade')
})

test('an empty file is an object, too', async () => {
  expect((await send({ name: 'empty', body: Buffer.alloc(0) })).error).toBeUndefined()
  expect((await (await storage.as(admin)).from('bucket').info('empty')).data).toMatchObject({ size: 0 })
})

test('a client that died in the middle goes on where it was', async () => {
  const body = randomBytes(14 * mebibyte)
  const dead = await send({ name: 'resumed', body, stop: (sent) => sent > 7 * mebibyte })
  expect((await (await storage.as(admin)).from('bucket').exists('resumed')).data).toBe(false)

  const { asked, error } = await send({ name: 'resumed', body, uploadUrl: dead.url })
  expect(error).toBeUndefined()
  expect(asked[0]).toBe('HEAD 200')
  expect(asked.filter((each) => each.startsWith('PATCH')).length).toBeLessThan(3)
  expect((await download('resumed')).equals(body)).toBe(true)

  // One that did not hear of the end asks once more.
  const again = await send({ name: 'resumed', body, uploadUrl: dead.url })
  expect([again.error, again.asked]).toEqual([undefined, ['HEAD 200']])
})

test('what a service that died had gathered whole is committed when its client asks', async () => {
  const [me, body] = [user(), randomBytes(1000)]
  const name = `${me.sub}/whole`
  failing = 'commit'
  const lost = await send({ as: me, name, body, atOnce: false })
  failing = undefined
  expect([lost.asked, lost.error?.status]).toEqual([['POST 201', 'PATCH 500'], 500])
  const uploadUrl = lost.url
  expect((await (await storage.as(admin)).from('bucket').exists(name)).data).toBe(false)
  const stranger = await send({ as: user(), name, body, uploadUrl })
  expect(stranger.error?.status).toBe(403)
  const { asked, error } = await send({ as: me, name, body, uploadUrl })
  expect([error, asked]).toEqual([undefined, ['HEAD 200']])
  expect((await download(name)).equals(body)).toBe(true)
})

test('an upload that nobody goes on with is swept', async () => {
  const body = randomBytes(8 * mebibyte)
  const { url } = await send({ name: 'abandoned', body, stop: (sent) => sent > 7 * mebibyte })
  await storage.service.sweep()
  expect((await fetch(url, await headOf())).status).toBe(200)
  await storage.service.sweep(new Date(0), new Date(Date.now() + 1000))
  expect((await fetch(url, await headOf())).status).toBe(404)
  expect((await storage.files()).filter((file) => file.includes('/resumable/'))).toEqual([])
})

describe('before a byte is written', () => {
  test.each<[what: string, sending: Partial<Sending>, status: number, message: string]>([
    ['nobody', { headers: {} }, 400, 'Invalid Compact JWS'],
    ['a stranger', { as: anon }, 403, 'new row violates row-level security policy'],
    ['another user', { as: user(), name: `${randomUUID()}/a` }, 403, 'new row violates row-level security policy'],
    ['a name that is taken', { name: 'empty' }, 409, 'The resource already exists'],
    ['a path', { name: '../../etc/passwd' }, 400, 'Invalid key: ../../etc/passwd'],
    ['a bucket that is not there', { bucket: 'none' }, 404, 'Bucket not found'],
    ['a bucket with a slash', { bucket: 'a/b' }, 400, 'Bucket name invalid'],
    ['a file too large', { bucket: 'images', body: Buffer.alloc(1001) }, 413, 'Maximum size exceeded\n'],
    [
      'a type',
      { bucket: 'images', metadata: { contentType: 'text/html' } },
      415,
      'mime type text/html is not supported',
    ],
  ])('%s is refused', async (_what, sending, status, message) => {
    const before = await storage.files()
    const { error } = await send({ name: randomUUID(), body: Buffer.from('x'), ...sending })
    expect(error?.message).toContain(message)
    expect(error?.status).toBe(status)
    expect(await storage.files()).toEqual(before)
  })

  test.each([
    ['no metadata', { 'upload-length': '1' }, 400],
    ['metadata that are none', { 'upload-length': '1', 'upload-metadata': '%%%' }, 400],
    ['another version of the protocol', { 'tus-resumable': '0.2.2' }, 400],
  ])('%s is refused', async (_what, headers, status) => {
    const authorization = `Bearer ${await storage.token(admin)}`
    const all = { 'tus-resumable': '1.0.0', authorization, ...headers }
    expect((await fetch(endpoint, { method: 'POST', headers: all })).status).toBe(status)
  })

  test.each(['..%2f..%2fetc', Buffer.from('../secret').toString('base64url'), 'x'.repeat(2000), 'AA=='])(
    'an upload called %s is none',
    async (id) => {
      for (const method of ['HEAD', 'PATCH', 'DELETE']) {
        const headers = {
          'tus-resumable': '1.0.0',
          'upload-offset': '0',
          'content-type': 'application/offset+octet-stream',
          authorization: `Bearer ${await storage.token(admin)}`,
        }
        expect((await fetch(`${endpoint}/${id}`, { method, headers })).status).toBe(400)
      }
    },
  )
})

test('content that is not of a type the bucket allows is no object, whatever it is called', async () => {
  const body = Buffer.from('%PDF-1.7\n%âãÏÓ\n')
  const { error } = await send({ bucket: 'images', name: 'a.png', body })
  expect([error?.status, error?.message]).toEqual([415, 'the content is of mime type application/pdf, not supported'])
})

test('a signed URL lets its holder upload, and nothing else', async () => {
  const me = user()
  const name = `${me.sub}/signed`
  const { data } = await (await storage.as(me)).from('bucket').createSignedUploadUrl(name)
  const signed = { headers: { 'x-signature': data?.token ?? '' }, endpoint: `${endpoint}/sign` }
  const body = randomBytes(7 * mebibyte)
  expect((await send({ ...signed, name: `${me.sub}/other`, body: Buffer.from('x') })).error).toMatchObject({
    status: 400,
  })
  expect((await send({ ...signed, headers: {}, name, body: Buffer.from('x') })).error?.message).toBe(
    'Missing x-signature header',
  )
  expect((await send({ ...signed, name, body })).error).toBeUndefined()
  expect((await download(name)).equals(body)).toBe(true)
  expect(await storage.sql('select owner_id from storage.objects where name = $1', [name])).toEqual([
    { owner_id: me.sub },
  ])
})

test('an upload is overwritten with x-upsert alone', async () => {
  const headers = { authorization: `Bearer ${await storage.token(admin)}` }
  await send({ name: 'over', body: Buffer.from('one') })
  expect((await send({ name: 'over', body: Buffer.from('two'), headers })).error?.status).toBe(409)
  expect(
    (await send({ name: 'over', body: Buffer.from('two'), headers: { ...headers, 'x-upsert': 'true' } })).error,
  ).toBeUndefined()
  expect((await download('over')).toString()).toBe('two')
})

test('it is enough to say x-upsert when the upload begins, as Kotlin does, and nothing else says so', async () => {
  const headers = { authorization: `Bearer ${await storage.token(admin)}`, 'tus-resumable': '1.0.0' }
  await send({ name: 'again', body: Buffer.from('one') })
  const about = (more: Record<string, string>) =>
    Object.entries({ bucketName: 'bucket', objectName: 'again', ...more })
      .map(([name, value]) => `${name} ${btoa(value)}`)
      .join()
  const begin = async (upsert: string, metadata = about({})) => {
    const said = { ...headers, 'upload-length': '3', 'upload-metadata': metadata, 'x-upsert': upsert }
    return await fetch(endpoint, { method: 'POST', headers: said })
  }
  expect((await begin('false', about({ overwrites: 'true' }))).status).toBe(409)
  const location = (await begin('true')).headers.get('location') ?? ''
  const chunk = { ...headers, 'content-type': 'application/offset+octet-stream', 'upload-offset': '0' }
  const sent = await fetch(location, { method: 'PATCH', headers: chunk, body: 'two' })
  expect(sent.status, await sent.text()).toBe(204)
  expect((await download('again')).toString()).toBe('two')
})

async function headOf() {
  const headers = { 'tus-resumable': '1.0.0', authorization: `Bearer ${await storage.token(admin)}` }
  return { method: 'HEAD', headers }
}
