import { describe, expect, test } from 'vitest'
import { useFixture } from '../support/fixture.ts'
import { type Asked, createRestFixture } from './rest-fixture.ts'

const rest = useFixture(() => createRestFixture())

test.each<[request: string, asked: Asked, status: number, code: string, more?: object]>([
  [
    '/film',
    {},
    404,
    'PGRST205',
    {
      message: "Could not find the table 'public.film' in the schema cache",
      hint: "Perhaps you meant the table 'public.films'",
    },
  ],
  ['/films/extra', {}, 404, 'PGRST125'],
  ['/films?select=nope', {}, 400, '42703', { message: 'column films.nope does not exist' }],
  ['/films?nope=eq.1', {}, 400, '42703'],
  ['/films?order=nope', {}, 400, '42703'],
  [
    '/films?id=nope.1',
    {},
    400,
    'PGRST100',
    {
      message: '"failed to parse filter (nope.1)" (line 1, column 1)',
      details: 'unexpected "n" expecting "not" or operator (eq, gt, ...)',
    },
  ],
  ['/films?id=5', {}, 400, 'PGRST100'],
  ['/films?id=eq.x', {}, 400, '22P02', { message: 'invalid input syntax for type bigint: "x"' }],
  ['/films?select=id,', {}, 400, 'PGRST100'],

  ['/films?select=directors(name', {}, 400, 'PGRST100'],
  ['/films?order=id.up', {}, 400, 'PGRST100'],
  ['/films?or=(id.eq.1', {}, 400, 'PGRST100'],
  ['/films?or=()', {}, 400, 'PGRST100'],
  ['/films?id=is.5', {}, 400, 'PGRST100'],
  ['/films?id=in.5', {}, 400, 'PGRST100'],
  [
    '/films?select=directors(name)',
    {},
    300,
    'PGRST201',
    {
      hint: "Try changing 'directors' to one of the following: 'directors!films_director_id_fkey', 'directors!films_editor_id_fkey'. Find the desired relationship in the 'details' key.",
      details: [
        {
          cardinality: 'many-to-one',
          embedding: 'films with directors',
          relationship: 'films_director_id_fkey using films(director_id) and directors(id)',
        },
        {
          cardinality: 'many-to-one',
          embedding: 'films with directors',
          relationship: 'films_editor_id_fkey using films(editor_id) and directors(id)',
        },
      ],
    },
  ],
  ['/films?select=actor(name)', {}, 400, 'PGRST200', { hint: "Perhaps you meant 'actors' instead of 'actor'." }],
  [
    '/films?select=directors!nope(name)',
    {},
    400,
    'PGRST200',
    {
      details:
        "Searched for a foreign key relationship between 'films' and 'directors' using the hint 'nope' in the schema 'public', but no matches were found.",
      hint: null,
    },
  ],
  ['/films?actors.name=eq.x', {}, 400, 'PGRST108', { message: "'actors' is not an embedded resource in this request" }],
  ['/films?order=actors(name)&select=actors(name)', {}, 400, 'PGRST118'],
  ['/films?select=price.sum()', {}, 400, 'PGRST123'],
  ['/films?limit=-1', {}, 416, 'PGRST103'],
  ['/films', { headers: { range: '5-2' } }, 416, 'PGRST103'],
  [
    '/films',
    { headers: { accept: 'image/png' } },
    406,
    'PGRST107',
    { message: 'None of these media types are available: image/png' },
  ],
  ['/films', { headers: { accept: 'application/vnd.pgrst.plan' } }, 406, 'PGRST107'],
  [
    '/films',
    { headers: { 'accept-profile': 'auth' } },
    406,
    'PGRST106',
    { hint: 'Only the following schemas are exposed: public, other' },
  ],
  ['/films', { prefer: 'handling=strict,anything' }, 400, 'PGRST122'],
  ['LINK /films', {}, 405, 'PGRST117'],
  ['DELETE /rpc/add', {}, 405, 'PGRST101'],
  ['/rpc/ad', {}, 404, 'PGRST202'],
  ['/rpc/addd?a=1', {}, 404, 'PGRST202', { hint: 'Perhaps you meant to call the function public.add' }],
  [
    'POST /rpc/add',
    { body: { b: 1 } },
    404,
    'PGRST202',
    {
      message: 'Could not find the function public.add(b) in the schema cache',
      hint: 'Perhaps you meant to call the function public.add(a, b)',
    },
  ],
  [
    '/rpc/clash?x=1',
    {},
    300,
    'PGRST203',
    {
      message:
        'Could not choose the best candidate function between: public.clash(x => integer), public.clash(x => text)',
    },
  ],
  ['POST /actors', { body: '{' }, 400, 'PGRST102', { message: 'Empty or invalid json' }],
  ['POST /actors', { body: [{ id: 1 }, { name: 'x' }] }, 400, 'PGRST102', { message: 'All object keys must match' }],
  [
    'POST /actors',
    { body: 'x', headers: { 'content-type': 'image/png' } },
    400,
    'PGRST102',
    { message: 'Content-Type not acceptable: image/png' },
  ],
  [
    'POST /actors',
    { body: { id: 50, nope: 1 } },
    400,
    'PGRST204',
    { message: "Could not find the 'nope' column of 'actors' in the schema cache" },
  ],
  ['POST /roles', { body: { film_id: 99, actor_id: 1 } }, 409, '23503'],
  ['POST /films', { body: { year: 1 } }, 400, '23502'],
  ['/secrets', {}, 401, '42501', { message: 'permission denied for table secrets' }],
  ['/secrets', { as: 'ada' }, 403, '42501'],
  ['/films', { as: 'invalid' }, 401, 'PGRST301'],
])('%s %o', async (request, asked, status, code, more = {}) => {
  const answer = await rest.ask(request, asked)
  expect(answer.body).toMatchObject({ code, ...more })
  expect(Object.keys(answer.body)).toEqual(['code', 'details', 'hint', 'message'])
  expect(answer.status).toBe(status)
  expect(answer.headers.get('proxy-status')).toBe(`PostgREST; error=${code}`)
})

