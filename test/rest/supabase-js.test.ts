import type { SupabaseClient } from '@supabase/supabase-js'
import { describe, expect, test } from 'vitest'
import { useFixture } from '../support/fixture.ts'
import { createRestFixture } from './rest-fixture.ts'

const rest = useFixture(() => createRestFixture())

// biome-ignore lint/suspicious/noExplicitAny: what is selected has no type without the database's.
type Any = any
type Ask = (supabase: SupabaseClient) => PromiseLike<{ data: Any; error: Any; count?: number | null; status: number }>

const data = async (ask: Ask): Promise<Any> => {
  const { data, error } = await ask(rest.client())
  expect(error).toBeNull()
  return data
}

describe('reads', () => {
  test.each<[name: string, ask: Ask, expected: unknown]>([
    [
      'renames and casts',
      (s) => s.from('films').select('film:title, year::text').eq('id', 1),
      [{ film: 'Cléo', year: '1962' }],
    ],
    ['JSON paths', (s) => s.from('films').select('facts->lead->>name').eq('id', 1), [{ name: 'Corinne' }]],
    ['single', (s) => s.from('directors').select('name').eq('id', 1).single(), { name: 'Varda' }],
    ['maybeSingle', (s) => s.from('directors').select('name').eq('id', 99).maybeSingle(), null],
    ['csv', (s) => s.from('directors').select('id,name').eq('id', 1).csv(), 'id,name\n1,Varda'],
    ['stripNulls', (s) => s.from('directors').select().eq('id', 3).stripNulls(), [{ id: 3, name: 'Nobody' }]],
    [
      'order and nulls',
      (s) => s.from('directors').select('id').order('born', { ascending: false, nullsFirst: true }),
      [{ id: 3 }, { id: 1 }, { id: 2 }],
    ],
    ['limit and range', (s) => s.from('directors').select('id').order('id').range(1, 1), [{ id: 2 }]],
    [
      'to one, by a hint',
      (s) => s.from('films').select('director:directors!director_id(name)').eq('id', 2),
      [{ director: { name: 'Tati' } }],
    ],
    [
      'to one, by constraint',
      (s) => s.from('films').select('directors!films_editor_id_fkey(name)').eq('id', 1),
      [{ directors: { name: 'Tati' } }],
    ],
    [
      'to many',
      (s) => s.from('directors').select('films!director_id(title)').eq('id', 2),
      [{ films: [{ title: 'Playtime' }] }],
    ],
    [
      'one to one',
      (s) => s.from('directors').select('passports(number)').eq('id', 1),
      [{ passports: { number: 'FR1' } }],
    ],
    ['many to many', (s) => s.from('actors').select('films(title)').eq('id', 1), [{ films: [{ title: 'Cléo' }] }]],
    [
      'a table and itself',
      (s) => s.from('people').select('name, people(id)').eq('id', 1).order('id', { referencedTable: 'people' }),
      [{ name: 'Ada', people: [{ id: 2 }, { id: 3 }] }],
    ],
    ['through a view', (s) => s.from('recent_films').select('directors(name)'), [{ directors: { name: 'Varda' } }]],
    ['a computed column', (s) => s.from('films').select('shout').eq('id', 2), [{ shout: 'PLAYTIME' }]],
    [
      'a computed relationship',
      (s) => s.from('films').select('first_role(part)').eq('id', 1),
      [{ first_role: { part: 'Cléo' } }],
    ],
    ['inner', (s) => s.from('directors').select('name, passports!inner()'), [{ name: 'Varda' }]],
    [
      'spread of one',
      (s) => s.from('films').select('...directors!director_id(director:name)').eq('id', 1),
      [{ director: 'Varda' }],
    ],
    [
      'spread of many',
      (s) => s.from('directors').select('...films!director_id(titles:title)').eq('id', 2),
      [{ titles: ['Playtime'] }],
    ],
    [
      'several keys of many, place by place',
      (s) =>
        s
          .from('directors')
          .select('name, ...films!director_id(titles:title, years:year, ...directors!editor_id(editors:name))')
          .order('year', { referencedTable: 'films', ascending: false })
          .eq('id', 1),
      [{ name: 'Varda', titles: ['Faces, Places', 'Cléo'], years: [2017, 1962], editors: ['Varda', 'Tati'] }],
    ],
    [
      'filters on what is embedded',
      (s) => s.from('directors').select('films!director_id(title)').eq('id', 1).gt('films.year', 2000),
      [{ films: [{ title: 'Faces, Places' }] }],
    ],
    [
      'or on what is embedded',
      (s) =>
        s
          .from('directors')
          .select('films!director_id(title)')
          .eq('id', 1)
          .or('year.eq.1962,year.eq.1', { referencedTable: 'films' }),
      [{ films: [{ title: 'Cléo' }] }],
    ],
    [
      'limits of what is embedded',
      (s) =>
        s
          .from('directors')
          .select('films!director_id(title)')
          .eq('id', 1)
          .order('year', { referencedTable: 'films', ascending: false })
          .limit(1, { referencedTable: 'films' }),
      [{ films: [{ title: 'Faces, Places' }] }],
    ],
    [
      'order by what is embedded',
      (s) => s.from('films').select('id, directors!director_id(name)').order('directors(name)').limit(1),
      [{ id: 2, directors: { name: 'Tati' } }],
    ],
    [
      'rows without any',
      (s) => s.from('directors').select('id, passports()').is('passports', null).order('id'),
      [{ id: 2 }, { id: 3 }],
    ],
    [
      'a count of what is embedded',
      (s) => s.from('directors').select('films!director_id(count)').eq('id', 1),
      [{ films: [{ count: 2 }] }],
    ],
    ['another schema', (s) => s.schema('other').from('films').select(), [{ id: 1, title: 'Elsewhere' }]],
  ])('%s', async (_name, ask, expected) => {
    expect(await data(ask)).toEqual(expected)
  })

  test.each(['exact', 'planned', 'estimated'] as const)('count: %s', async (count) => {
    const { count: found, data: rows } = await rest.client().from('directors').select('*', { count, head: true })
    expect([typeof found, rows]).toEqual(['number', null])
    if (count !== 'planned') expect(found).toBe(3)
  })

  test('a request is shaped by its client: a header, a type, an error that is thrown, one that is given up', async () => {
    const supabase = rest.client()
    const films = () => supabase.from('directors').select('name').eq('id', 1)
    const header = await films().setHeader('accept', 'application/vnd.pgrst.object+json')
    expect(header.data).toEqual({ name: 'Varda' })
    expect((await films().overrideTypes<{ name: string }[], { merge: false }>()).data).toEqual([{ name: 'Varda' }])
    expect((await films().returns<{ name: string }[]>()).data).toEqual([{ name: 'Varda' }])
    await expect(supabase.from('directors').select('nope').throwOnError()).rejects.toMatchObject({ code: '42703' })
    const given = new AbortController()
    given.abort()
    expect((await films().abortSignal(given.signal)).error?.message).toMatch(/abort/i)
  })

  test('geojson asks PostGIS, which is not here', async () => {
    const { error, status } = await rest.client().from('films').select().geojson()
    expect([status, error?.code]).toEqual([404, '42883'])
  })

  test('aggregates, where they are enabled', async () => {
    await rest.whileSet('db_aggregates_enabled', 'true', async () => {
      expect(await data((s) => s.from('films').select('year.max(), id.count()').single())).toEqual({
        max: 2017,
        count: 3,
      })
    })
    expect((await rest.client().from('films').select('year.max()')).error?.code).toBe('PGRST123')
  })

  test('explain, where plans are enabled', async () => {
    const asked = () => rest.client().from('films').select().explain({ analyze: true, verbose: true, format: 'json' })
    expect((await asked()).error?.code).toBe('PGRST107')
    await rest.whileSet('db_plan_enabled', 'true', async () => {
      expect(((await asked()).data as Any)[0].Plan['Actual Rows']).toBe(1)
    })
  })
})

