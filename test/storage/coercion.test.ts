import { beforeAll, expect, test } from 'vitest'
import { useFixture } from '../support/fixture.ts'
import { admin, openStorage } from './storage-fixture.ts'

const storage = useFixture(() => openStorage())
beforeAll(async () => {
  const client = await storage.as(admin)
  await client.createBucket('bucket')
  for (const name of ['a/1', 'a/2', 'b']) await client.from('bucket').upload(name, name)
})

const send = (path: string, method: string, body: unknown) =>
  storage.request(path, {
    ...{ method, as: admin },
    ...(body !== undefined && { json: body }),
  })

/** As other clients than JavaScript's send them: storage-py has the seconds of a signed URL as text. */
test.each<[what: string, method: string, path: string, body: unknown, answer: unknown]>([
  ['seconds as text', 'POST', '/object/sign/bucket/b', { expiresIn: '60' }, { signedURL: expect.any(String) }],
  [
    'seconds of many as text, and one path that is no list',
    ...(['POST', '/object/sign/bucket'] as const),
    { expiresIn: '60', paths: 'b' },
    [expect.objectContaining({ error: null, path: 'b' })],
  ],
  [
    'sides of an image as text',
    ...(['POST', '/object/sign/bucket/b'] as const),
    { expiresIn: 60, transform: { width: '10', height: 20 } },
    { signedURL: expect.stringContaining('/render/image/sign/') },
  ],
  [
    'no cursor',
    'POST',
    '/object/list-v2/bucket',
    { cursor: '', limit: '1' },
    expect.objectContaining({ hasNext: true }),
  ],
  [
    'a flag as text',
    ...(['POST', '/object/list-v2/bucket'] as const),
    { with_delimiter: 'true' },
    expect.objectContaining({ folders: [expect.objectContaining({ name: 'a/' })] }),
  ],
  ['a limit that is nothing', 'POST', '/object/list/bucket', { prefix: 'a', limit: '' }, { refused: 'limit' }],
  ['a limit in words', 'POST', '/object/list/bucket', { prefix: 'a', limit: 'ten' }, { refused: 'limit' }],
  ['a limit that is a list', 'POST', '/object/list/bucket', { prefix: 'a', limit: [1, 2] }, { refused: 'limit' }],
  ['a body that is none', 'POST', '/object/list/bucket', null, { refused: 'body' }],
  [
    'a name of the prototype',
    'POST',
    '/object/list/bucket',
    { prefix: 'a', sortBy: '__proto__' },
    { refused: 'sortBy' },
  ],
  ['a flag as a number', 'PUT', '/bucket/bucket', { public: 1 }, { message: 'Successfully updated' }],
  ['a name as a number', 'POST', '/bucket', { name: 12 }, { name: '12' }],
  ['numbers in a query', 'GET', '/bucket?limit=1&offset=1', undefined, [expect.objectContaining({ id: 'bucket' })]],
])('%s', async (_what, method, path, body, answer) => {
  const told = await (await send(path, method, body)).json()
  const refused = (answer as { refused?: string }).refused
  expect(told).toEqual(
    refused === undefined
      ? answer
      : expect.objectContaining({ code: 'InvalidRequest', message: expect.stringContaining(refused) }),
  )
})
