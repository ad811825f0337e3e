import { describe, expect, test } from 'vitest'
import { useFixture } from '../support/fixture.ts'
import { createRestFixture } from './rest-fixture.ts'

const rest = useFixture(() => createRestFixture())

describe('what is selected', () => {
  test.each<[request: string, body: unknown]>([
    ['/directors?select=name&id=eq.1', [{ name: 'Varda' }]],
    ['/directors?select=who:name,born&id=eq.1', [{ who: 'Varda', born: '1928-05-30' }]],
    ['/directors?id=eq.3', [{ id: 3, name: 'Nobody', born: null }]],
    ['/films?select=id::text,price::int&id=eq.1', [{ id: '1', price: 10 }]],
    ['/films?select=year::double%20precision&id=eq.1', [{ year: 1962 }]],
    ['/films?select=facts->lead->>name,facts->songs->1&id=eq.1', [{ name: 'Corinne', songs: 2 }]],
    ['/films?select=length:facts->length&id=eq.1', [{ length: 90 }]],
    ['/films?select=tags->0&id=eq.1', [{ tags: 'black' }]],
    [
      '/films?select=mood,price,tags,shown,seen&id=eq.1',
      [{ mood: 'calm', price: 9.5, tags: ['black', 'white'], shown: '[1,5)', seen: true }],
    ],
    ['/films?select=shout&id=eq.2', [{ shout: 'PLAYTIME' }]],
    ['/films?select=title,count()', 'failed'],
    ['/films?select=title,first_role(part)&id=eq.1', [{ title: 'Cléo', first_role: { part: 'Cléo' } }]],
    ['/films?select=count', [{ count: 3 }]],
    // A column by the name of its table.
    ['/notice?select=notice,loud&order=id', [{ notice: 'a', loud: 'A!' }]],
    // What follows what could be read is nobody's.
    ['/directors?select=id)&id=eq.1', [{ id: 1 }]],
  ])('%s', async (request, body) => {
    const answer = await rest.ask(request)
    if (body === 'failed') expect(answer.status).toBe(400)
    else expect([answer.status, answer.body]).toEqual([200, body])
  })
})