describe('writes', () => {
  test.each<[name: string, ask: Ask, status: number, expected: unknown]>([
    ['insert one', (s) => s.from('actors').insert({ id: 10, name: 'Ten' }), 201, null],
    [
      'insert many, and see them',
      (s) =>
        s
          .from('actors')
          .insert([
            { id: 11, name: 'A' },
            { id: 12, name: 'B' },
          ])
          .select('id')
          .order('id'),
      201,
      [{ id: 11 }, { id: 12 }],
    ],
    [
      'insert with defaults',
      (s) =>
        s
          .from('counters')
          .insert([{ id: 20, hits: 1 }, { id: 21 }], { defaultToNull: false })
          .select('id, hits')
          .order('id'),
      201,
      [
        { id: 20, hits: 1 },
        { id: 21, hits: 7 },
      ],
    ],
    [
      'upsert merges',
      (s) => s.from('actors').upsert({ id: 10, name: 'Merged' }).select(),
      200,
      [{ id: 10, name: 'Merged' }],
    ],
    [
      'upsert ignores',
      (s) =>
        s
          .from('actors')
          .upsert(
            [
              { id: 10, name: 'No' },
              { id: 13, name: 'C' },
            ],
            { ignoreDuplicates: true },
          )
          .select(),
      201,
      [{ id: 13, name: 'C' }],
    ],
    [
      'upsert by other columns',
      (s) =>
        s
          .from('roles')
          .upsert({ film_id: 1, actor_id: 1, part: 'Cléo' }, { onConflict: 'film_id,actor_id' })
          .select('part'),
      200,
      [{ part: 'Cléo' }],
    ],
    [
      'update',
      (s) => s.from('actors').update({ name: 'Eleven' }).eq('id', 11).select('name').single(),
      200,
      { name: 'Eleven' },
    ],
    ['update nothing', (s) => s.from('actors').update({ name: 'x' }).eq('id', 999).select(), 200, []],
    [
      'update with embedding',
      (s) => s.from('roles').update({ part: 'Hulot' }).eq('film_id', 2).select('actors(name)'),
      200,
      [{ actors: { name: 'Jacques' } }],
    ],
    ['delete', (s) => s.from('actors').delete().eq('id', 12), 204, null],
    [
      'delete, and see them',
      (s) => s.from('actors').delete().in('id', [10, 11, 13]).select('id').order('id'),
      200,
      [{ id: 10 }, { id: 11 }, { id: 13 }],
    ],
  ])('%s', async (_name, ask, status, expected) => {
    const answer = await ask(rest.client())
    expect([answer.error, answer.status, answer.data]).toEqual([null, status, expected])
  })

  test('no more rows than allowed', async () => {
    const supabase = rest.client()
    // Only a client that is told the server's version has the method in its types.
    const { error } = await (supabase.from('counters').update({ note: 'x' }).gt('id', 0) as Any).maxAffected(1)
    expect(error?.code).toBe('PGRST124')
    expect((await supabase.from('counters').select('id').eq('note', 'x')).data).toEqual([])
  })

  test('one row and no other, seen or not', async () => {
    const supabase = rest.client()
    const { error } = await supabase.from('counters').update({ note: 'y' }).gt('id', 0).select().single()
    expect(error).toMatchObject({ code: 'PGRST116' })
    const unseen = await rest.ask('PATCH /counters?id=gt.0', {
      body: { note: 'y' },
      headers: { accept: 'application/vnd.pgrst.object+json' },
    })
    expect([unseen.status, unseen.body.code]).toEqual([406, 'PGRST116'])
    expect((await supabase.from('counters').select('id').eq('note', 'y')).data).toEqual([])
  })

  test('what is rolled back is answered and gone, where a client may say so', async () => {
    await rest.whileSet('db_tx_end', 'commit-allow-override', async () => {
      expect(await data((s) => s.from('actors').insert({ id: 50, name: 'Gone' }).select().rollback())).toEqual([
        { id: 50, name: 'Gone' },
      ])
    })
    expect((await rest.client().from('actors').select().eq('id', 50)).data).toEqual([])
  })
})

