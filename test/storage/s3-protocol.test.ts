import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketLocationCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListMultipartUploadsCommand,
  ListObjectsCommand,
  ListPartsCommand,
  PutObjectCommand,
  paginateListObjectsV2,
  type S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { s3Client, s3Keys } from './s3-client.ts'
import { admin, openStorage, type StorageFixture, user } from './storage-fixture.ts'

const mebibyte = 1024 * 1024
const md5 = (body: Uint8Array) => createHash('md5').update(body).digest('hex')

let storage: StorageFixture
let s3: S3Client
beforeAll(async () => {
  storage = await openStorage()
  s3 = await s3Client(storage)
  await s3.send(new CreateBucketCommand({ Bucket: 'bucket' }))
})
afterAll(async () => {
  s3?.destroy()
  await storage[Symbol.asyncDispose]()
})

const put = (Key: string, Body: string | Uint8Array, more = {}) =>
  s3.send(new PutObjectCommand({ Bucket: 'bucket', Key, Body, ...more }))
const get = async (Key: string, more = {}) => {
  const { Body, ...answer } = await s3.send(new GetObjectCommand({ Bucket: 'bucket', Key, ...more }))
  return { ...answer, body: Buffer.from((await Body?.transformToByteArray()) ?? []) }
}
/** What a command is refused with. */
const refusal = async (sent: Promise<unknown>) => {
  const error = (await sent.then(
    () => ({}),
    (error: unknown) => error,
  )) as { name?: string; $metadata?: { httpStatusCode?: number } }
  return [error.$metadata?.httpStatusCode, error.name]
}

test('buckets are created, listed, found and deleted', async () => {
  const Bucket = `b-${randomUUID()}`
  expect((await s3.send(new CreateBucketCommand({ Bucket, ACL: 'public-read' }))).Location).toBe(`/${Bucket}`)
  const { Buckets } = await s3.send(new ListBucketsCommand({}))
  expect(Buckets?.find(({ Name }) => Name === Bucket)?.CreationDate).toBeInstanceOf(Date)
  expect((await (await storage.as(admin)).getBucket(Bucket)).data?.public).toBe(true)
  await s3.send(new HeadBucketCommand({ Bucket }))
  expect((await s3.send(new GetBucketLocationCommand({ Bucket }))).LocationConstraint).toBe('local')
  expect((await s3.send(new GetBucketVersioningCommand({ Bucket }))).Status).toBe('Suspended')
  expect(await refusal(s3.send(new CreateBucketCommand({ Bucket })))).toEqual([409, 'BucketAlreadyExists'])
  await s3.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'x' }))
  expect(await refusal(s3.send(new DeleteBucketCommand({ Bucket })))).toEqual([409, 'BucketNotEmpty'])
  await s3.send(new DeleteObjectCommand({ Bucket, Key: 'a' }))
  await s3.send(new DeleteBucketCommand({ Bucket }))
  expect(await refusal(s3.send(new HeadBucketCommand({ Bucket })))).toEqual([404, 'NotFound'])
})

