import { createHmac } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { useFixture } from '../support/fixture.ts'
import { s3Keys } from './s3-client.ts'
import { admin, openStorage, user } from './storage-fixture.ts'

const storage = useFixture(() => openStorage())
const me = user()
beforeAll(async () => {
  await (await storage.as(admin)).createBucket('forms', { public: true })
  await storage.sql(`
    create policy own on storage.objects for all to authenticated
      using (bucket_id = 'forms' and (storage.foldername(name))[1] = (select auth.uid())::text)`)
})

type Fields = Readonly<Record<string, string>>
interface Filling {
  /** What the signer allows beside what the signature itself needs. */
  readonly conditions?: readonly unknown[]
  /** What is sent. */
  readonly fields?: Fields
  readonly file?: string
  readonly fileName?: string
  readonly secret?: string
  readonly accessKey?: string
  /** Seconds from now. */
  readonly expiresIn?: number
  readonly bucket?: string
}

/** What a server gives a browser, as AWS describes it, and the browser sends. */
async function post({ conditions = [{ key: 'a' }], fields = { key: 'a' }, file = 'x', ...rest }: Filling) {
  const { fileName = 'file.txt', secret = s3Keys.secretAccessKey, accessKey = s3Keys.accessKeyId } = rest
  const { expiresIn = 60, bucket = 'forms' } = rest
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, '')
  const scope = [time.slice(0, 8), 'local', 's3', 'aws4_request']
  const own = {
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': [accessKey, ...scope].join('/'),
    'X-Amz-Date': time,
  }
  const expiration = new Date(Date.now() + expiresIn * 1000).toISOString()
  const policy = JSON.stringify({ expiration, conditions: [{ bucket: 'forms' }, ...conditions] })
  const Policy = Buffer.from(policy).toString('base64')
  const key = scope.reduce<string | Buffer>((key, part) => hmac(key, part), `AWS4${secret}`)
  const form = new FormData()
  for (const [name, value] of Object.entries({
    ...{ ...fields, ...own, Policy, 'X-Amz-Signature': hmac(key, Policy).toString('hex') },
  })) {
    form.append(name, value)
  }
  form.append('file', new Blob([file], { type: 'text/plain' }), fileName)
  const answer = await fetch(`${await storage.listen()}/storage/v1/s3/${bucket}`, { method: 'POST', body: form })
  return { status: answer.status, text: await answer.text(), eTag: answer.headers.get('etag') }
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

async function read(path: string) {
  const answer = await storage.request(`/object/public/forms/${path}`)
  return { body: await answer.text(), type: answer.headers.get('content-type') }
}

test('a form uploads what its policy lets it', async () => {
  const { status, eTag } = await post({
    conditions: [
      ['starts-with', '$key', 'in/'],
      ['eq', '$Content-Type', 'text/css'],
      { 'x-amz-meta-from': 'form' },
      ['content-length-range', 1, 10],
    ],
    fields: { key: 'in/a', 'Content-Type': 'text/css', 'X-Amz-Meta-From': 'form', 'x-ignore-this': 'yes' },
    file: 'uploaded',
  })
  expect([status, eTag]).toEqual([200, expect.stringMatching(/^"[0-9a-f]{32}"$/)])
  expect(await read('in/a')).toEqual({ body: 'uploaded', type: 'text/css' })
  const [row] = await storage.sql(`select user_metadata from storage.objects where name = 'in/a'`)
  expect(row).toEqual({ user_metadata: { from: 'form' } })
})

test('a form holds no more of a field in memory than a policy needs', async () => {
  const sent = (length: number) => post({ fields: { key: 'a', 'x-ignore-this': 'x'.repeat(length) } })
  expect((await sent(20 * 1024)).status).toBe(200)
  const { status, text } = await sent(20 * 1024 + 1)
  expect([status, text]).toEqual([400, expect.stringContaining('fields preceding the upload file were too large')])
})

