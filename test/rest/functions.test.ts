import { expect, test } from 'vitest'
import { useFixture } from '../support/fixture.ts'
import { type Asked, createRestFixture } from './rest-fixture.ts'

const rest = useFixture(() => createRestFixture())

const object = 'application/vnd.pgrst.object+json'

test.each<[request: string, asked: Asked, status: number, body: unknown]>([
  ['/rpc/add?a=1&b=2', {}, 200, 3],
  ['/rpc/add?a=1', {}, 200, 11],
  ['POST /rpc/add', { body: { a: 1, b: 2 } }, 200, 3],
  ['POST /rpc/add', { body: 'a=1&b=2', headers: { 'content-type': 'application/x-www-form-urlencoded' } }, 200, 3],
  ['/rpc/total?numbers=1&numbers=2&numbers=3', {}, 200, 6],
  ['/rpc/total?numbers={4,5}', {}, 200, 9],
  ['POST /rpc/total', { body: { numbers: [1, 2] } }, 200, 3],
  ['POST /rpc/echo', { body: { deep: [1, { a: null }] } }, 200, { deep: [1, { a: null }] }],
  ['POST /rpc/over', { body: { y: 'a' } }, 200, 'text'],
  ['/rpc/over?x=1', {}, 200, 'int'],
  [
    '/rpc/pairs',
    {},
    200,
    [
      { k: 'a', v: 1 },
      { k: 'b', v: 2 },
    ],
  ],
  ['/rpc/pairs?v=eq.2&select=k', {}, 200, [{ k: 'b' }]],
  ['/rpc/pairs?order=v.desc&limit=1', { headers: { accept: object } }, 200, { k: 'b', v: 2 }],
  [
    '/rpc/films_of?who=1&select=title,directors!director_id(name)&year=gt.2000',
    {},
    200,
    [{ title: 'Faces, Places', directors: { name: 'Varda' } }],
  ],
  [
    'POST /rpc/films_of?select=title&order=year',
    { body: { who: 1 } },
    200,
    [{ title: 'Cléo' }, { title: 'Faces, Places' }],
  ],
  [
    'POST /rpc/bump?select=id,hits&order=id',
    { body: { who: 2 } },
    200,
    [
      { id: 2, hits: 8 },
      { id: 3, hits: 8 },
    ],
  ],
  ['/rpc/apart', {}, 200, 'serializable'],
  ['POST /rpc/apart', {}, 200, 'serializable'],
  ['POST /rpc/nothing', {}, 204, undefined],
  ['/rpc/teapot', {}, 418, 'short and stout'],
  ['POST /rpc/refuse', {}, 402, { code: '123', message: 'Payment required', details: 'Card', hint: 'Pay' }],
  ['POST /rpc/conflict', {}, 409, { code: 'PT409', message: 'taken', details: null, hint: 'try another' }],
])('%s %o', async (request, asked, status, body) => {
  const answer = await rest.ask(request, asked)
  expect([answer.status, answer.body]).toEqual([status, body])
})

test('a body of bytes is the argument of a function that takes bytes alone, each as it is', async () => {
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i))
  const headers = { 'content-type': 'application/octet-stream' }
  for (const body of [bytes, Buffer.from('\\x00'), Buffer.alloc(0)]) {
    const answer = await rest.ask('POST /rpc/digits', { body, headers })
    expect([answer.status, answer.body]).toEqual([200, body.toString('hex')])
  }
})

test('counts are of one call', async () => {
  const answer = await rest.ask('POST /rpc/bump?select=id&limit=1&order=id', {
    body: { who: 3 },
    prefer: 'count=exact',
  })
  expect([answer.status, answer.headers.get('content-range'), answer.body]).toEqual([200, '0-0/1', [{ id: 3 }]])
  expect((await rest.ask('/counters?id=eq.3&select=hits')).body).toEqual([{ hits: 9 }])
})

test('headers set by SQL', async () => {
  const { headers } = await rest.ask('/rpc/teapot')
  expect([headers.get('x-pot'), headers.get('cache-control')]).toEqual(['brown', 'no-store'])
  expect((await rest.ask('POST /rpc/refuse')).headers.get('x-paid')).toBe('no')
})

test.each([
  ['request.method', 'GET'],
  ['request.path', '/rpc/setting'],
  ['search_path', '"public", "public", "extensions"'],
  ['transaction_read_only', 'on'],
])('SQL sees %s', async (name, value) => {
  expect((await rest.ask(`/rpc/setting?name=${name}`)).body).toBe(value)
})

test('SQL sees headers, claims and the time zone asked for', async () => {
  const asked = { as: 'ada', prefer: 'timezone=Europe/Paris', headers: { 'x-mine': 'yes' } }
  const setting = async (name: string) => (await rest.ask(`/rpc/setting?name=${name}`, asked)).body
  expect(JSON.parse(await setting('request.headers'))).toMatchObject({ 'x-mine': 'yes' })
  expect(JSON.parse(await setting('request.jwt.claims'))).toMatchObject({ sub: 'ada' })
  expect(await setting('timezone')).toBe('Europe/Paris')
})

test('supabase-js calls with get, head and count', async () => {
  const supabase = rest.client()
  expect((await supabase.rpc('films_of', { who: 1 }, { get: true }).select('id').order('id')).data).toEqual([
    { id: 1 },
    { id: 3 },
  ])
  const counted = await supabase.rpc('films_of', { who: 1 }, { head: true, count: 'exact' })
  expect([counted.count, counted.data]).toEqual([2, null])
})