describe('an object', () => {
  test('is put, read, described and deleted, and is the same to supabase-js', async () => {
    const body = randomBytes(100_000)
    const Metadata = { camera: 'box', shutter: '1/60' }
    const { ETag } = await put('a b/u+(1)', body, {
      ContentType: 'image/x-raw',
      CacheControl: 'max-age=60',
      Metadata,
    })
    expect(ETag).toBe(`"${md5(body)}"`)
    const read = await get('a b/u+(1)')
    expect(read).toMatchObject({ ETag, ContentType: 'image/x-raw', CacheControl: 'max-age=60', Metadata })
    expect(read.body.equals(body)).toBe(true)
    const head = await s3.send(new HeadObjectCommand({ Bucket: 'bucket', Key: 'a b/u+(1)' }))
    expect(head).toMatchObject({ ETag, ContentLength: body.length, Metadata })

    const bucket = (await storage.as(admin)).from('bucket')
    expect((await bucket.info('a b/u+(1)')).data).toMatchObject({ metadata: Metadata, contentType: 'image/x-raw' })
    const downloaded = (await bucket.download('a b/u+(1)')).data
    expect(Buffer.from((await downloaded?.arrayBuffer()) ?? new ArrayBuffer()).equals(body)).toBe(true)
    expect((await s3.send(new GetObjectTaggingCommand({ Bucket: 'bucket', Key: 'a b/u+(1)' }))).TagSet).toEqual([])
    await s3.send(new DeleteObjectCommand({ Bucket: 'bucket', Key: 'a b/u+(1)' }))
    expect(await refusal(get('a b/u+(1)'))).toEqual([404, 'NoSuchKey'])
  })

  test('may be empty', async () => {
    await put('empty', '')
    expect((await get('empty')).body).toHaveLength(0)
  })

  test('is read in ranges and on conditions', async () => {
    const { ETag = '' } = await put('ranged', '0123456789')
    expect(await get('ranged', { Range: 'bytes=2-4' })).toMatchObject({ ContentRange: 'bytes 2-4/10' })
    expect((await get('ranged', { Range: 'bytes=-3' })).body.toString()).toBe('789')
    expect(await refusal(get('ranged', { Range: 'bytes=10-' }))).toEqual([416, 'InvalidRange'])
    expect((await get('ranged', { IfMatch: ETag })).body.toString()).toBe('0123456789')
    expect(await refusal(get('ranged', { IfMatch: '"other"' }))).toEqual([412, 'PreconditionFailed'])
    expect((await refusal(get('ranged', { IfNoneMatch: ETag })))[0]).toBe(304)
    expect(await refusal(put('ranged', 'x', { IfNoneMatch: '*' }))).toEqual([412, 'PreconditionFailed'])
  })

  test('is answered under the headers that its reader asks for', async () => {
    await put('otherwise', 'x')
    const asked = {
      ResponseCacheControl: 'no-store',
      ResponseContentDisposition: 'attachment',
      ResponseContentEncoding: 'identity',
      ResponseContentLanguage: 'en-GB',
      ResponseContentType: 'application/pdf',
      ResponseExpires: new Date('2030-01-01T00:00:00Z'),
    }
    expect(await get('otherwise', asked)).toMatchObject({
      CacheControl: 'no-store',
      ContentDisposition: 'attachment',
      ContentEncoding: 'identity',
      ContentLanguage: 'en-GB',
      ContentType: 'application/pdf',
      ExpiresString: 'Tue, 01 Jan 2030 00:00:00 GMT',
    })
  })

  test('that is an empty folder is kept in sight', async () => {
    await put('empty folder/', '')
    const { data } = await (await storage.as(admin)).from('bucket').list('empty folder')
    expect(data?.map(({ name }) => name)).toEqual(['.emptyFolderPlaceholder'])
  })

  test('is copied, with its metadata or with new', async () => {
    await put('source', 'copied', { ContentType: 'text/plain', Metadata: { a: '1' } })
    const copy = (more = {}) =>
      s3.send(new CopyObjectCommand({ Bucket: 'bucket', Key: 'copy', CopySource: 'bucket/source', ...more }))
    expect((await copy()).CopyObjectResult?.ETag).toBe(`"${md5(Buffer.from('copied'))}"`)
    expect(await get('copy')).toMatchObject({ Metadata: { a: '1' }, ContentType: 'text/plain' })
    await copy({ MetadataDirective: 'REPLACE', Metadata: { b: '2' }, ContentType: 'text/css' })
    expect(await get('copy')).toMatchObject({ Metadata: { b: '2' }, ContentType: 'text/css' })
    expect(await refusal(copy({ CopySource: 'bucket/nothing' }))).toEqual([404, 'NoSuchKey'])
    expect(await refusal(copy({ CopySourceIfMatch: '"x"' }))).toEqual([412, 'PreconditionFailed'])
  })

  test('is one of many that are deleted at once', async () => {
    for (const name of ['d/1', 'd/2']) await put(name, name)
    const Objects = ['d/1', 'd/2', 'd/3'].map((Key) => ({ Key }))
    const { Deleted, Errors } = await s3.send(new DeleteObjectsCommand({ Bucket: 'bucket', Delete: { Objects } }))
    expect(Deleted?.map(({ Key }) => Key).sort()).toEqual(['d/1', 'd/2', 'd/3'])
    expect(Errors).toBeUndefined()
  })
})