test('the file’s name stands in the key where it is asked for, without its folders', async () => {
  await post({
    conditions: [['starts-with', '$key', 'of/']],
    fields: { key: `of/\${filename}` },
    fileName: 'C:\\my folder\\photo.txt',
    file: 'named',
  })
  expect((await read('of/photo.txt')).body).toBe('named')
})

test('a form is answered with the status that it asks for', async () => {
  const ask = (status: string) =>
    post({
      conditions: [{ key: 'a' }, ['starts-with', '$success_action_status', '']],
      fields: { key: 'a', success_action_status: status },
    })
  expect((await ask('204')).status).toBe(204)
  const created = await ask('201')
  expect(created.status).toBe(201)
  expect(created.text).toContain('<Bucket>forms</Bucket><Key>a</Key>')
  expect((await ask('500')).status).toBe(200)
})

describe('nothing is stored by a form', () => {
  test.each<[what: string, filling: Filling, status: number, code: string]>([
    ['that another secret signed', { secret: 'other' }, 403, 'SignatureDoesNotMatch'],
    ['of an unknown key', { accessKey: 'unknown' }, 403, 'InvalidAccessKeyId'],
    ['whose policy has expired', { expiresIn: -1 }, 400, 'ExpiredToken'],
    ['with another key', { fields: { key: 'b' } }, 403, 'AccessDenied'],
    ['with a key beside the folder', { conditions: [['starts-with', '$key', 'in/']] }, 403, 'AccessDenied'],
    ['for another bucket', { bucket: 'other' }, 403, 'AccessDenied'],
    ['with a field that the policy does not name', { fields: { key: 'a', 'x-amz-meta-a': '1' } }, 403, 'AccessDenied'],
    ['without a field that it does', { conditions: [{ key: 'a' }, { acl: 'private' }] }, 403, 'AccessDenied'],
    ['with a field twice', { fields: { key: 'a', KEY: 'b' } }, 400, 'InvalidSignature'],
    [
      'that is too large',
      { conditions: [{ key: 'a' }, ['content-length-range', 0, 3]], file: 'four' },
      413,
      'EntityTooLarge',
    ],
    [
      'that is too small',
      { conditions: [{ key: 'a' }, ['content-length-range', 5, 9]], file: 'four' },
      400,
      'EntityTooSmall',
    ],
    [
      'whose key leads elsewhere',
      { conditions: [['starts-with', '$key', '']], fields: { key: '../a' } },
      400,
      'InvalidKey',
    ],
    ['without a key', { conditions: [], fields: {} }, 400, 'InvalidKey'],
    [
      'under a condition that is unknown',
      { conditions: [{ key: 'a' }, ['matches', '$key', '.']] },
      400,
      'InvalidSignature',
    ],
    ['under a condition of two', { conditions: [{ key: 'a', acl: 'b' }] }, 400, 'InvalidSignature'],
    ['under a size that is none', { conditions: [{ key: 'a' }, ['content-length-range', 1]] }, 400, 'InvalidSignature'],
    ['under no list of conditions', { conditions: [null] }, 400, 'InvalidSignature'],
  ])('%s', async (_what, filling, status, code) => {
    const before = await storage.files()
    const answer = await post(filling)
    expect([answer.status, answer.text]).toEqual([status, expect.stringContaining(`<Code>${code}</Code>`)])
    expect(await storage.files()).toEqual(before)
  })
})

test('a form that a user signed runs under the policies', async () => {
  const token = await storage.token(me)
  const mine = { secret: 'sb_publishable_test', accessKey: 'project' }
  const send = (key: string) => post({ ...mine, conditions: [{ key }], fields: { key, 'X-Amz-Security-Token': token } })
  expect((await send(`${me.sub}/a`)).status).toBe(200)
  expect(await send('other/a')).toMatchObject({ status: 403, text: expect.stringContaining('AccessDenied') })
  const [row] = await storage.sql(`select owner_id from storage.objects where name = '${me.sub}/a'`)
  expect(row).toEqual({ owner_id: me.sub })
})
