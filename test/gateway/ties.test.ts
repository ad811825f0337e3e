import { expect, test } from 'vitest'
import { administer } from '../support/administer.ts'
import { useDatabase } from '../support/database.ts'
import { useGateway } from '../support/gateway.ts'

/** What decides between rows that agree in an order: the key, as in an index that holds the order. */

const change = async (sql: string) => {
  await administer(database.connections, sql)
  await app.refresh()
}

const database = useDatabase(
  `comment on schema public is '@graphql({"inflect_names": true})';
   create table note (id int primary key, at int not null, rank int, author_id int);
   insert into note select i, i / 4, nullif(i % 3, 0), i % 2 from generate_series(1, 11) i;
   grant select on note to authenticated`,
)
const app = useGateway(database)

const note = (args: string) =>
  `{ noteCollection(${args}) { edges { node { id } } pageInfo { hasNextPage endCursor } } }`

interface Page {
  readonly edges: readonly { readonly node: { readonly id: number } }[]
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string }
}

async function page(args: string): Promise<Page> {
  const { data, errors } = await app.graphql(note(args))
  expect(errors).toBeUndefined()
  return data?.noteCollection as Page
}

const idsOf = ({ edges }: Page) => edges.map(({ node }) => node.id)

const newestFirst = 'orderBy: [{at: DescNullsLast}]'
const ascending = [8, 9, 10, 11, 4, 5, 6, 7, 1, 2, 3]
const descending = [11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]

test.each([
  ['no index', undefined, newestFirst, ascending],
  ['one in the other direction of the key', '(at desc, id)', newestFirst, ascending],
  ['one in the direction of the order', '(at desc, id desc)', newestFirst, descending],
  ['one that is read backwards', '(at, id)', newestFirst, descending],
  ['one behind another column', '(author_id, at desc, id desc)', newestFirst, descending],
  ['one of more columns', '(at desc, id desc, rank)', newestFirst, ascending],
  ['one of a part of the rows', '(at desc, id desc) where id > 5', newestFirst, ascending],
  ['one of something else', '(rank desc, id desc)', newestFirst, ascending],
  [
    'one with the nulls elsewhere',
    '(rank desc, id desc)',
    'orderBy: [{rank: DescNullsLast}]',
    [2, 5, 8, 11, 1, 4, 7, 10, 3, 6, 9],
  ],
  [
    'one with the nulls there',
    '(rank desc nulls last, id desc)',
    'orderBy: [{rank: DescNullsLast}]',
    [11, 8, 5, 2, 10, 7, 4, 1, 9, 6, 3],
  ],
  ['two, of which one has the key ascending', '(at, id)', newestFirst, ascending, '(at desc, id)'],
] as const)('with %s', async (_, index, args, expected, other = undefined) => {
  const made = [index, other].map((columns, i) => (columns ? `create index tied${i} on note ${columns};` : ''))
  await change(made.join(''))
  try {
    expect(idsOf(await page(args))).toEqual(expected)
    expect(idsOf(await page(args.replace('orderBy', 'last: 4, orderBy')))).toEqual(expected.slice(-4))

    const seen: number[] = []
    let after = ''
    for (let more = true; more; ) {
      const next = await page(`first: 3, ${after} ${args}`)
      seen.push(...idsOf(next))
      more = next.pageInfo.hasNextPage
      after = `after: "${next.pageInfo.endCursor}",`
    }
    expect(seen).toEqual(expected)
  } finally {
    await change('drop index if exists tied0, tied1')
  }
})

const held = 'create index tied0 on note (at desc, id desc)'
const none = 'drop index if exists tied0'

test.each([
  ['made', none, held, ascending],
  ['dropped', held, none, descending],
  ['replaced', held, `${none}; create index tied0 on note (at desc, id)`, descending],
])('an index that is %s between two pages changes the places of no rows', async (_, before, after, expected) => {
  await change(before)
  const first = await page(`first: 2, ${newestFirst}`)
  await change(after)
  try {
    const next = (cursor: string) => page(`first: 4, after: "${cursor}", ${newestFirst}`)
    const second = await next(first.pageInfo.endCursor)
    const third = await next(second.pageInfo.endCursor)
    expect([first, second, third].flatMap(idsOf)).toEqual(expected.slice(0, 10))
    const back = await page(`last: 3, before: "${third.pageInfo.endCursor}", ${newestFirst}`)
    expect(idsOf(back)).toEqual(expected.slice(6, 9))
  } finally {
    await change(none)
  }
})

const cursorOf = (...parts: unknown[]) => Buffer.from(JSON.stringify(parts)).toString('base64')
const refused = 'Failed to decode cursor, please check for typos'

test.each([
  ['one of pg_graphql', cursorOf(2, 9), [10, 11]],
  ['one whose ties ascended', cursorOf(2, 9, ['asc']), [10, 11]],
  ['one whose ties descended', cursorOf(2, 9, ['desc']), [8, 7]],
  [
    'one of more ties',
    cursorOf(2, 9, ['desc', 'desc']),
    'The cursor is of another order: ask for the first page again',
  ],
  ['one of a direction that is none', cursorOf(2, 9, ['down']), refused],
  ['one of nothing but directions', cursorOf(['desc']), refused],
])('%s is taken at its word', async (_, cursor, expected) => {
  const document = note(`first: 2, after: "${cursor}", ${newestFirst}`)
  await change(held)
  try {
    const byVariable = document.replace('{', 'query ($c: Cursor) {').replace(`"${cursor}"`, '$c')
    for (const answer of [await app.graphql(document), await app.graphql(byVariable, { variables: { c: cursor } })]) {
      const { data, errors } = answer
      expect(errors?.[0]?.message ?? idsOf(data?.noteCollection as Page)).toEqual(expected)
    }
  } finally {
    await change(none)
  }
})

test('the next page is one comparison for such an index', async () => {
  await change(held)
  const { pageInfo } = await page(`first: 3, ${newestFirst}`)
  const asked = note(`first: 3, after: "${pageInfo.endCursor}", ${newestFirst}`)
  const [statement] = await app.gateway.explain('authenticated', asked, {})
  expect(statement).toMatch(/where \("t1"."at", "t1"."id"\) < \(/)
  await change(none)
})