test('listings have folders, pages and names in the order of their bytes', async () => {
  const names = ['list/B', 'list/a/1', 'list/a/2', 'list/a&b', 'list/a b', 'list/z']
  for (const name of names) await put(name, name)
  const sorted = names.toSorted((a, b) => (a < b ? -1 : 1))
  const all = { Bucket: 'bucket', Prefix: 'list/' }
  const pages = async (input: object) => {
    const seen: (string | undefined)[] = []
    for await (const page of paginateListObjectsV2({ client: s3 }, { ...all, MaxKeys: 2, ...input })) {
      seen.push(
        ...[...(page.Contents ?? []).map(({ Key }) => Key), ...(page.CommonPrefixes ?? []).map((p) => p.Prefix)],
      )
    }
    return seen
  }
  expect(await pages({})).toEqual(sorted)
  expect((await pages({ Delimiter: '/' })).sort()).toEqual(
    ['list/B', 'list/a b', 'list/a&b', 'list/a/', 'list/z'].sort(),
  )
  expect(await pages({ StartAfter: 'list/a/1' })).toEqual(sorted.slice(sorted.indexOf('list/a/1') + 1))

  const first = await s3.send(new ListObjectsCommand({ ...all, MaxKeys: 2, Delimiter: '/', EncodingType: 'url' }))
  expect([first.IsTruncated, first.NextMarker]).toEqual([true, 'list/a%20b'])
  const second = await s3.send(new ListObjectsCommand({ ...all, Marker: 'list/a b', Delimiter: '/' }))
  expect(second.CommonPrefixes).toEqual([{ Prefix: 'list/a/' }])
  expect(await refusal(s3.send(new ListObjectsCommand({ Bucket: 'none' })))).toEqual([404, 'NoSuchBucket'])
})

