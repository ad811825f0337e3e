import { beforeAll, expect, test } from 'vitest'
import { useFixture } from '../support/fixture.ts'
import { admin, openStorage, user } from './storage-fixture.ts'

/** What the Storage API itself answered to odd requests (release 1.70.6), word for word. */
const storage = useFixture(() => openStorage())
const image = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)
beforeAll(async () => {
  const client = await storage.as(admin)
  await client.createBucket('open', { public: true })
  await client.createBucket('small', { public: false, fileSizeLimit: 10 })
  await client.from('open').upload('a.txt', 'hello world', { contentType: 'text/plain' })
  await client.from('open').upload('dir/b.txt', 'b')
  await client.from('open').upload('i.png', image, { contentType: 'image/png' })
})

interface Sent {
  readonly json?: unknown
  readonly body?: string
  readonly type?: string
  readonly headers?: Record<string, string>
}

async function send(method: string, path: string, { json, body, type, headers }: Sent = {}): Promise<Response> {
  const all = { ...headers, ...(type !== undefined && { 'content-type': type }) }
  return await storage.request(path, { method, as: admin, headers: all, json, ...(body !== undefined && { body }) })
}

const notJson = "Body is not valid JSON but content-type is set to 'application/json'"

test.each<[what: string, request: [method: string, path: string, sent: Sent], error: string, message: string]>([
  ['a list for a body', ['POST', '/bucket', { json: [] }], 'Error', 'body must be object'],
  ['a text for a body', ['POST', '/bucket', { json: 'x' }], 'Error', 'body must be object'],
  ['null for a body', ['POST', '/object/list/open', { json: null }], 'Error', 'body must be object'],
  ['no body', ['POST', '/bucket', {}], 'Error', 'body must be object'],
  [
    'JSON that is said to be text',
    ['POST', '/bucket', { body: '{"name":"x"}', type: 'text/plain' }],
    'Error',
    'body must be object',
  ],
  [
    'JSON of another type',
    ['POST', '/bucket', { body: '{"name":"x"}', type: 'application/vnd.api+json' }],
    'Error',
    'body must be object',
  ],
  ['JSON that is none', ['POST', '/bucket', { body: '{"name":', type: 'application/json' }], 'FastifyError', notJson],
  [
    'nothing as JSON',
    ['PUT', '/bucket/open', { body: '', type: 'application/json' }],
    'FastifyError',
    "Body cannot be empty when content-type is set to 'application/json'",
  ],
  [
    'lists in lists without end',
    ['POST', '/bucket', { body: '['.repeat(5000) + ']'.repeat(5000), type: 'application/json' }],
    'Error',
    'body must be object',
  ],
  [
    'such a list for a name',
    ['POST', '/bucket', { body: `{"name":${'['.repeat(5000)}${']'.repeat(5000)}}`, type: 'application/json' }],
    'Error',
    'body/name must be string',
  ],
  [
    'a type of no kind',
    ['POST', '/bucket', { body: '{"name":"x"}', type: 'nonsense' }],
    'invalid_mime_type',
    'Invalid Content-Type header',
  ],
  [
    'a body over 1 MiB',
    ['POST', '/bucket', { json: { name: 'x'.repeat(1_100_000) } }],
    'FastifyError',
    'Request body is too large',
  ],
  ['no name', ['POST', '/bucket', { json: { public: true } }], 'Error', "body must have required property 'name'"],
  [
    'a flag that is none',
    ['POST', '/bucket', { json: { name: 'x', public: 'maybe' } }],
    'Error',
    'body/public must be boolean',
  ],
  [
    'a kind of bucket that is none',
    ['POST', '/bucket', { json: { name: 'x', type: 'OTHER' } }],
    'Error',
    'body/type must be equal to one of the allowed values',
  ],
  ['a list for a kind', ['POST', '/bucket', { json: { name: 'x', type: [] } }], 'Error', 'body/type must be string'],
  [
    'types that are no list',
    ['POST', '/bucket', { json: { name: 'x', allowed_mime_types: {} } }],
    'Error',
    'body/allowed_mime_types must be array',
  ],
  [
    'a type that is no text',
    ['POST', '/bucket', { json: { name: 'x', allowed_mime_types: [{}] } }],
    'Error',
    'body/allowed_mime_types/0 must be string',
  ],
  [
    'types as a flag',
    ['POST', '/bucket', { json: { name: 'x', allowed_mime_types: true } }],
    'invalid_mime_type',
    'mime type true is not supported',
  ],
  [
    'a limit beyond all',
    ['POST', '/bucket', { json: { name: 'x', file_size_limit: 1e30 } }],
    'Payload too large',
    'The object exceeded the maximum allowed size',
  ],
  [
    'no rule to change',
    ['PUT', '/bucket/open', { json: { name: 'y' } }],
    'Error',
    "body must have required property 'public', body must have required property 'file_size_limit', body must have required property 'allowed_mime_types', body must match a schema in anyOf",
  ],
  ['a page of nothing', ['GET', '/bucket?limit=0', {}], 'Error', 'querystring/limit must be >= 1'],
  ['a page of words', ['GET', '/bucket?limit=x', {}], 'Error', 'querystring/limit must be integer'],
  ['two pages', ['GET', '/bucket?limit=1&limit=2', {}], 'Error', 'querystring/limit must be integer'],
  ['two searches', ['GET', '/bucket?search=a&search=b', {}], 'Error', 'querystring/search must be string'],
  [
    'another column',
    ['GET', '/bucket?sortColumn=owner', {}],
    'Error',
    'querystring/sortColumn must be equal to one of the allowed values',
  ],
  [
    'an order without a column',
    ['POST', '/object/list/open', { json: { prefix: '', sortBy: {} } }],
    'Error',
    "body/sortBy must have required property 'column'",
  ],
  [
    'an order that is none',
    ['POST', '/object/list-v2/open', { json: { sortBy: { column: 'name', order: 'ASC' } } }],
    'Error',
    'body/sortBy/order must be equal to one of the allowed values',
  ],
  [
    'an order as a number',
    ['POST', '/object/list/open', { json: { prefix: '', sortBy: 1 } }],
    'Error',
    'body/sortBy must be object',
  ],
  [
    'half an entry',
    ['POST', '/object/list/open', { json: { prefix: '', limit: 1.5 } }],
    'Error',
    'body/limit must be integer',
  ],
  [
    'no names to remove',
    ['DELETE', '/object/open', { json: { prefixes: [] } }],
    'Error',
    'body/prefixes must NOT have fewer than 1 items',
  ],
  [
    'too many paths',
    ['POST', '/object/sign/open', { json: { expiresIn: 1, paths: Array(1001).fill('a') } }],
    'Error',
    'body/paths must NOT have more than 1000 items',
  ],
  [
    'no time at all',
    ['POST', '/object/sign/open/a.txt', { json: { expiresIn: 0 } }],
    'Error',
    'body/expiresIn must be >= 1',
  ],
  [
    'half a second',
    ['POST', '/object/sign/open/a.txt', { json: { expiresIn: 1.5 } }],
    'Error',
    'body/expiresIn must be integer',
  ],
  [
    'a time beyond all dates',
    ['POST', '/object/sign/open/a.txt', { json: { expiresIn: 1e30 } }],
    'InvalidParameter',
    'Invalid Parameter expiresIn',
  ],
  [
    'a name that none may have',
    ['POST', '/object/sign/open/%C3%A9', { json: { expiresIn: 60 } }],
    'InvalidKey',
    'Invalid key: é',
  ],
  ['no token', ['GET', '/object/sign/open/a.txt', {}], 'Error', "querystring must have required property 'token'"],
  ['two tokens', ['GET', '/object/sign/open/a.txt?token=a&token=b', {}], 'Error', 'querystring/token must be string'],
  [
    'two names to save as',
    ['GET', '/object/public/open/a.txt?download=a&download=b', {}],
    'Error',
    'querystring/download must be string',
  ],
  [
    'a width below none',
    ['GET', '/render/image/public/open/i.png?width=-1', {}],
    'Error',
    'querystring/width must be >= 0',
  ],
  [
    'two widths',
    ['GET', '/render/image/public/open/i.png?width=1&width=2', {}],
    'Error',
    'querystring/width must be integer',
  ],
  [
    'a quality over all',
    ['GET', '/render/image/public/open/i.png?quality=101', {}],
    'Error',
    'querystring/quality must be <= 100',
  ],
  [
    'an offset in words',
    ['GET', '/render/image/public/open/i.png?x_offset=x', {}],
    'Error',
    'querystring/x_offset must be number',
  ],
  [
    'a point without a place',
    ['GET', '/render/image/public/open/i.png?gravity=fp', {}],
    'Error',
    "querystring must have required property 'x_offset'",
  ],
  [
    'a point outside',
    [
      'POST',
      '/object/sign/open/i.png',
      { json: { expiresIn: 60, transform: { gravity: 'fp', x_offset: 2, y_offset: 0 } } },
    ],
    'Error',
    'body/transform/x_offset must be <= 1',
  ],
  [
    'an upload of no kind',
    ['POST', '/object/open/no-kind', { body: 'x', type: 'nonsense' }],
    'invalid_mime_type',
    'Invalid Content-Type header',
  ],
])('%s is refused', async (_what, [method, path, sent], error, message) => {
  const response = await send(method, path, sent)
  expect(await response.json()).toMatchObject({ error, message })
  expect(response.status).toBe(message === 'Request body is too large' ? 413 : 400)
})

