import { once } from 'node:events'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { type ClientRequest, type IncomingMessage, request } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListPartsCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { createClient } from '@supabase/supabase-js'
import { afterAll, expect, test } from 'vitest'
import { until } from '../support/until.ts'
import { folderOf, launcher, type Running, startPortico } from './portico.ts'

const work = folderOf({
  'supabase/config.toml': 'project_id = "drain"\n',
  'supabase/migrations/1_bucket.sql': `insert into storage.buckets (id, name) values ('files', 'files');`,
})
const started: Running[] = []
afterAll(async () => {
  for (const running of started) await running.end('SIGKILL')
  work.remove()
})
const start = async (grace: number, command?: readonly string[]) => {
  const running = await startPortico(['--project', work.path, '--grace', String(grace)], command)
  started.push(running)
  return running
}

const size = 400_000
const content = Buffer.alloc(size, 'portico ')
const half = size / 2

const adminOf = ({ facts: { API_URL = '', SERVICE_ROLE_KEY = '' } }: Running) =>
  createClient(API_URL, SERVICE_ROLE_KEY, { auth: { persistSession: false } })
const s3Of = ({ facts }: Running) =>
  new S3Client({
    endpoint: facts.STORAGE_S3_URL ?? '',
    region: facts.S3_PROTOCOL_REGION ?? '',
    forcePathStyle: true,
    credentials: {
      accessKeyId: facts.S3_PROTOCOL_ACCESS_KEY_ID ?? '',
      secretAccessKey: facts.S3_PROTOCOL_ACCESS_KEY_SECRET ?? '',
    },
  })

interface Upload {
  readonly kind: string
  readonly sent: ClientRequest
  readonly answer: Promise<IncomingMessage | undefined>
  finish(): void
}

/** Sends a body as far as its half. */
function begin(
  { facts }: Running,
  kind: string,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  [before, after]: readonly [string, string] = ['', ''],
): Upload {
  const url = new URL(path, `${facts.API_URL}/storage/v1/`)
  const length = String(size + before.length + after.length)
  const authorization = url.searchParams.has('X-Amz-Signature')
    ? undefined
    : { authorization: `Bearer ${facts.SERVICE_ROLE_KEY}` }
  const sent = request(url, { method, headers: { ...headers, ...authorization, 'content-length': length } })
  const answer = once(sent, 'response').then(
    ([response]) => response as IncomingMessage,
    () => undefined,
  )
  sent.on('error', () => {})
  sent.write(before)
  sent.write(content.subarray(0, half))
  return { kind, sent, answer, finish: () => sent.end(Buffer.concat([content.subarray(half), Buffer.from(after)])) }
}

/** Objects of every kind of upload, half of each received. */
async function beginAll(running: Running, name: string) {
  const s3 = s3Of(running)
  const key = `${name}/s3`
  const { UploadId: uploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket: 'files', Key: key }))
  const part = { Bucket: 'files', Key: key, UploadId: uploadId, PartNumber: 1 }
  const boundary = 'x-boundary'
  const head = `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="form"\r\ncontent-type: text/plain\r\n\r\n`
  const tus = await createResumable(running, `${name}/tus`)
  const plain = { 'content-type': 'text/plain' }
  const uploads = [
    begin(running, 'plain', 'POST', `object/files/${name}/plain`, plain),
    begin(
      running,
      'form',
      'POST',
      `object/files/${name}/form`,
      { 'content-type': `multipart/form-data; boundary=${boundary}` },
      [head, `\r\n--${boundary}--\r\n`],
    ),
    begin(running, 'tus', 'PATCH', tus, {
      'tus-resumable': '1.0.0',
      'upload-offset': '0',
      'content-type': 'application/offset+octet-stream',
    }),
    begin(running, 's3', 'PUT', await getSignedUrl(s3, new UploadPartCommand(part)), {}),
  ]
  const storage = join(work.path, '.portico', 'storage')
  // What is written to files of its own may be held back until there is more of it.
  await until(
    () => filesIn(join(storage, 'incoming')).length === 3 && sizeOf(filesIn(join(storage, 'resumable'))) >= half,
  )
  return { uploads, tus: new URL(tus).pathname, uploadId, key }
}

const filesIn = (folder: string) => (existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [])
const sizeOf = (files: readonly string[]) => Math.max(0, ...files.map((file) => statSync(file).size))