describe('an upload in parts', () => {
  test('by the multipart uploader comes out whole', async () => {
    const body = randomBytes(12 * mebibyte + 17)
    const upload = new Upload({
      client: s3,
      params: {
        Bucket: 'bucket',
        Key: 'large',
        Body: Readable.from(chunksOf(body)),
        ContentType: 'video/x',
        Metadata: { a: 'b' },
      },
    })
    const { ETag } = await upload.done()
    expect(ETag).toMatch(/^"[0-9a-f]{32}-3"$/)
    const read = await get('large')
    expect(read.body.equals(body)).toBe(true)
    expect(read).toMatchObject({ ETag, ContentType: 'video/x', Metadata: { a: 'b' } })
    expect(await storage.sql('select 1 from storage.s3_multipart_uploads')).toEqual([])
    expect((await storage.files()).filter((file) => file.includes('/parts/'))).toEqual([])
  })

  test('is listed while it is under way; a part may be replaced, or copied from an object', async () => {
    const at = { Bucket: 'bucket', Key: 'parts' }
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand(at))
    const part = (PartNumber: number, Body: string) =>
      s3.send(new UploadPartCommand({ ...at, UploadId, PartNumber, Body }))
    await part(2, 'old')
    const second = await part(2, 'World')
    const first = await part(1, 'Hello ')
    await put('tail', '0123!!!789')
    const third = await s3.send(
      new UploadPartCopyCommand({
        ...at,
        UploadId,
        PartNumber: 3,
        CopySource: 'bucket/tail',
        CopySourceRange: 'bytes=4-6',
      }),
    )
    const { Uploads } = await s3.send(new ListMultipartUploadsCommand({ Bucket: 'bucket', Prefix: 'par' }))
    expect(Uploads?.map((upload) => [upload.Key, upload.UploadId])).toEqual([['parts', UploadId]])
    const { Parts } = await s3.send(new ListPartsCommand({ ...at, UploadId }))
    expect(Parts?.map(({ PartNumber, Size }) => [PartNumber, Size])).toEqual([
      [1, 6],
      [2, 5],
      [3, 3],
    ])

    const complete = (ETag?: string) =>
      s3.send(
        new CompleteMultipartUploadCommand({
          ...at,
          UploadId,
          MultipartUpload: {
            Parts: [
              { PartNumber: 1, ETag: first.ETag },
              { PartNumber: 2, ETag },
              { PartNumber: 3, ETag: third.CopyPartResult?.ETag },
            ],
          },
        }),
      )
    expect(await refusal(complete('"00000000000000000000000000000000"'))).toEqual([400, 'InvalidPart'])
    await complete(second.ETag)
    expect((await get('parts')).body.toString()).toBe('Hello World!!!')
    expect(await refusal(complete(second.ETag))).toEqual([404, 'NoSuchUpload'])
  })

  test('that names no parts is not made of all of them', async () => {
    const at = { Bucket: 'bucket', Key: 'unnamed' }
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand(at))
    const { ETag } = await s3.send(new UploadPartCommand({ ...at, UploadId, PartNumber: 1, Body: 'x' }))
    const complete = (Parts: { PartNumber: number; ETag: string | undefined }[]) =>
      s3.send(new CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload: { Parts } }))
    expect(await refusal(complete([]))).toEqual([400, 'MalformedXML'])
    await complete([{ PartNumber: 1, ETag }])
  })

  test('of a type that its bucket does not take is not begun', async () => {
    await (await storage.as(admin)).createBucket('png', { public: false, allowedMimeTypes: ['image/png'] })
    const begun = s3.send(new CreateMultipartUploadCommand({ Bucket: 'png', Key: 'a', ContentType: 'text/html' }))
    expect(await refusal(begun)).toEqual([415, 'InvalidMimeType'])
  })

  test('that is aborted, or abandoned, leaves nothing', async () => {
    const at = { Bucket: 'bucket', Key: 'aborted' }
    const before = await storage.files()
    for (const end of ['abort', 'sweep']) {
      const { UploadId } = await s3.send(new CreateMultipartUploadCommand(at))
      await s3.send(new UploadPartCommand({ ...at, UploadId, PartNumber: 1, Body: 'x' }))
      if (end === 'abort') await s3.send(new AbortMultipartUploadCommand({ ...at, UploadId }))
      else {
        await storage.service.sweep()
        expect((await s3.send(new ListPartsCommand({ ...at, UploadId }))).Parts).toHaveLength(1)
        await storage.service.sweep(new Date(0), new Date(Date.now() + 1000))
      }
      expect(await storage.files()).toEqual(before)
      const part = s3.send(new UploadPartCommand({ ...at, UploadId, PartNumber: 1, Body: 'x' }))
      expect(await refusal(part)).toEqual([404, 'NoSuchUpload'])
    }
  })
})

