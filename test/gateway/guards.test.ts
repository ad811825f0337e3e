import { describe, expect, test } from 'vitest'
import { administer } from '../support/administer.ts'
import { useDatabase } from '../support/database.ts'
import { createTestGateway, useGateway } from '../support/gateway.ts'

const database = useDatabase(
  `comment on schema public is '@graphql({"inflect_names": true, "max_rows": 1000})';
   create table author (id int primary key, name text not null unique, "odd ""name""" int, unique (name, "odd ""name"""));
   create table book (id int primary key, author_id int not null references author, title text check (title <> 'x'));
   insert into author values (1, 'ada', 1), (2, 'bob', 2);
   insert into book values (1, 1, 'a');
   create table guarded (id int primary key, owner text);
   alter table guarded enable row level security;
   create policy "the secret name" on guarded as restrictive for all using (owner = 'me');
   create policy anyone on guarded for all using (true);`,
)
const app = useGateway(database)
const strict = useGateway(database, {
  mode: 'production',
  settings: {
    maxAliases: 3,
    maxDepth: 6,
    maxRootFields: 2,
    maxDirectives: 2,
    maxFields: 10,
    maxTokens: 200,
    maxCost: 100,
    maxPageSize: 200,
    maxBatch: 2,
  },
})

const authors = (selection: string) => `{ authorCollection(first: 1) { edges { node { ${selection} } } } }`

describe('an operation past a limit is refused, and one at it is not', () => {
  test.each<[string, string, string, RegExp]>([
    [
      'aliases',
      '{ a: __typename b: __typename }',
      '{ authorCollection(first: 1) { a: __typename b: __typename c: __typename d: __typename } }',
      /aliases; at most 3/,
    ],
    [
      'root fields',
      '{ __typename ...f } fragment f on Query { a: __typename }',
      '{ __typename ...f } fragment f on Query { a: __typename b: __typename }',
      /root fields; at most 2/,
    ],
    [
      'levels',
      authors('id bookCollection(first: 1) { edges { __typename } }'),
      authors('bookCollection(first: 1) { edges { node { id } } }'),
      /levels; at most 6/,
    ],
    [
      'directives',
      '{ __typename @skip(if: false) @include(if: true) }',
      '{ __typename @skip(if: false) @include(if: true) @skip(if: false) }',
      /directives; at most 2/,
    ],
    [
      'directives in fragments',
      '{ authorCollection(first: 1) { ...f } } fragment f on AuthorConnection { __typename @skip(if: false) }',
      '{ authorCollection(first: 1) { ...f ...f ...f } } fragment f on AuthorConnection { __typename @skip(if: false) }',
      /directives; at most 2/,
    ],
    ['fields', authors('id name'), authors('id name id name id name id name'), /fields; at most 10/],
    [
      'rows',
      '{ authorCollection(first: 90) { edges { node { id } } } }',
      '{ authorCollection(first: 101) { edges { node { id } } } }',
      /up to 102 rows; at most 100/,
    ],
    [
      'rows of a page',
      '{ authorCollection(last: 90) { edges { node { id } } } }',
      '{ authorCollection(last: 201) { edges { node { id } } } }',
      /"last" asks for 201 rows; a page may have 200\./,
    ],
    [
      'rows of rows',
      '{ authorCollection(first: 5) { edges { node { bookCollection(first: 10) { totalCount: __typename } } } } }',
      '{ authorCollection(first: 10) { edges { node { bookCollection(first: 10) { edges { cursor } } } } } }',
      /rows; at most 100/,
    ],
    ['tokens', '{ __typename }', `{ ${'__typename '.repeat(250)} }`, /token/i],
  ])('%s', async (_name, good, bad, message) => {
    expect((await strict.graphql(good)).errors).toBeUndefined()
    const { errors, data } = await strict.graphql(bad)
    expect(errors?.[0]?.message).toMatch(message)
    expect(data ?? null).toBeNull()
  })

  test('the size of a page counts where a variable holds it', async () => {
    const document = 'query ($n: Int) { authorCollection(first: $n) { edges { node { id } } } }'
    expect((await strict.overHttp(document, { variables: { n: 2 } })).errors).toBeUndefined()
    expect((await strict.overHttp(document, { variables: { n: 500 } })).errors?.[0]?.extensions).toEqual({
      code: 'OPERATION_TOO_COMPLEX',
    })
    expect((await strict.overHttp(document, { variables: { n: 2 } })).errors).toBeUndefined()
  })

  test('operations of one request', async () => {
    const ask = async (count: number) => {
      const body = JSON.stringify(Array.from({ length: count }, () => ({ query: authors('id') })))
      const headers = { 'content-type': 'application/json' }
      const request = new Request('http://portico.test/graphql/v1', { method: 'POST', headers, body })
      const caller = { role: 'authenticated', claims: { role: 'authenticated' } }
      const requestInfo = { method: 'POST', path: '/graphql/v1', headers: {} }
      return (await strict.gateway.fetch(request, { caller, requestInfo })).text()
    }
    const one = { data: { authorCollection: { edges: [{ node: { id: 1 } }] } } }
    expect(JSON.parse(await ask(2))).toEqual([one, one])
    expect(await ask(3)).toMatch(/Batching is limited to 2 operations/)
  })
})

