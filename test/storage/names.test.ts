import { beforeAll, describe, expect, test } from 'vitest'
import { useFixture } from '../support/fixture.ts'
import { admin, openStorage } from './storage-fixture.ts'

const storage = useFixture(() => openStorage())
beforeAll(async () => {
  const client = await storage.as(admin)
  await client.createBucket('bucket', { public: true })
  await client.from('bucket').upload('source', 'x')
})

/** Each as it stands in a path. */
const badNames: [what: string, path: string][] = [
  ['nothing', ''],
  ['a folder above', '..%2Fother'],
  ['a folder above, in the middle', 'a%2F..%2Fb'],
  ['a folder above, at the end', 'a/..%2F'],
  ['a folder above, encoded twice', '%252e%252e%2Fother'],
  ['this folder', 'a%2F.%2Fb'],
  ['NUL', 'a%00b'],
  ['a line break', 'a%0Ab'],
  ['a backslash', 'a%5Cb'],
  ['a UNC path', '%5C%5Chost%5Cshare'],
  ['a bracket', 'a%5B'],
  ['a percent sign', 'a%25b'],
  ['half an escape', 'a%zz'],
  ['a tilde', '~root'],
  ['a letter beyond ASCII', '%C3%A9'],
  ['half a letter', '%C3'],
  ['1025 bytes', 'a'.repeat(1025)],
]

const requests: [what: string, method: string, path: (name: string) => string, body: string | undefined][] = [
  ['upload', 'POST', (name) => `/object/bucket/${name}`, 'x'],
  ['update', 'PUT', (name) => `/object/bucket/${name}`, 'x'],
  ['download', 'GET', (name) => `/object/bucket/${name}`, undefined],
  ['public download', 'GET', (name) => `/object/public/bucket/${name}`, undefined],
  ['info', 'GET', (name) => `/object/info/bucket/${name}`, undefined],
  ['signed upload URL', 'POST', (name) => `/object/upload/sign/bucket/${name}`, '{}'],
]

describe.each(requests)('%s', (_what, method, path, body) => {
  test.each(badNames)('refuses a name that has %s', async (_name, name) => {
    const files = await storage.files()
    const response = await storage.request(path(name), { method, as: admin, ...(body !== undefined && { body }) })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ statusCode: '400', error: 'InvalidKey', code: 'InvalidKey' })
    expect(await storage.files()).toEqual(files)
  })
})

describe.each(['move', 'copy'])('%s', (action) => {
  test.each(badNames)('refuses a name that has %s', async (_what, name) => {
    const destinationKey = name.includes('%') ? decode(name) : name
    const json = { bucketId: 'bucket', sourceKey: 'source', destinationKey }
    const response = await storage.request(`/object/${action}`, { method: 'POST', as: admin, json })
    expect(await response.json()).toMatchObject({ statusCode: '400', error: 'InvalidKey' })
  })
})

test.each(['..', '.', 'a%2Fb', '%00', 'x--table-s3', '%C3%A9', 'a'.repeat(101)])(
  'no object is in a bucket called %s',
  async (bucket) => {
    const response = await storage.request(`/object/${bucket}/name`, { method: 'POST', as: admin, body: 'x' })
    expect(response.status).toBeGreaterThanOrEqual(400)
    expect(await storage.files()).toHaveLength(1)
  },
)

test.each([
  'a',
  'a.b/c',
  '.hidden',
  '...',
  'a b',
  "!_-.*'()&$@=;:+,",
  'what?',
  'CON',
  'a'.repeat(1024),
  `${'f/'.repeat(500)}x`,
  `${'long'.repeat(80)}/${'x'.repeat(200)}/${'y'.repeat(201)}`,
  '%='.replace('%', ''),
  // Folders that are called nothing.
  '/etc/passwd',
  'a/',
  'a//b',
  'a/b',
  '//',
])('an object may be called %s', async (name) => {
  const path = `/object/bucket/${name.split('/').map(encodeURIComponent).join('/')}`
  const put = await storage.request(path, { method: 'PUT', as: admin, body: name })
  expect(await put.json()).toMatchObject({ Key: `bucket/${name}` })
  expect(await (await storage.request(path, { as: admin })).text()).toBe(name)
  expect((await storage.files()).every((file) => file.startsWith(`${storage.folder}/storage/objects/bucket/`))).toBe(
    true,
  )
})

test('what is stored under folders that are called nothing is listed, and no sweep takes it for a leftover', async () => {
  const bucket = (await storage.as(admin)).from('bucket')
  for (const name of ['deep//x', 'deep//y', '/top']) {
    const path = `/object/bucket/${name.split('/').map(encodeURIComponent).join('/')}`
    expect((await storage.request(path, { method: 'POST', as: admin, body: name })).status).toBe(200)
  }
  await storage.service.sweep(new Date(Date.now() + 60_000))
  const { data } = await bucket.listV2({ prefix: 'deep/' })
  expect(data?.objects.map(({ name }) => name)).toEqual(['deep//x', 'deep//y'])
  const [above, below] = await Promise.all([bucket.list('deep'), bucket.list('deep/')])
  expect([above.error, below.error]).toEqual([null, null])
  expect(await (await storage.request('/object/bucket/%2Ftop', { as: admin })).text()).toBe('/top')
  await bucket.remove(['deep//x', 'deep//y'])
  expect((await storage.files()).filter((file) => file.includes('/deep/'))).toEqual([])
})

function decode(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