test.each<[limit: unknown, kept: number | null]>([
  ['', null],
  ['10', 10],
  ['0', 0],
  ['1.5KB', 1500],
  [null, null],
])('the limit %j is kept as %j', async (limit, kept) => {
  expect((await send('PUT', '/bucket/small', { json: { file_size_limit: limit } })).status).toBe(200)
  expect(await (await send('GET', '/bucket/small')).json()).toMatchObject({ file_size_limit: kept })
})

test('a byte order mark before the JSON is none of it', async () => {
  const response = await send('PUT', '/bucket/small', { body: '\uFEFF{"public":false}', type: 'application/json' })
  expect(response.status).toBe(200)
})

test.each(['/bucket/', '/bucket'])('buckets are listed at %s', async (path) => {
  expect(await (await send('GET', path)).json()).toContainEqual(expect.objectContaining({ id: 'open' }))
})

test.each<[tag: string, told: string | { refused: string }]>([
  ['noindex, nofollow', 'noindex, nofollow'],
  ['googlebot: noindex, max-snippet:5', 'googlebot: noindex, max-snippet:5'],
  [
    'unavailable_after: Wed, 25 Jun 2036 15:00:00 GMT, noindex',
    'unavailable_after: Wed, 25 Jun 2036 15:00:00 GMT, noindex',
  ],
  ['noindex,', 'noindex,'],
  ['', 'none'],
  ['bogus', { refused: 'Invalid X-Robots-Tag rule: "bogus"' }],
  ['NOINDEX', { refused: 'Invalid X-Robots-Tag rule: "NOINDEX"' }],
  ['googlebot: bogus', { refused: 'Invalid X-Robots-Tag rule: "bogus"' }],
  ['googlebot:', { refused: 'X-Robots-Tag user agent "googlebot" has no rules specified' }],
  ['noindex,,nofollow', { refused: 'X-Robots-Tag header contains empty rule' }],
  ['max-snippet:', { refused: 'X-Robots-Tag rule "max-snippet" requires a value' }],
  ['max-snippet:-2', { refused: 'X-Robots-Tag "max-snippet" value must be an integer >= -1, got: "-2"' }],
  [
    'max-image-preview:huge',
    { refused: 'X-Robots-Tag "max-image-preview" value must be one of: none, standard, large, got: "huge"' },
  ],
  [
    'unavailable_after: never',
    { refused: 'X-Robots-Tag "unavailable_after" value must be a valid date, got: "never"' },
  ],
])('an object uploaded for robots as %j', async (tag, told) => {
  const headers = { 'x-robots-tag': tag, 'x-upsert': 'true' }
  const uploaded = await send('POST', '/object/open/tagged', { body: 'x', headers })
  if (typeof told === 'object') {
    expect(await uploaded.json()).toEqual({
      statusCode: '400',
      code: 'InvalidRequest',
      error: 'invalid_x_robots_tag',
      message: `Invalid X-Robots-Tag header: ${told.refused}`,
    })
    return
  }
  expect((await send('GET', '/object/public/open/tagged')).headers.get('x-robots-tag')).toBe(told)
})

