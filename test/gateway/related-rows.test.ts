import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { administer } from '../support/administer.ts'
import { useDatabase } from '../support/database.ts'
import { useGateway } from '../support/gateway.ts'

const database = useDatabase(
  readFileSync(join(import.meta.dirname, 'cases', 'schema.sql'), 'utf8'),
  `create table diary (id int primary key, author_id int not null references author (id), mood text, secret text);
   create table shade (name text primary key);
   create table painted (id int primary key, shade_name extensions.citext not null references shade (name));
   insert into shade values ('red'), ('Red'), ('blue');
   insert into painted values (1, 'red'), (2, 'Red'), (3, 'red'), (4, 'Red'), (5, 'blue'), (6, 'blue'), (7, 'blue');
   insert into diary values (1, 1, 'fine', 'one'), (2, 1, 'fine', 'two'), (3, 2, 'sad', 'three');
   revoke all on diary from anon, authenticated;
   grant select (id, author_id, mood) on diary to authenticated;
   create table author_column (id int primary key);
   create table text_search (id int primary key);
   create view article_card with (security_invoker) as select id, title, author_id from article;
   comment on view article_card is e'@graphql({"primary_key_columns": ["id"], "foreign_keys": [{"local_columns": ["author_id"], "foreign_schema": "public", "foreign_table": "author_card", "foreign_columns": ["id"], "local_name": "cards", "foreign_name": "writer"}]})';
   create view author_card with (security_invoker) as select id, name from author;
   comment on view author_card is e'@graphql({"primary_key_columns": ["id"]})';
   create function secret_mood() returns setof diary stable language sql security definer as 'select * from diary';
   create function writers() returns setof author stable language sql as 'select * from author'`,
)
const app = useGateway(database)

interface Page {
  readonly edges: readonly { readonly cursor: string; readonly node: { readonly slug: string } }[]
  readonly pageInfo: { readonly hasNextPage: boolean; readonly hasPreviousPage: boolean }
}

const orders: readonly (readonly [name: string, orderBy: readonly object[]])[] = [
  ['a column two relations away, nulls last', [{ author: { city: { name: 'AscNullsLast' } } }]],
  ['the same, nulls first and descending', [{ author: { city: { name: 'DescNullsFirst' } } }]],
  ['a to-one that is often not there', [{ editor: { name: 'AscNullsFirst' } }, { words: 'DescNullsLast' }]],
  ['how many related rows', [{ remarkCollection: { count: 'DescNullsLast' } }]],
  ['how many rows of a related row', [{ editor: { articleCollection: { count: 'AscNullsLast' } } }]],
  [
    'both, and columns of its own',
    [
      { summary: { body: 'AscNullsLast' } },
      { remarkCollection: { count: 'AscNullsLast' } },
      { words: 'DescNullsLast' },
    ],
  ],
]