describe('hostile requests', () => {
  const harmless = async () =>
    expect((await rest.ask('/directors?select=id&order=id')).body).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }])

  test.each([
    `/directors?name=eq.'; drop table films; --`,
    `/directors?select="id"" from directors; --"`,
    `/directors?select=x:name::text);delete from directors;--`,
    `/directors?order="name"";--".desc`,
    `/directors?select=name->>'x') from pg_shadow --`,
    `/films?select=facts->>"a' || (select 1) || '"`,
    `/films?words=fts(english'); drop table films; --).x`,
    `/films?select=id&"id"" is null or true --"=eq.1`,
    '/rpc/add?a=1);select 1--',
    '/directors?limit=1;select 1',
    '/directors?id=in.(1,2);drop',
  ])('%s', async (request) => {
    const answer = await rest.ask(request.replaceAll(' ', '%20'))
    expect(answer.status).toBeLessThan(500)
    expect(answer.text).not.toContain('SCRAM')
    await harmless()
  })

  test.each<[name: string, request: string]>([
    ['NUL in a value', '/directors?name=eq.a%00b'],
    ['NUL in a name', '/directors?select=%22a%00b%22'],
    ['NUL in the path', '/direc%00tors'],
    ['deep embedding', `/people?select=${'people('.repeat(60)}id${')'.repeat(60)}`],
    ['deep logic', `/people?or=${'(and'.repeat(300)}(id.eq.1)${')'.repeat(300)}`],
    ['many embeddings', `/people?select=${Array.from({ length: 400 }, (_, i) => `a${i}:people(id)`).join(',')}`],
    ['a broken escape', '/directors?name=eq.%E0%A4%A'],
    ['prototype names', '/constructor?__proto__=eq.1'],
    ['prototype methods', '/films?select=toString,hasOwnProperty'],
  ])('%s', async (_name, request) => {
    const answer = await rest.ask(request)
    expect(answer.status).toBeLessThan(500)
    await harmless()
  })

  test('a URL and a body beyond bounds', async () => {
    expect((await rest.ask(`/directors?name=eq.${'x'.repeat(70_000)}`)).status).toBeOneOf([414, 431])
    const answer = await rest.ask('POST /actors', { body: `[{"id": 1, "name": "${'x'.repeat(11_000_000)}"}]` })
    expect([answer.status, answer.body.code]).toEqual([413, 'PAYLOAD_TOO_LARGE'])
  })

  test('rows beyond the limit of a list are cut', async () => {
    const small = await createRestFixture({ maxRows: 2 })
    try {
      expect((await small.ask('/directors')).body).toHaveLength(2)
      expect((await small.ask('/directors?limit=3')).body).toHaveLength(2)
      const counted = await small.ask('/directors', { prefer: 'count=exact' })
      expect([counted.status, counted.headers.get('content-range')]).toEqual([206, '0-1/3'])
    } finally {
      await small.close()
    }
  })
})
