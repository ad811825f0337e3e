import { describe, expect, test } from 'vitest'
import { useFixture } from '../support/fixture.ts'
import { type Asked, createRestFixture } from './rest-fixture.ts'

const rest = useFixture(() => createRestFixture())

const full = 'return=representation'
const upsert = 'resolution=merge-duplicates,return=representation'

describe('changes', () => {
  // In order: each sees what those before it did.
  test.each<[request: string, asked: Asked, status: number, body: unknown, headers?: Record<string, string>]>([
    ['POST /actors', { body: { id: 10, name: 'Ann' } }, 201, undefined, { 'content-range': '*/*' }],
    [
      'POST /actors?select=id,who:name',
      { body: { id: 11, name: 'Bob' }, prefer: full },
      201,
      [{ id: 11, who: 'Bob' }],
      { 'preference-applied': full },
    ],
    [
      'POST /actors',
      { body: { id: 12, name: 'Cat' }, prefer: 'return=headers-only' },
      201,
      undefined,
      { location: '/actors?id=eq.12' },
    ],
    [
      'POST /roles',
      { body: { film_id: 3, actor_id: 12, part: 'x' }, prefer: 'return=headers-only' },
      201,
      undefined,
      { location: '/roles?film_id=eq.3&actor_id=eq.12' },
    ],
    [
      'POST /actors?order=id.desc',
      {
        body: [
          { id: 13, name: 'D' },
          { id: 14, name: 'E' },
        ],
        prefer: `${full},count=exact`,
      },
      201,
      [
        { id: 14, name: 'E' },
        { id: 13, name: 'D' },
      ],
      { 'content-range': '*/2' },
    ],
    ['POST /actors', { body: [], prefer: full }, 201, []],
    [
      'POST /counters?columns=id,hits',
      { body: [{ id: 20, hits: 1, ignored: 2 }, { id: 21 }], prefer: full },
      400,
      undefined,
    ],
    [
      'POST /counters?columns=id,hits',
      { body: [{ id: 20, hits: 1, ignored: 2 }, { id: 21 }], prefer: `${full},missing=default` },
      201,
      [
        { id: 20, hits: 1, note: 'none' },
        { id: 21, hits: 7, note: 'none' },
      ],
    ],
    [
      'POST /actors',
      { body: 'id,name\n30,"Quoted, ""yes"""\n31,NULL', headers: { 'content-type': 'text/csv' }, prefer: full },
      201,
      [
        { id: 30, name: 'Quoted, "yes"' },
        { id: 31, name: null },
      ],
    ],
    [
      'POST /actors',
      { body: 'id=32&name=Form', headers: { 'content-type': 'application/x-www-form-urlencoded' }, prefer: full },
      201,
      [{ id: 32, name: 'Form' }],
    ],
    // upserts
    ['POST /actors', { body: { id: 10, name: 'Anna' }, prefer: upsert }, 200, [{ id: 10, name: 'Anna' }]],
    [
      'POST /actors',
      {
        body: [
          { id: 10, name: 'A' },
          { id: 15, name: 'F' },
        ],
        prefer: upsert,
      },
      201,
      [
        { id: 10, name: 'A' },
        { id: 15, name: 'F' },
      ],
    ],
    [
      'POST /actors?on_conflict=id',
      { body: { id: 10, name: 'ignored' }, prefer: 'resolution=ignore-duplicates,return=representation' },
      201,
      [],
    ],
    ['POST /actors', { body: { id: 10, name: 'again' } }, 409, expect.objectContaining({ code: '23505' })],
    ['PUT /actors?id=eq.10', { body: { id: 10, name: 'Put' }, prefer: full }, 200, [{ id: 10, name: 'Put' }]],
    ['PUT /actors?id=eq.16', { body: { id: 16, name: 'New' } }, 204, undefined],
    ['PUT /actors?id=eq.16', { body: { id: 17, name: 'New' } }, 400, expect.objectContaining({ code: 'PGRST115' })],
    ['PUT /actors?name=eq.New', { body: { id: 16, name: 'New' } }, 405, expect.objectContaining({ code: 'PGRST105' })],
    [
      'PUT /actors?id=eq.16&limit=1',
      { body: { id: 16, name: 'New' } },
      400,
      expect.objectContaining({ code: 'PGRST114' }),
    ],
    // updates
    ['PATCH /actors?id=in.(10,11)', { body: { name: 'Both' } }, 204, undefined, { 'content-range': '0-1/*' }],
    [
      'PATCH /actors?id=eq.10&select=name',
      { body: { name: 'One' }, prefer: `${full},count=exact` },
      200,
      [{ name: 'One' }],
      { 'content-range': '0-0/1' },
    ],
    ['PATCH /actors?id=eq.99', { body: { name: 'None' }, prefer: full }, 200, [], { 'content-range': '*/*' }],
    ['PATCH /actors?id=eq.10', { body: {}, prefer: full }, 200, []],
    [
      'PATCH /actors?or=(id.eq.10,name.eq.Both)',
      { body: { name: 'Or' }, prefer: 'count=exact' },
      204,
      undefined,
      { 'content-range': '0-1/2' },
    ],
    [
      'PATCH /films?id=eq.1&select=title,directors!director_id(name),shout',
      { body: { title: 'Cleo' }, prefer: full },
      200,
      [{ title: 'Cleo', directors: { name: 'Varda' }, shout: 'CLEO' }],
    ],
    [
      'PATCH /films?id=eq.1&select=first_role(part)',
      { body: { title: 'Cléo' }, prefer: full },
      200,
      [{ first_role: { part: 'Cléo' } }],
    ],
    // deletes
    ['DELETE /actors?id=eq.31', {}, 204, undefined, { 'content-range': '*/*' }],
    [
      'DELETE /actors?id=in.(13,14)&select=id&order=id',
      { prefer: `${full},count=exact` },
      200,
      [{ id: 13 }, { id: 14 }],
      { 'content-range': '*/2' },
    ],
  ])('%s %o', async (request, asked, status, body, headers = {}) => {
    const answer = await rest.ask(request, asked)
    expect(answer.status, answer.text).toBe(status)
    if (body !== undefined) expect(answer.body).toEqual(body)
    else if (status < 300) expect(answer.text).toBe('')
    for (const [name, value] of Object.entries(headers)) expect(answer.headers.get(name)).toBe(value)
  })
})