describe('keyset pages under an order over related rows', () => {
  const document = `query ($orderBy: [ArticleOrderBy!], $first: Int, $after: Cursor, $last: Int, $before: Cursor, $on: [ArticleColumn!]) {
    articleCollection(orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before, distinctOn: $on) {
      edges { cursor node { slug } } pageInfo { hasNextPage hasPreviousPage }
    }
  }`
  const page = async (variables: Record<string, unknown>) => {
    const { data, errors } = await app.graphql(document, { variables })
    expect(errors).toBeUndefined()
    return (data as { articleCollection: Page }).articleCollection
  }
  const slugs = ({ edges }: Page) => edges.map(({ node }) => node.slug)

  describe.each(orders)('%s', (_name, orderBy) => {
    test.each([[1], [3], [4]])('%i at a time, both ways', async (size) => {
      const all = slugs(await page({ orderBy }))
      expect(all).toHaveLength(10)

      const forth: string[] = []
      for (let after: string | undefined, more = true; more; ) {
        const next: Page = await page({ orderBy, first: size, after })
        expect(next.pageInfo.hasPreviousPage).toBe(forth.length > 0)
        forth.push(...slugs(next))
        more = next.pageInfo.hasNextPage
        after = next.edges.at(-1)?.cursor
      }
      expect(forth).toEqual(all)

      const back: string[] = []
      for (let before: string | undefined, more = true; more; ) {
        const next: Page = await page({ orderBy, last: size, before })
        expect(next.pageInfo.hasNextPage).toBe(back.length > 0)
        back.unshift(...slugs(next))
        more = next.pageInfo.hasPreviousPage
        before = next.edges[0]?.cursor
      }
      expect(back).toEqual(all)
    })
  })

  test('of rows that are distinct', async () => {
    const given = { orderBy: [{ remarkCollection: { count: 'DescNullsLast' } }], on: ['authorId'] }
    const all = slugs(await page(given))
    expect(all).toHaveLength(4)
    const first = await page({ ...given, first: 3 })
    const rest = await page({ ...given, first: 3, after: first.edges.at(-1)?.cursor })
    expect([...slugs(first), ...slugs(rest)]).toEqual(all)
    expect(rest.pageInfo.hasNextPage).toBe(false)
  })

  test('what is no cursor, or none of the order’s types, is refused', async () => {
    const forged = [1, 'x'].map((value) => Buffer.from(JSON.stringify([value, 'x'])).toString('base64'))
    for (const after of ['nonsense', ...forged]) {
      const { errors } = await app.graphql(document, { variables: { orderBy: orders[3]?.[1], after } })
      expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT' })
    }
  })
})

describe('what the role may not see', () => {
  const fieldsOf = async (type: string, role: string) => {
    const { data } = await app.graphql(`{ __type(name: "${type}") { inputFields { name } } }`, { role })
    return (data as { __type: { inputFields: { name: string }[] } | null }).__type?.inputFields.map(({ name }) => name)
  }

  test('a table is no relation to filter or order by', async () => {
    expect(await fieldsOf('AuthorFilter', 'anon')).not.toContain('diaryCollection')
    expect(await fieldsOf('AuthorOrderBy', 'anon')).not.toContain('diaryCollection')
    expect(await fieldsOf('AuthorFilter', 'authenticated')).toContain('diaryCollection')
  })

  test('a column is not there to look at', async () => {
    const { errors } = await app.graphql(
      '{ authorCollection(filter: { diaryCollection: { some: { secret: { eq: "one" } } } }) { edges { node { id } } } }',
    )
    expect(errors?.[0]?.message).toMatch(/"secret" is not defined/)
    for (const role of ['authenticated', 'service_role'])
      expect((await fieldsOf('DiaryFilter', role))?.includes('secret')).toBe(role === 'service_role')
  })

  test('hidden rows neither match nor count', async () => {
    const ask =
      '{ some: articleCollection(filter: { remarkCollection: { some: { hidden: { eq: true } } } }) { totalCount } every: articleCollection(filter: { remarkCollection: { every: { hidden: { eq: false } } } }) { totalCount } }'
    expect((await app.graphql(ask, { role: 'anon' })).data).toEqual({
      some: { totalCount: 0 },
      every: { totalCount: 10 },
    })
    const { data } = await app.graphql(ask, { role: 'service_role' })
    expect((data as { some: { totalCount: number } }).some.totalCount).toBeGreaterThan(0)
  })

  test('an order by hidden rows is the order without them', async () => {
    const ask =
      '{ articleCollection(orderBy: [{ remarkCollection: { count: DescNullsLast } }, { id: AscNullsLast }]) { edges { node { id remarkCollection { totalCount } } } } }'
    const { data } = await app.graphql(ask, { role: 'anon' })
    type Edge = { node: { id: number; remarkCollection: { totalCount: number } } }
    const rows = (data as { articleCollection: { edges: Edge[] } }).articleCollection.edges.map(({ node }) => node)
    const sorted = rows.toSorted((a, b) => b.remarkCollection.totalCount - a.remarkCollection.totalCount || a.id - b.id)
    expect(rows).toEqual(sorted)
  })
})