describe('what is embedded', () => {
  test.each<[request: string, body: unknown]>([
    // to one, by column, constraint and hint
    [
      '/films?select=title,director:directors!director_id(name)&id=eq.1',
      [{ title: 'Cléo', director: { name: 'Varda' } }],
    ],
    ['/films?select=director_id(name)&id=eq.2', [{ director_id: { name: 'Tati' } }]],
    ['/films?select=films_editor_id_fkey(name)&id=eq.2', [{ films_editor_id_fkey: null }]],
    // to many
    ['/directors?select=films!films_director_id_fkey(title)&id=eq.2', [{ films: [{ title: 'Playtime' }] }]],
    ['/directors?select=films!director_id(title)&id=eq.3', [{ films: [] }]],
    // one to one, both ways
    [
      '/directors?select=name,passports(number)&id=lt.3&order=id',
      [
        { name: 'Varda', passports: { number: 'FR1' } },
        { name: 'Tati', passports: null },
      ],
    ],
    ['/passports?select=directors(name)', [{ directors: { name: 'Varda' } }]],
    // many to many
    [
      '/films?select=title,actors(name)&id=eq.1&actors.order=name',
      [{ title: 'Cléo', actors: [{ name: 'Corinne' }, { name: 'Jacques' }] }],
    ],
    [
      '/actors?select=films!roles(title)&id=eq.2&films.order=title',
      [{ films: [{ title: 'Cléo' }, { title: 'Playtime' }] }],
    ],
    // a table and itself
    [
      '/people?select=name,people(name)&id=eq.1&people.order=id',
      [{ name: 'Ada', people: [{ name: 'Bea' }, { name: 'Cyd' }] }],
    ],
    ['/people?select=name,parent_id(name)&id=eq.2', [{ name: 'Bea', parent_id: { name: 'Ada' } }]],
    // through a view
    ['/recent_films?select=name,directors(name)', [{ name: 'Faces, Places', directors: { name: 'Varda' } }]],
    ['/directors?select=recent_films(name)&id=eq.1', [{ recent_films: [{ name: 'Faces, Places' }] }]],
    // nested, and nothing of what is in between
    [
      '/actors?select=name,roles(part,films(title,director_id(passports(number))))&id=eq.1',
      [
        {
          name: 'Corinne',
          roles: [{ part: 'Cléo', films: { title: 'Cléo', director_id: { passports: { number: 'FR1' } } } }],
        },
      ],
    ],
    // inner, filters, is null
    ['/directors?select=name,passports!inner()', [{ name: 'Varda' }]],
    [
      '/directors?select=name,films!director_id(title)&films.year=gt.2000&id=eq.1',
      [{ name: 'Varda', films: [{ title: 'Faces, Places' }] }],
    ],
    [
      '/directors?select=name,films!director_id!inner(title)&films.title=eq.Playtime',
      [{ name: 'Tati', films: [{ title: 'Playtime' }] }],
    ],
    ['/directors?select=name,passports()&passports=is.null&order=id', [{ name: 'Tati' }, { name: 'Nobody' }]],
    ['/directors?select=name,passports()&passports=not.is.null', [{ name: 'Varda' }]],
    [
      '/directors?select=name,films!director_id(title)&films.or=(year.eq.1962,year.eq.1967)&films.limit=1&order=id&limit=1',
      [{ name: 'Varda', films: [{ title: 'Cléo' }] }],
    ],
    // spread
    ['/films?select=title,...directors!director_id(director:name)&id=eq.1', [{ title: 'Cléo', director: 'Varda' }]],
    [
      '/films?select=title,...directors!editor_id(name,...passports(number))&order=id',
      [
        { title: 'Cléo', name: 'Tati', number: null },
        { title: 'Playtime', name: null, number: null },
        { title: 'Faces, Places', name: 'Varda', number: 'FR1' },
      ],
    ],
    [
      '/directors?select=name,...films!director_id(titles:title)&id=eq.1&films.order=year.desc',
      [{ name: 'Varda', titles: ['Faces, Places', 'Cléo'] }],
    ],
    // order by what is embedded
    [
      '/films?select=title,directors!director_id(name)&order=directors(name).asc,title.desc',
      [
        { title: 'Playtime', directors: { name: 'Tati' } },
        { title: 'Faces, Places', directors: { name: 'Varda' } },
        { title: 'Cléo', directors: { name: 'Varda' } },
      ],
    ],
    [
      '/films?select=title,directors!director_id!inner(name)&directors.name=eq.Varda&order=directors(name),title.desc',
      [
        { title: 'Faces, Places', directors: { name: 'Varda' } },
        { title: 'Cléo', directors: { name: 'Varda' } },
      ],
    ],
    // a row of what the order does not find stays, last
    [
      '/films?select=title,directors!director_id(name)&directors.name=eq.Tati&order=directors(name),title',
      [
        { title: 'Playtime', directors: { name: 'Tati' } },
        { title: 'Cléo', directors: null },
        { title: 'Faces, Places', directors: null },
      ],
    ],
    [
      '/directors?select=name,films!director_id(count)&order=id',
      [
        { name: 'Varda', films: [{ count: 2 }] },
        { name: 'Tati', films: [{ count: 1 }] },
        { name: 'Nobody', films: [{ count: 0 }] },
      ],
    ],
  ])('%s', async (request, body) => {
    const answer = await rest.ask(request)
    expect([answer.status, answer.body]).toEqual([200, body])
  })
})