describe('what must not stay', () => {
  const accept = 'application/vnd.pgrst.object+json'
  const left = async () => (await rest.ask('/counters?id=lt.4&order=id&select=hits')).body
  const untouched = [{ hits: 7 }, { hits: 7 }, { hits: 7 }]

  test('a change of several rows that was to be of one', async () => {
    const answer = await rest.ask('PATCH /counters?id=lt.4', { body: { hits: 1 }, prefer: full, headers: { accept } })
    expect([answer.status, answer.body.code, answer.body.details]).toEqual([
      406,
      'PGRST116',
      'The result contains 3 rows',
    ])
    expect(await left()).toEqual(untouched)
  })

  test.each([
    ['PATCH /counters?id=lt.4', { hits: 1 }],
    ['DELETE /counters?id=lt.4', undefined],
    ['POST /rpc/bump', { who: 1 }],
  ])('more rows than max-affected: %s', async (request, body) => {
    const answer = await rest.ask(request, { body, prefer: 'handling=strict,max-affected=2' })
    expect([answer.status, answer.body.code]).toEqual([400, 'PGRST124'])
    expect(await left()).toEqual(untouched)
  })

  test('tx=rollback, where the database lets clients choose', async () => {
    const ignored = await rest.ask('PATCH /counters?id=eq.21', { body: { hits: 8 }, prefer: 'tx=rollback' })
    expect(ignored.headers.get('preference-applied')).toBeNull()
    await rest.whileSet('db_tx_end', 'commit-allow-override', async () => {
      const answer = await rest.ask('PATCH /counters?id=lt.4&select=hits', {
        body: { hits: 1 },
        prefer: `${full},tx=rollback`,
      })
      expect([answer.status, answer.body, answer.headers.get('preference-applied')]).toEqual([
        200,
        [{ hits: 1 }, { hits: 1 }, { hits: 1 }],
        `${full}, tx=rollback`,
      ])
      expect(await left()).toEqual(untouched)
    })
  })

  test('anything by GET', async () => {
    const answer = await rest.ask('/rpc/bump?who=1')
    expect([answer.status, answer.body.code]).toEqual([405, '25006'])
    expect(await left()).toEqual(untouched)
  })
})

describe('numbers keep their digits', () => {
  test('in and out', async () => {
    const answer = await rest.ask('POST /films?select=id,price', {
      body: '{"id": 9007199254740993, "title": "big", "price": 1.10}',
      prefer: full,
    })
    expect(answer.text).toBe('[{"id":9007199254740993,"price":1.10}]')
  })
})

describe('row-level security', () => {
  test('each sees and changes their own rows alone', async () => {
    const ada = rest.client('ada')
    const bob = rest.client('bob')
    expect((await ada.from('notes').insert({ body: 'mine' }).select('owner,body').single()).data).toEqual({
      owner: 'ada',
      body: 'mine',
    })
    expect((await bob.from('notes').select()).data).toEqual([])
    expect((await bob.from('notes').update({ body: 'stolen' }).neq('id', 0).select()).data).toEqual([])
    expect((await ada.from('notes').select('body')).data).toEqual([{ body: 'mine' }])
    const forged = await bob.from('notes').insert({ owner: 'ada', body: 'forged' })
    expect([forged.status, forged.error?.code]).toEqual([403, '42501'])
    const nobody = await rest.client().from('notes').insert({ body: 'x' })
    expect([nobody.status, nobody.error?.code]).toEqual([401, '42501'])
  })
})