test('a tag that SQL wrote is not believed', async () => {
  await send('POST', '/object/open/planted', { body: 'x' })
  await storage.sql(
    `update storage.objects set metadata = metadata || '{"xRobotsTag": "all\\r\\nset-cookie: a=b"}' where name = 'planted'`,
  )
  const headers = (await send('GET', '/object/public/open/planted')).headers
  expect([headers.get('x-robots-tag'), headers.get('set-cookie')]).toEqual(['none', null])
})

test.each<[what: string, method: string, headers: Record<string, string>, status: number, cacheControl: string]>([
  ['another copy', 'GET', { 'if-none-match': '"x"' }, 200, 'max-age=3600, stale-while-revalidate=30'],
  ['another copy, for its headers', 'HEAD', { 'if-none-match': '"x"' }, 200, 'max-age=3600, must-revalidate'],
  ['no copy', 'GET', { 'if-none-match': '' }, 200, 'max-age=3600'],
  ['no range', 'GET', { range: '' }, 200, 'max-age=3600'],
])('a client that has %s', async (_what, method, headers, status, cacheControl) => {
  const response = await send(method, '/object/public/open/a.txt', { headers })
  expect([response.status, response.headers.get('cache-control')]).toEqual([status, cacheControl])
})

test('an image without a transformation is not said to have one', async () => {
  const response = await send('GET', '/render/image/public/open/i.png?width=0')
  expect([response.status, response.headers.has('x-transformations')]).toEqual([200, false])
})