describe('relations of all kinds', () => {
  test.each([
    [
      'a filter over views',
      '{ articleCardCollection(filter: { writer: { name: { eq: "Ada" } } }) { edges { node { id } } } }',
      [4, 8],
    ],
    [
      'an order over views',
      '{ articleCardCollection(first: 3, orderBy: [{ writer: { name: DescNullsLast } }]) { edges { node { id } } } }',
      [3, 7, 2],
    ],
    [
      'a count over views',
      '{ authorCardCollection(first: 2, orderBy: [{ cards: { count: AscNullsLast } }, { id: DescNullsLast }]) { edges { node { id } } } }',
      [4, 1],
    ],
    [
      'a count over keys that are alike in the one type and not in the other',
      '{ shadeCollection(first: 1, orderBy: [{ paintedCollection: { count: DescNullsLast } }]) { edges { node { id: name } } } }',
      ['blue'],
    ],
    [
      'the rows of a function',
      '{ writers(filter: { city: { name: { eq: "Rome" } } }, orderBy: [{ articleCollection: { count: DescNullsLast } }], distinctOn: [name]) { edges { node { id } } } }',
      [2],
    ],
  ])('%s', async (_name, document, ids) => {
    const { data, errors } = await app.graphql(document)
    expect(errors).toBeUndefined()
    const [rows] = Object.values(data as Record<string, { edges: { node: { id: number } }[] }>)
    expect(rows?.edges.map(({ node }) => node.id)).toEqual(ids)
  })

  test('a filter over related rows bounds what is changed', async () => {
    const { data } = await app.graphql(
      'mutation { updateArticleCollection(set: { words: 1 }, filter: { author: { name: { eq: "Carla" } }, remarkCollection: { none: {} } }, atMost: 9) { affectedCount records { slug } } }',
    )
    expect(data).toMatchObject({
      updateArticleCollection: { affectedCount: 2, records: [{ slug: 'a6' }, { slug: 'a10' }] },
    })
  })
})

describe('rows that each name another', () => {
  const ask = (orderBy: string) => app.graphql(`{ ${orderBy} { edges { node { id writer { name } } } } }`)
  const namesOf = ({ data }: Awaited<ReturnType<typeof ask>>) => {
    type Edge = { node: { id: number; writer: { name: string } | null } }
    const [rows] = Object.values(data as Record<string, { edges: Edge[] }>)
    return rows?.edges.map(({ node }) => [node.id, node.writer?.name ?? null])
  }
  const keepsAll = async () => {
    const [sql = ''] = await app.gateway.explain('authenticated', `{ ${byWriter} { edges { node { id } } } }`)
    return sql.includes('left join')
  }
  const byWriter = 'pieceCollection(orderBy: [{ writer: { name: DescNullsLast } }])'

  beforeAll(async () => {
    await administer(
      database.connections,
      `create table writer (id int primary key, name text not null);
       create table piece (id int primary key, writer_id int not null references writer (id));
       insert into writer values (1, 'Ada'), (2, 'Bo');
       insert into piece values (1, 1), (2, 2), (3, 1);
       create function pieces() returns setof piece stable language sql as 'select 1, 1 union all select 9, 9';
       alter table writer enable row level security;
       create policy everybody on writer for select to authenticated using (true)`,
    )
    await app.refresh()
  })

  test('are joined to it as long as nothing may hide it', async () => {
    expect(await keepsAll()).toBe(false)
    expect(namesOf(await ask(byWriter))).toEqual([
      [2, 'Bo'],
      [1, 'Ada'],
      [3, 'Ada'],
    ])
  })

  test('stay where a function makes up what they name', async () => {
    expect(namesOf(await ask('pieces(orderBy: [{ writer: { name: AscNullsLast } }])'))).toEqual([
      [1, 'Ada'],
      [9, null],
    ])
  })

  test.each([
    ['a policy looks at the row', `alter policy everybody on writer using (name <> 'Bo')`],
    [
      'another policy restricts them',
      `alter policy everybody on writer using (true); create policy few on writer as restrictive for select using (name <> 'Bo')`,
    ],
    [
      'the policy is for others',
      `drop policy few on writer; drop policy everybody on writer; create policy others on writer for select to anon using (true);
       create policy own on writer for select to authenticated using (name <> 'Bo')`,
    ],
  ])('stay where %s', async (_name, change) => {
    await administer(database.connections, change)
    await app.refresh()
    expect(await keepsAll()).toBe(true)
    expect(namesOf(await ask(byWriter))).toEqual([
      [1, 'Ada'],
      [3, 'Ada'],
      [2, null],
    ])
  })
})