async function createResumable({ facts }: Running, object: string): Promise<string> {
  const encoded = (value: string) => Buffer.from(value).toString('base64')
  const response = await fetch(`${facts.API_URL}/storage/v1/upload/resumable`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${facts.SERVICE_ROLE_KEY}`,
      'tus-resumable': '1.0.0',
      'upload-length': String(size),
      'upload-metadata': `bucketName ${encoded('files')},objectName ${encoded(object)},contentType ${encoded('text/plain')}`,
    },
  })
  expect(response.status).toBe(201)
  return response.headers.get('location') ?? ''
}

const listed = async (running: Running, name: string) =>
  (await adminOf(running).storage.from('files').list(name)).data?.map((object) => object.name)

async function downloaded(running: Running, path: string): Promise<Buffer> {
  const { data } = await adminOf(running).storage.from('files').download(path)
  return Buffer.from((await data?.arrayBuffer()) ?? new ArrayBuffer(0))
}

const stopping = (running: Running) => until(() => running.lines.some(({ kind }) => kind === 'stopping'))

/** As a shell or a service that allows few open files. */
const withFewFiles = ['sh', '-c', 'ulimit -n 256; exec "$@"', 'sh', process.execPath, launcher, 'start']

test('uploads under way when it is stopped are finished, or leave nothing behind', async () => {
  const first = await start(120, withFewFiles)
  expect(first.lines).toContainEqual(expect.objectContaining({ msg: expect.stringContaining('may have 256 files') }))
  const finished = await beginAll(first, 'finished')
  const stopped = first.end('SIGTERM')
  await stopping(first)
  for (const upload of finished.uploads) upload.finish()
  for (const { kind, answer } of finished.uploads) {
    const response = await answer
    expect([kind, response?.statusCode]).toEqual([kind, kind === 'tus' ? 204 : 200])
    expect(response?.headers.connection).toBe('close')
    if (response) await text(response)
  }
  expect(await stopped).toEqual({ code: 0 })

  const second = await start(1)
  expect(await listed(second, 'finished')).toEqual(['form', 'plain', 'tus'])
  for (const name of ['form', 'plain', 'tus']) {
    expect((await downloaded(second, `finished/${name}`)).equals(content)).toBe(true)
  }
  expect((await completed(second, finished)).equals(content)).toBe(true)

  const cut = await beginAll(second, 'cut')
  const ended = second.end('SIGTERM')
  for (const { answer } of cut.uploads) expect(await answer).toBeUndefined()
  expect(await ended).toEqual({ code: 0 })

  const third = await start(1)
  expect(await listed(third, 'cut')).toEqual([])
  const part = { Bucket: 'files', Key: cut.key, UploadId: cut.uploadId }
  expect((await s3Of(third).send(new ListPartsCommand(part))).Parts ?? []).toEqual([])
  const resumed = await resume(third, cut.tus)
  expect(resumed).toBeLessThanOrEqual(half)
  expect(await listed(third, 'cut')).toEqual(['tus'])
  expect((await downloaded(third, 'cut/tus')).equals(content)).toBe(true)
  await third.end('SIGTERM')
})

async function completed(running: Running, { key, uploadId }: { key: string; uploadId: string | undefined }) {
  const s3 = s3Of(running)
  const upload = { Bucket: 'files', Key: key, UploadId: uploadId }
  const { Parts = [] } = await s3.send(new ListPartsCommand(upload))
  const parts = Parts.map(({ ETag, PartNumber }) => ({ ETag, PartNumber }))
  await s3.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts: parts } }))
  return await downloaded(running, key)
}

/** Goes on where the server says that it is. */
async function resume({ facts }: Running, path: string): Promise<number> {
  const url = new URL(path, facts.API_URL)
  const headers = { authorization: `Bearer ${facts.SERVICE_ROLE_KEY}`, 'tus-resumable': '1.0.0' }
  const offset = Number((await fetch(url, { method: 'HEAD', headers })).headers.get('upload-offset'))
  const response = await fetch(url, {
    method: 'PATCH',
    headers: { ...headers, 'upload-offset': String(offset), 'content-type': 'application/offset+octet-stream' },
    body: content.subarray(offset),
  })
  expect(response.status).toBe(204)
  return offset
}