describe('order, limits, ranges and counts', () => {
  const titles = '/directors?select=id'
  test.each<[request: string, headers: Record<string, string>, status: number, range: string, ids: number[]]>([
    [`${titles}&order=id.desc`, {}, 200, '0-2/*', [3, 2, 1]],
    [`${titles}&order=born.desc.nullslast`, {}, 200, '0-2/*', [1, 2, 3]],
    [`${titles}&order=born.nullsfirst`, {}, 200, '0-2/*', [3, 2, 1]],
    [`${titles}&order=id&limit=1&offset=1`, {}, 200, '1-1/*', [2]],
    [`${titles}&order=id&limit=0`, {}, 200, '*/*', []],
    [`${titles}&order=id`, { range: '1-1' }, 200, '1-1/*', [2]],
    [`${titles}&order=id`, { range: '1-' }, 200, '1-2/*', [2, 3]],
    [`${titles}&order=id&limit=2`, { prefer: 'count=exact' }, 206, '0-1/3', [1, 2]],
    [`${titles}&order=id`, { prefer: 'count=exact' }, 200, '0-2/3', [1, 2, 3]],
    [`${titles}&id=eq.9`, { prefer: 'count=exact' }, 200, '*/0', []],
    [`${titles}&order=id&limit=2`, { prefer: 'count=estimated' }, 206, '0-1/3', [1, 2]],
    [`${titles},passports!inner()&limit=5`, { prefer: 'count=exact' }, 200, '0-0/1', [1]],
  ])('%s %o', async (request, headers, status, range, ids) => {
    const answer = await rest.ask(request, { headers })
    const found = (answer.body as { id: number }[]).map(({ id }) => id)
    expect([answer.status, answer.headers.get('content-range'), found]).toEqual([status, range, ids])
  })

  test('a planned count is the planner’s', async () => {
    const answer = await rest.ask('/directors', { prefer: 'count=planned' })
    expect(answer.headers.get('content-range')).toMatch(/^0-2\/\d+$/)
  })

  test('HEAD answers the headers alone', async () => {
    const answer = await rest.ask('HEAD /directors', { prefer: 'count=exact' })
    expect([answer.status, answer.text, answer.headers.get('content-range')]).toEqual([200, '', '0-2/3'])
  })

  test('beyond the end is not satisfiable', async () => {
    const answer = await rest.ask('/directors?offset=9', { prefer: 'count=exact' })
    expect([answer.status, answer.body.code, answer.body.details]).toEqual([
      416,
      'PGRST103',
      'An offset of 9 was requested, but there are only 3 rows.',
    ])
  })
})

describe('forms of an answer', () => {
  test.each<[accept: string, type: string, text: string]>([
    ['text/csv', 'text/csv; charset=utf-8', 'id,name,born\n1,Varda,1928-05-30\n3,Nobody,'],
    [
      'application/json',
      'application/json; charset=utf-8',
      '[{"id":1,"name":"Varda","born":"1928-05-30"},{"id":3,"name":"Nobody","born":null}]',
    ],
    [
      'application/vnd.pgrst.array+json;nulls=stripped',
      'application/vnd.pgrst.array+json;nulls=stripped; charset=utf-8',
      '[{"id":1,"name":"Varda","born":"1928-05-30"},{"id":3,"name":"Nobody"}]',
    ],
  ])('%s', async (accept, type, text) => {
    const answer = await rest.ask('/directors?id=in.(1,3)&order=id', { headers: { accept } })
    expect([answer.status, answer.headers.get('content-type'), answer.text]).toEqual([200, type, text])
  })

  test('one object, or none, or too many', async () => {
    const accept = 'application/vnd.pgrst.object+json'
    const one = await rest.ask('/directors?id=eq.1&select=name', { headers: { accept } })
    expect([one.status, one.body]).toEqual([200, { name: 'Varda' }])
    const none = await rest.ask('/directors?id=eq.9', { headers: { accept } })
    expect([none.status, none.body]).toEqual([
      406,
      {
        code: 'PGRST116',
        message: 'Cannot coerce the result to a single JSON object',
        details: 'The result contains 0 rows',
        hint: null,
      },
    ])
    expect((await rest.ask('/directors', { headers: { accept } })).body.details).toBe('The result contains 3 rows')
  })

  test('maybeSingle of supabase-js', async () => {
    const { data, error } = await rest.client().from('directors').select('name').eq('id', 9).maybeSingle()
    expect([data, error]).toEqual([null, null])
  })
})
