import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { useDatabase } from '../support/database.ts'
import { useGateway } from '../support/gateway.ts'

const database = useDatabase(
  readFileSync(join(import.meta.dirname, 'cases', 'schema.sql'), 'utf8'),
  `create table visit (id int primary key, day date, at timestamp, open boolean, kind color, place text, secret int);
   comment on table visit is e'@graphql({"aggregate": {"enabled": true}, "max_rows": 3})';
   insert into visit select i, '2026-01-30'::date + i, '2026-01-30 23:30'::timestamp + i * interval '1 hour', i % 2 = 0, case when i > 3 then 'dark-blue'::color end, 'p' || i % 4, i from generate_series(1, 8) i;
   revoke all on visit from authenticated; grant select (id, day, at, open, kind, place) on visit to authenticated`,
)
const app = useGateway(database)

const groups = async (args: string, selection: string, role = 'authenticated') => {
  const { data, errors } = await app.graphql(`{ visitCollection { groups(${args}) { ${selection} } } }`, { role })
  expect(errors).toBeUndefined()
  return (data as { visitCollection: { groups: unknown[] } }).visitCollection.groups
}

test.each([
  [
    'a month of dates',
    'by: [{ column: day, bucket: Month }]',
    'key { day } aggregate { count }',
    [
      { key: { day: '2026-01-01' }, aggregate: { count: 1 } },
      { key: { day: '2026-02-01' }, aggregate: { count: 7 } },
    ],
  ],
  [
    'a day without time zone',
    'by: [{ column: at, bucket: Day }]',
    'key { at } aggregate { count max { open } }',
    [{ key: { at: '2026-01-31T00:00:00' }, aggregate: { count: 8, max: { open: true } } }],
  ],
  [
    'an enum by its mapped names',
    'by: [{ column: kind }], orderBy: [{ key: { kind: DescNullsLast } }]',
    'key { kind } aggregate { count }',
    [
      { key: { kind: 'DARK_BLUE' }, aggregate: { count: 5 } },
      { key: { kind: null }, aggregate: { count: 3 } },
    ],
  ],
  [
    'no more than max_rows',
    'by: [{ column: place }], first: 100',
    'key { place }',
    [{ key: { place: 'p0' } }, { key: { place: 'p1' } }, { key: { place: 'p2' } }],
  ],
  [
    'the next page',
    'by: [{ column: place }], first: 2, offset: 2',
    'key { place }',
    [{ key: { place: 'p2' } }, { key: { place: 'p3' } }],
  ],
  [
    'two columns',
    'by: [{ column: open }, { column: kind }], having: { count: { gt: 2 } }',
    'key { open kind } aggregate { count }',
    [{ key: { open: true, kind: 'DARK_BLUE' }, aggregate: { count: 3 } }],
  ],
  [
    'an alternative',
    'by: [{ column: place }], having: { or: [{ min: { place: { eq: "p3" } } }, { max: { id: { gte: 8 } } }] }',
    'key { place }',
    [{ key: { place: 'p0' } }, { key: { place: 'p3' } }],
  ],
])('%s', async (_name, args, selection, expected) => {
  expect(await groups(args, selection)).toEqual(expected)
})

test('hidden rows are in no group', async () => {
  const document = '{ remarkCollection { groups(by: [{ column: hidden }]) { key { hidden } aggregate { count } } } }'
  const of = async (role: string) => (await app.graphql(document, { role })).data
  expect(await of('anon')).toEqual({
    remarkCollection: { groups: [{ key: { hidden: false }, aggregate: { count: 16 } }] },
  })
  expect(JSON.stringify(await of('service_role'))).toContain('"count":4')
})

test('a column that the role may not read is in none of the types', async () => {
  const names = ['VisitColumn', 'VisitGroupKey', 'VisitSumHaving', 'VisitSumOrderBy']
  const document = `{ ${names.map((name) => `${name}: __type(name: "${name}") { fields { name } inputFields { name } enumValues { name } }`).join(' ')} }`
  const all = async (role: string) => JSON.stringify((await app.graphql(document, { role })).data)
  expect(await all('authenticated')).not.toContain('secret')
  expect((await all('service_role')).match(/secret/g)).toHaveLength(4)
})

describe('bad input', () => {
  test.each([
    ['no column', 'by: []', '"by" takes at least one column'],
    [
      'a column twice',
      'by: [{ column: day, bucket: Day }, { column: day, bucket: Year }]',
      '"by" takes each column once',
    ],
    [
      'a bucket of a text',
      'by: [{ column: place, bucket: Day }]',
      '"place" is no point in time: "bucket" takes columns of Date and Datetime',
    ],
    [
      'a time zone without need',
      'by: [{ column: day, bucket: Day, timeZone: "UTC" }]',
      '"timeZone" goes with the bucket of a column with time zone',
    ],
    [
      'an order by another column',
      'by: [{ column: day }], orderBy: [{ key: { place: AscNullsLast } }]',
      'Groups have no "place" to be ordered by: it is not in "by"',
    ],
    [
      'two orders in one',
      'by: [{ column: day }], orderBy: [{ count: AscNullsLast, max: { id: AscNullsLast } }]',
      'each entry of "orderBy" takes one value',
    ],
    ['a negative page', 'by: [{ column: day }], first: -1', '`first` must be an unsigned integer'],
    [
      'a search among aggregates',
      'by: [{ column: day }], having: { min: { place: { textSearch: { query: "x" } } } }',
      '"having" takes no "textSearch"',
    ],
  ])('%s', async (_name, args, message) => {
    const { data, errors } = await app.graphql(`{ visitCollection { groups(${args}) { aggregate { count } } } }`)
    expect(data ?? null).toBeNull()
    expect(errors?.[0]).toEqual({ message, extensions: { code: 'BAD_USER_INPUT' } })
  })

  test('a time zone that is none', async () => {
    const { errors } = await app.graphql(
      `query ($zone: String) { articleCollection { groups(by: [{ column: publishedAt, bucket: Day, timeZone: $zone }]) { aggregate { count } } } }`,
      { variables: { zone: "Mars'; drop table visit; --" } },
    )
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT' })
  })
})

test('all arguments work as variables, and other values do not plan anew', async () => {
  const document = `query ($c: ArticleColumn!, $b: TimeBucket, $z: String, $n: Int, $o: OrderByDirection, $w: BigInt) {
    articleCollection { groups(by: [{ column: $c, bucket: $b, timeZone: $z }], having: { sum: { words: { gt: $w } } }, orderBy: [{ count: $o }], first: $n) { key { publishedAt } aggregate { count } } } }`
  const variables = { c: 'publishedAt', b: 'Year', z: 'Europe/Rome', n: 5, o: 'DescNullsLast', w: '10' }
  const answers = [{}, { z: 'UTC' }, { w: '20' }].map((other) =>
    app.overHttp(document, { variables: { ...variables, ...other } }),
  )
  for (const answer of await Promise.all(answers))
    expect(answer.data).toMatchObject({ articleCollection: { groups: [{ aggregate: { count: 10 } }] } })
  const texts = await Promise.all(
    ['10', '20'].map((w) => app.gateway.explain('authenticated', document, { ...variables, w })),
  )
  expect(texts[0]).toEqual(texts[1])
})