describe('a signature', () => {
  test.each([
    ['of an unknown key', { ...s3Keys, accessKeyId: 'unknown' }, [403, 'InvalidAccessKeyId']],
    ['by another secret', { ...s3Keys, secretAccessKey: 'other' }, [403, 'SignatureDoesNotMatch']],
    [
      'with a token that is none',
      { accessKeyId: 'ref', secretAccessKey: 'x', sessionToken: 'x.y.z' },
      [403, 'SignatureDoesNotMatch'],
    ],
  ] as const)('%s is refused', async (_what, credentials, expected) => {
    const client = await s3Client(storage, credentials)
    expect(await refusal(client.send(new ListBucketsCommand({})))).toEqual(expected)
  })

  test('over a session token acts as its user, under the policies', async () => {
    const me = user()
    await storage.sql(`
      create policy own on storage.objects for all to authenticated
        using (bucket_id = 'bucket' and (storage.foldername(name))[1] = (select auth.uid())::text)
        with check (bucket_id = 'bucket' and (storage.foldername(name))[1] = (select auth.uid())::text)`)
    const client = await s3Client(storage, {
      accessKeyId: 'project',
      secretAccessKey: 'sb_publishable_test',
      sessionToken: await storage.token(me),
    })
    const forged = await s3Client(storage, {
      accessKeyId: 'project',
      secretAccessKey: 'guess',
      sessionToken: await storage.token(me),
    })
    expect(await refusal(forged.send(new ListBucketsCommand({})))).toEqual([403, 'SignatureDoesNotMatch'])
    const send = (Key: string) => client.send(new PutObjectCommand({ Bucket: 'bucket', Key, Body: 'x' }))
    expect(await refusal(send('other/a'))).toEqual([403, 'AccessDenied'])
    await send(`${me.sub}/a`)
    expect(await storage.sql(`select owner_id from storage.objects where name = '${me.sub}/a'`)).toEqual([
      { owner_id: me.sub },
    ])
    const { Errors } = await client.send(
      new DeleteObjectsCommand({
        Bucket: 'bucket',
        Delete: { Objects: [{ Key: 'presigned' }, { Key: `${me.sub}/a` }] },
      }),
    )
    expect(Errors?.map(({ Key, Code }) => [Key, Code])).toEqual([['presigned', 'AccessDenied']])
    const parts = client.send(new CreateMultipartUploadCommand({ Bucket: 'bucket', Key: 'other/b' }))
    expect(await refusal(parts)).toEqual([403, 'AccessDenied'])
  })

  test('in a URL reads and writes until it expires', async () => {
    await put('presigned', 'before')
    const at = { Bucket: 'bucket', Key: 'presigned' }
    const write = await getSignedUrl(s3, new PutObjectCommand(at), { expiresIn: 60 })
    expect((await fetch(write, { method: 'PUT', body: 'after' })).status).toBe(200)
    const read = await getSignedUrl(s3, new GetObjectCommand(at), { expiresIn: 60 })
    expect(await (await fetch(read)).text()).toBe('after')
    const tampered = await fetch(read.replace('/presigned?', '/large?'))
    expect([tampered.status, await tampered.text()]).toEqual([403, expect.stringContaining('SignatureDoesNotMatch')])
    const old = await getSignedUrl(s3, new GetObjectCommand(at), {
      expiresIn: 1,
      signingDate: new Date(Date.now() - 10_000),
    })
    const expired = await fetch(old)
    expect([expired.status, await expired.text()]).toEqual([400, expect.stringContaining('ExpiredToken')])
  })

  test('that is a day old is refused, as is a request without any', async () => {
    const late = new (await import('@aws-sdk/client-s3')).S3Client({
      endpoint: `${await storage.listen()}/storage/v1/s3`,
      region: 'local',
      forcePathStyle: true,
      credentials: s3Keys,
      systemClockOffset: -24 * 3600 * 1000,
      maxAttempts: 1,
    })
    expect((await refusal(late.send(new ListBucketsCommand({}))))[1]).toBe('RequestTimeTooSkewed')
    const answer = await fetch(`${await storage.listen()}/storage/v1/s3/bucket/a`)
    expect([answer.status, await answer.text()]).toEqual([403, expect.stringContaining('Missing signature')])
  })
})

function* chunksOf(body: Buffer) {
  for (let at = 0; at < body.length; at += 64 * 1024) yield body.subarray(at, at + 64 * 1024)
}
