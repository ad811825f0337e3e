import { describe, expect, test } from 'vitest'
import { createLookAgain } from '../../src/rest/look-again.ts'
import { useFixture } from '../support/fixture.ts'
import { createRestFixture } from './rest-fixture.ts'

const rest = useFixture(() => createRestFixture())

test('schemas by profile', async () => {
  const answer = await rest.ask('/films', { headers: { 'accept-profile': 'other' } })
  expect([answer.body, answer.headers.get('content-profile')]).toEqual([[{ id: 1, title: 'Elsewhere' }], 'other'])
  expect((await rest.client().schema('other').from('films').insert({ id: 2, title: 'More' })).status).toBe(201)
  expect((await rest.ask('/films?limit=1&select=id')).headers.get('content-profile')).toBe('public')
})

describe('aggregates, where they are enabled', () => {
  test.each<[request: string, body: unknown]>([
    [
      '/films?select=year.sum(),price.avg(),id.count(),year.max(),n:count()',
      [{ sum: 5946, avg: 10.75, count: 3, max: 2017, n: 3 }],
    ],
    [
      '/films?select=director_id,count()&order=director_id',
      [
        { director_id: 1, count: 2 },
        { director_id: 2, count: 1 },
      ],
    ],
    ['/films?select=title:year.min()::text', [{ title: '1962' }]],
    [
      '/directors?select=name,films!director_id(year.max())&order=id&limit=1',
      [{ name: 'Varda', films: [{ max: 2017 }] }],
    ],
    [
      '/films?select=...directors!director_id(name),year.max()&order=directors(name)',
      [
        { max: 1967, name: 'Tati' },
        { max: 2017, name: 'Varda' },
      ],
    ],
    [
      '/films?select=...directors!director_id(who:name),n:count()&order=directors(who).desc',
      [
        { n: 2, who: 'Varda' },
        { n: 1, who: 'Tati' },
      ],
    ],
    ['/directors?select=name,...films!director_id(year.max())', 'failed'],
    [
      '/films?select=...directors!director_id(director:name),year.max()&director_id=eq.1',
      [{ max: 2017, director: 'Varda' }],
    ],
    // A spread resource that is not there does not count; what is spread of many belongs to the group.
    ['/films?select=...directors!editor_id(count())', [{ count: 2 }]],
    [
      '/directors?select=name,...films!director_id(titles:title,years:year),count()&films.order=year.desc&id=lt.3&order=name',
      [
        { name: 'Tati', titles: ['Playtime'], years: [1967], count: 1 },
        { name: 'Varda', titles: ['Faces, Places', 'Cléo'], years: [2017, 1962], count: 1 },
      ],
    ],
    ['/passports?select=...directors(id.sum(),name)', [{ sum: 1, name: 'Varda' }]],
  ])('%s', async (request, body) => {
    await rest.whileSet('db_aggregates_enabled', 'true', async () => {
      const answer = await rest.ask(request)
      if (body === 'failed') expect(answer.status).toBe(400)
      else expect([answer.status, answer.body]).toEqual([200, body])
    })
  })
})

test('explain, where plans are enabled', async () => {
  await rest.whileSet('db_plan_enabled', 'true', async () => {
    const supabase = rest.client()
    const text = await supabase.from('films').select().explain({ analyze: true })
    expect(text.data).toMatch(/Aggregate .*actual/s)
    const json = await rest.ask('/films', {
      headers: { accept: 'application/vnd.pgrst.plan+json; for="application/json"; options=verbose' },
    })
    expect(json.body[0].Plan['Node Type']).toBe('Aggregate')
    expect(json.headers.get('content-type')).toMatch(
      /^application\/vnd.pgrst.plan\+json; for="application\/json"; options=verbose/,
    )
  })
})

test('a new table is there as soon as Postgres tells of it', async () => {
  expect((await rest.ask('/fresh')).status).toBe(404)
  await rest.sql(
    `create table public.fresh (id int); grant select on public.fresh to anon; notify pgrst, 'reload schema'`,
  )
  await expect.poll(async () => (await rest.ask('/fresh')).status).toBe(200)
})

test('what the catalogue does not know yet fails nobody', async () => {
  const unheard = await createRestFixture({ listens: false })
  try {
    await unheard.sql(`alter table public.people drop column name, add column nick text default 'x';
      drop function public.add(int, int);
      create function public.add(a int, b int default 10, c int default 100) returns int language sql as 'select a + b + c'`)
    const all = await unheard.ask('/people?id=eq.1')
    expect([all.status, all.body]).toEqual([200, [{ id: 1, parent_id: null, nick: 'x' }]])
    await unheard.sql('alter table public.people rename column nick to alias')
    const written = await unheard.ask('PATCH /people?id=eq.1', { body: { nick: 'y' }, prefer: 'return=representation' })
    expect([written.status, written.body.code]).toEqual([400, 'PGRST204'])
    expect((await unheard.ask('/people?select=nick')).body.code).toBe('42703')
  } finally {
    await unheard.close()
  }
})

test('whoever asks for what is not there makes nobody look at the catalogue for long', async () => {
  let looks = 0
  const gates: (() => void)[] = []
  const lookAgain = createLookAgain(() => {
    looks++
    return new Promise((resolve) => gates.push(resolve))
  })
  const together = Promise.all(Array.from({ length: 50 }, lookAgain))
  gates[0]?.()
  await together
  expect(looks).toBe(1)
  const began = performance.now()
  for (let i = 0; i < 100; i++) {
    const look = lookAgain()
    gates.at(-1)?.()
    await look
  }
  const seconds = Math.floor(performance.now() / 1000) - Math.floor(began / 1000) + 1
  expect(looks).toBeLessThanOrEqual(1 + 10 * seconds)
})

test.each([
  ['/films', 'OPTIONS,GET,HEAD,POST,PUT,PATCH,DELETE'],
  ['/recent_films', 'OPTIONS,GET,HEAD,POST,PUT,PATCH,DELETE'],
  ['/rpc/add', 'OPTIONS,GET,HEAD,POST'],
  ['/rpc/bump', 'OPTIONS,POST'],
])('OPTIONS %s', async (path, allow) => {
  const answer = await rest.ask(`OPTIONS ${path}`)
  expect([answer.status, answer.headers.get('allow')]).toEqual([200, allow])
})