test('policies decide of the images of public buckets, where somebody asks', async () => {
  const response = await storage.request('/render/image/authenticated/open/i.png', { as: user() })
  expect(await response.json()).toMatchObject({ error: 'not_found', statusCode: '404' })
})

test('nobody is an empty owner of what was copied or removed', async () => {
  const ends = { bucketId: 'open', sourceKey: 'a.txt', destinationKey: 'copied' }
  const nobody = { owner: '', owner_id: '' }
  expect(await (await send('POST', '/object/copy', { json: ends })).json()).toMatchObject(nobody)
  expect(await (await send('DELETE', '/object/open', { json: { prefixes: ['copied'] } })).json()).toMatchObject([
    nobody,
  ])
})

test('folders of a page are entries of nothing', async () => {
  const page = await (await send('POST', '/object/list-v2/open', { json: { with_delimiter: true } })).json()
  const nothing = { id: null, created_at: null, updated_at: null, last_accessed_at: null, metadata: null }
  expect(page).toMatchObject({ folders: [{ key: 'dir', name: 'dir/', ...nothing }] })
})

const tus = { 'tus-resumable': '1.0.0', 'upload-length': '1' }
const metadata = `bucketName ${btoa('open')},objectName ${btoa('tus')}`

test.each<[what: string, method: string, path: string, headers: Record<string, string>, status: number, text: string]>([
  ['begun without metadata', 'POST', '/upload/resumable', tus, 400, 'Metadata header is required'],
  ['begun behind a slash', 'POST', '/upload/resumable/', { ...tus, 'upload-metadata': metadata }, 201, ''],
  [
    'gone on with, that never was',
    'PATCH',
    '/upload/resumable/nothing',
    { ...tus, 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' },
    400,
    'Invalid upload id',
  ],
  ['ended, that never was', 'DELETE', '/upload/resumable/nothing', tus, 400, 'Invalid upload id'],
  [
    'looked at, that is gone',
    'HEAD',
    `/upload/resumable/${Buffer.from('open/gone/1').toString('base64url')}`,
    tus,
    404,
    '',
  ],
])('an upload that is %s', async (_what, method, path, headers, status, text) => {
  const response = await send(method, path, { headers })
  expect([response.status, await response.text()]).toEqual([status, text])
})

test.each(['/upload/resumable', '/upload/resumable/x', '/upload/resumable/sign'])(
  'nothing is to be read at %s',
  async (path) => {
    expect(await (await send('GET', path)).json()).toMatchObject({ message: `Route GET:${path} not found` })
  },
)