test('tables keep their names where a type would be called the same', async () => {
  const { data } = await app.graphql(
    '{ table: __type(name: "AuthorColumn") { kind } type: __type(name: "AuthorColumn_") { kind } search: __type(name: "TextSearch_") { kind } }',
  )
  expect(data).toEqual({ table: { kind: 'OBJECT' }, type: { kind: 'ENUM' }, search: { kind: 'INPUT_OBJECT' } })
})

describe('how many relations an operation may look at', () => {
  const deep = (levels: number): object =>
    levels === 0 ? { id: { eq: 1 } } : { author: { articleCollection: { some: deep(levels - 1) } } }

  test.each([
    ['filters', '$given: ArticleFilter', 'filter', deep],
    [
      'orders',
      '$given: [ArticleOrderBy!]',
      'orderBy',
      (n: number) => Array.from({ length: n }, () => ({ author: { city: { name: 'AscNullsLast' } } })),
    ],
  ])('%s', async (_name, declared, argument, make) => {
    const document = `query (${declared}) { articleCollection(${argument}: $given) { totalCount } }`
    expect((await app.graphql(document, { variables: { given: make(10) } })).data).toMatchObject({
      articleCollection: {},
    })
    for (const levels of [30, 60]) {
      const { errors } = await app.graphql(document, { variables: { given: make(levels) } })
      expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT' })
    }
  })
})

describe('bad input is the asker’s to mend', () => {
  test.each([
    [
      'a configuration that is not there',
      '{ articleCollection(filter: { title: { textSearch: { query: "x", config: "klingon" } } }) { totalCount } }',
    ],
    [
      'one with more than a name in it',
      `{ articleCollection(filter: { title: { textSearch: { query: "x", config: "a'b" } } }) { totalCount } }`,
    ],
    [
      'a raw query that is none',
      '{ articleCollection(filter: { title: { textSearch: { query: "a &", type: raw } } }) { totalCount } }',
    ],
    [
      'a search in what holds no text',
      '{ gadgetCollection(filter: { address: { textSearch: { query: "a" } } }) { edges { cursor } } }',
    ],
    ['a path that is none', '{ articleCollection(filter: { meta: { matches: "$.[" } }) { totalCount } }'],
    ['an empty path', '{ articleCollection(filter: { meta: { path: { at: [], eq: 1 } } }) { totalCount } }'],
    [
      'two columns in one entry',
      '{ articleCollection(orderBy: [{ author: { name: AscNullsLast, id: AscNullsLast } }]) { totalCount } }',
    ],
  ])('%s', async (_name, document) => {
    const { data, errors } = await app.graphql(document)
    expect(data?.articleCollection).toBeFalsy()
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT' })
  })

  test.each([["dark' or true --"], ['"); drop table article; --']])('%s is a value like any other', async (text) => {
    const { data, errors } = await app.graphql(
      `query ($v: JSONValue, $at: [String!]!, $q: String!, $r: String) {
        a: articleCollection(filter: { meta: { path: { at: ["theme"], eq: $v } } }) { totalCount }
        b: articleCollection(filter: { meta: { path: { at: $at, is: NOT_NULL } } }) { totalCount }
        c: articleCollection(filter: { title: { textSearch: { query: $q } } }) { totalCount }
        d: articleCollection(filter: { author: { name: { eq: $r } }, meta: { hasKey: $r } }) { totalCount } }`,
      { variables: { v: text, at: [text], q: text, r: text } },
    )
    expect(errors).toBeUndefined()
    expect(data).toEqual({ a: { totalCount: 0 }, b: { totalCount: 0 }, c: { totalCount: 0 }, d: { totalCount: 0 } })
  })
})