describe('validation takes no longer than what it validates', () => {
  const many = (count: number, of: (i: number) => string) => Array.from({ length: count }, (_, i) => of(i)).join(' ')
  test.each([
    ['one field thousands of times', `{ ${many(4000, () => '__typename')} }`],
    ['one field thousands of times, deep down', authors(many(3000, () => 'id'))],
    [
      'one field with arguments thousands of times',
      `{ ${many(90, () => '...f')} } fragment f on Query { ${many(50, () => 'node(nodeId: "x") { nodeId }')} }`,
    ],
    [
      'fragments that spread one another',
      `{ ...f0 } ${many(400, (i) => `fragment f${i} on Query { ...f${(i + 1) % 400} ...f${(i + 7) % 400} __typename }`)}`,
    ],
    [
      'fragments of fragments, each twice',
      `{ ...f0 } ${many(60, (i) => `fragment f${i} on Query { ...f${i + 1} ...f${i + 1} }`)} fragment f60 on Query { __typename }`,
    ],
    ['a fragment that spreads itself', '{ ...f } fragment f on Query { ...f }'],
    ['a fragment that spreads itself levels below', `${authors('...f')} fragment f on Author { author { ...f } }`],
    [
      'pairs of pairs',
      authors(Array.from({ length: 12 }).reduce<string>((inner) => `author { ${inner} } author { ${inner} }`, 'id')),
    ],
    ['many definitions', many(3000, (i) => `query q${i} { __typename }`)],
    ['variables by the thousand', `query (${many(3000, (i) => `$v${i}: Int`)}) { __typename }`],
  ])('%s', async (_name, document) => {
    const before = process.cpuUsage()
    const { errors } = await app.graphql(document)
    const { user, system } = process.cpuUsage(before)
    expect(errors?.length).toBeGreaterThan(0)
    expect(errors?.map(({ extensions }) => extensions?.code)).not.toContain('INTERNAL_SERVER_ERROR')
    // Seconds, minutes or for ever, without limits.
    expect((user + system) / 1e6).toBeLessThan(5)
  })
})

describe('introspection', () => {
  test.each([
    ['on', true, undefined],
    ['off', false, /introspection/i],
  ])('is %s where settings say so, whatever the mode', async (_name, introspection, message) => {
    for (const mode of ['development', 'production'] as const) {
      const own = await createTestGateway(database, { mode, settings: { introspection } })
      const { errors } = await own.graphql('{ __schema { queryType { name } } }')
      const misspelt = await own.graphql('{ autorCollection { edges { cursor } } }')
      await own.close()
      if (message) expect(errors?.[0]?.message).toMatch(message)
      else expect(errors).toBeUndefined()
      expect(/Did you mean/.test(misspelt.errors?.[0]?.message ?? '')).toBe(introspection)
    }
  })
})