describe('calls', () => {
  test.each<[name: string, ask: Ask, expected: unknown]>([
    ['named arguments', (s) => s.rpc('add', { a: 1, b: 2 }), 3],
    ['defaults', (s) => s.rpc('add', { a: 1 }), 11],
    ['by GET', (s) => s.rpc('add', { a: 1 }, { get: true }), 11],
    ['variadic', (s) => s.rpc('total', { numbers: [1, 2, 3] }), 6],
    ['one unnamed document', (s) => s.rpc('echo', { any: [{ thing: null }] }), { any: [{ thing: null }] }],
    ['overloads', (s) => s.rpc('over', { y: 'a' }), 'text'],
    [
      'rows, filtered like a table',
      (s) => s.rpc('films_of', { who: 1 }).select('title').gt('year', 2000),
      [{ title: 'Faces, Places' }],
    ],
    ['rows of no table', (s) => s.rpc('pairs').eq('k', 'b'), [{ k: 'b', v: 2 }]],
    ['nothing', (s) => s.rpc('nothing'), null],
  ])('%s', async (_name, ask, expected) => {
    expect(await data(ask)).toEqual(expected)
  })

  test('a form may name an argument several times; of a list the first object counts', async () => {
    const form = await rest.ask('POST /rpc/total', {
      body: 'numbers=1&numbers=2',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
    const list = await rest.ask('POST /rpc/add', {
      body: [
        { a: 1, b: 2 },
        { a: 5, b: 5 },
      ],
    })
    expect([form.body, list.body]).toEqual([3, 3])
  })
})

test('cookies reach SQL, and cookies that SQL sets come back each by itself', async () => {
  await rest.sql(`create function public.biscuits() returns text language plpgsql as $$ begin
    perform set_config('response.headers', '[{"Set-Cookie": "a=1"}, {"Set-Cookie": "b=2"}]', true);
    return current_setting('request.cookies', true)::json ->> 'jar';
  end $$; grant execute on function public.biscuits to anon`)
  await rest.refresh()
  const answer = await rest.ask('POST /rpc/biscuits', { headers: { cookie: 'jar=full; lid=on' } })
  expect([answer.body, answer.headers.getSetCookie()]).toEqual(['full', ['a=1', 'b=2']])
})

test('requests that are alike but for their values are answered by their own', async () => {
  const name = async (id: string) => await rest.ask(`/directors?select=name&name=neq.x&id=eq.${id}`)
  const answers = await Promise.all(['1', '2', '3', '1', '%33'].map(name))
  expect(answers.map(({ body }) => body[0].name)).toEqual(['Varda', 'Tati', 'Nobody', 'Varda', 'Nobody'])
  expect(answers[1]?.headers.get('content-location')).toBe('/directors?id=eq.2&name=neq.x&select=name')
})

test.each([
  ['Bearer ', 'PGRST301', 'Empty JWT is sent in Authorization header'],
  ['Bearer a.b', 'PGRST301', 'Expected 3 parts in JWT; got 2'],
])('Authorization: %o', async (authorization, code, message) => {
  const answer = await rest.ask('/directors', { headers: { authorization } })
  expect([answer.status, answer.body]).toEqual([401, { code, message, details: null, hint: null }])
})

test('the OpenAPI document shows what its reader may use', async () => {
  const { status, headers, body } = await rest.ask('/')
  expect([status, headers.get('content-type')]).toEqual([200, 'application/openapi+json; charset=utf-8'])
  expect(body).toMatchObject({
    swagger: '2.0',
    basePath: '/rest/v1',
    definitions: {
      directors: { required: ['id', 'name'], type: 'object' },
      films: {
        properties: {
          id: { type: 'integer', format: 'int64', description: 'Note:\nThis is a Primary Key.<pk/>' },
          mood: { default: 'calm', enum: ['calm', 'loud'], format: 'public.mood', type: 'string' },
          tags: { type: 'array', items: { type: 'string' }, format: 'text[]' },
          director_id: { description: expect.stringContaining("<fk table='directors' column='id'/>") },
        },
      },
    },
  })
  expect(body.definitions.secrets).toBeUndefined()
  expect(Object.keys(body.paths['/films'])).toEqual(['get', 'post', 'delete', 'patch'])
  expect(Object.keys(body.paths['/rpc/add'])).toEqual(['get', 'post'])
  expect(Object.keys(body.paths['/rpc/bump'])).toEqual(['post'])
  expect(body.paths['/rpc/total'].get.parameters).toEqual([
    {
      name: 'numbers',
      required: true,
      in: 'query',
      type: 'array',
      items: { type: 'integer', format: 'int32' },
      collectionFormat: 'multi',
    },
  ])
  const references = [...JSON.stringify(body).matchAll(/"\$ref":"#\/(\w+)\/([^"]+)"/g)]
  expect(references.filter(([, of = '', name = '']) => !(name in body[of]))).toEqual([])

  await rest.whileSet('openapi_mode', 'ignore-privileges', async () => {
    expect((await rest.ask('/')).body.definitions.secrets).toBeDefined()
  })
  await rest.whileSet('openapi_mode', 'disabled', async () => {
    expect((await rest.ask('/')).body.code).toBe('PGRST126')
  })
  expect((await rest.ask('/', { headers: { accept: 'text/csv' } })).body.code).toBe('PGRST107')
})