describe('errors say what is wrong with what', () => {
  const insert = (row: string) => `mutation { insertIntoBookCollection(objects: [{ ${row} }]) { affectedCount } }`
  test.each<[string, string, Record<string, unknown>]>([
    [
      'unique',
      'mutation { insertIntoAuthorCollection(objects: [{ id: 3, name: "ada" }]) { affectedCount } }',
      { constraint: 'author_name_key', columns: ['name'] },
    ],
    [
      'the key',
      'mutation { insertIntoAuthorCollection(objects: [{ id: 1, name: "z" }]) { affectedCount } }',
      { constraint: 'author_pkey', columns: ['id'] },
    ],
    [
      'a reference',
      insert('id: 5, authorId: 99, title: "b"'),
      { constraint: 'book_author_id_fkey', columns: ['author_id'] },
    ],
    ['a check', insert('id: 5, authorId: 1, title: "x"'), { constraint: 'book_title_check' }],
    ['a null', insert('id: 5, title: "b"'), { columns: ['author_id'] }],
  ])('%s', async (_name, document, besides) => {
    const { errors } = await strict.graphql(document)
    const extensions = errors?.[0]?.extensions
    expect(extensions).toEqual({ code: 'CONSTRAINT_VIOLATION', sqlstate: expect.stringMatching(/^23/), ...besides })
  })

  test('names of columns as they are, values never', async () => {
    await administer(
      database.connections,
      'alter table author drop constraint author_name_key; alter table author drop constraint if exists "author_name_odd ""name""_key"; create unique index odd on author (name, "odd ""name""")',
    )
    await app.refresh()
    const { errors } = await app.graphql(
      'mutation { insertIntoAuthorCollection(objects: [{ id: 9, name: "ada" }]) { affectedCount } }',
    )
    expect(errors).toBeUndefined()
    await administer(
      database.connections,
      `update author set "odd ""name""" = 1 where id = 1; update author set "odd ""name""" = null where id = 9`,
    )
    const again = await app.graphql(
      'mutation { updateAuthorCollection(set: { name: "ada", id: 1 }, filter: { id: { eq: 9 } }) { affectedCount } }',
    )
    expect(again.errors?.[0]?.extensions).toMatchObject({ columns: ['id'] })
    expect(JSON.stringify(again.errors)).not.toMatch(/\(1\)|=\(/)
  })

  test('a policy that refuses stays unnamed', async () => {
    const { errors } = await strict.graphql(
      'mutation { insertIntoGuardedCollection(objects: [{ id: 1, owner: "you" }]) { affectedCount } }',
    )
    expect(errors?.[0]).toEqual({
      message: 'new row violates row-level security policy for table "guarded"',
      extensions: { code: 'FORBIDDEN', sqlstate: '42501' },
    })
  })

  test('a value that cannot be read, by its place in the document', async () => {
    const { errors } = await strict.graphql(
      '{ bookByPk(id: 1) { id }\n  node(nodeId: "WyJwdWJsaWMiLCAiYm9vayIsICJ4Il0=") { nodeId } }',
    )
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT' })
    await administer(database.connections, 'create table dated (id int primary key, at date)')
    await app.refresh()
    const dated = await app.graphql('{ datedCollection(filter: {\n  at: { eq: "soon" } }) { edges { cursor } } }')
    expect(dated.errors).toEqual([
      {
        message: 'invalid input syntax for type date: "soon"',
        locations: [{ line: 2, column: 13 }],
        extensions: { code: 'BAD_USER_INPUT', sqlstate: '22007' },
      },
    ])
  })

  test('a value that cannot be read, by its path in the variables', async () => {
    const document = 'query ($f: DatedFilter) { datedCollection(filter: $f) { edges { cursor } } }'
    for (const ask of [app.graphql, app.overHttp]) {
      const { errors } = await ask(document, { variables: { f: { or: [{ id: { eq: 1 } }, { at: { gt: 'soon' } }] } } })
      expect(errors?.[0]?.extensions).toEqual({ code: 'BAD_USER_INPUT', sqlstate: '22007', variable: '$f.or.1.at.gt' })
    }
  })

  const row = (id: number, at: string) => `{ id: ${id}, at: "${at}" }`
  test('a value of many rows that cannot be read, as one of few', async () => {
    const { errors } = await app.graphql(
      `mutation { insertIntoDatedCollection(objects: [${row(1, '2026-01-01')}, ${row(2, '2026-01-02')},\n${row(3, '2026-02-31')}]) { affectedCount } }`,
    )
    expect(errors?.[0]).toMatchObject({
      message: 'date/time field value out of range: "2026-02-31"',
      locations: [{ line: 2, column: 14 }],
      extensions: { code: 'BAD_USER_INPUT', sqlstate: '22008' },
    })
    const document =
      'mutation ($rows: [DatedInsertInput!]!) { insertIntoDatedCollection(objects: $rows) { affectedCount } }'
    const rows = Array.from({ length: 500 }, (_, id) => ({ id, at: id === 321 ? 'soon' : '2026-01-01' }))
    for (const ask of [app.graphql, app.overHttp]) {
      const { extensions } = (await ask(document, { variables: { rows } })).errors?.[0] ?? {}
      expect(extensions).toEqual({ code: 'BAD_USER_INPUT', sqlstate: '22007', variable: '$rows.321.at' })
    }
  })

  test('of two that read the same, the one of the type that is told', async () => {
    await administer(
      database.connections,
      'create table sized (id int primary key, name text, large bigint, small smallint); create table part (id int primary key, sized_id int references sized, small smallint)',
    )
    await app.refresh()
    const row = (id: number) => ({ id, name: '70000', large: '70000', small: id === 2 ? 70_000 : 1 })
    const nested = {
      id: 9,
      partCollection: {
        create: [
          { id: 1, small: 1 },
          { id: 2, small: 70_000 },
        ],
      },
    }
    for (const [rows, variable] of [
      [[row(1), row(2)], '$rows.1.small'],
      [[nested], '$rows.0.partCollection.create.1.small'],
    ]) {
      const { errors } = await app.graphql(
        'mutation ($rows: [SizedInsertInput!]!) { insertIntoSizedCollection(objects: $rows) { affectedCount } }',
        { variables: { rows } },
      )
      expect(errors?.[0]?.extensions).toEqual({ code: 'BAD_USER_INPUT', sqlstate: '22003', variable })
    }
  })
})
