import { describe, expect, test } from 'vitest'
import { administer } from '../support/administer.ts'
import { useDatabase } from '../support/database.ts'
import { createTestGateway, type TestGateway, type TestGatewayOptions } from '../support/gateway.ts'

/** What pg_graphql's users rely on that no single operation shows: switches, functions in introspection, cursors. */

const database = useDatabase(
  `create schema open; create schema shut;
   comment on schema open is '@graphql({"inflect_names": true, "introspection": true})';
   comment on schema shut is '@graphql({"inflect_names": true, "introspection": false})';
   create table open.blog (id int primary key, content text);
   create table shut.account (id int primary key, blog_id int references open.blog, email text);
   create function open.many(variadic a int[]) returns int immutable language sql as $$ select 1 $$;
   create function open.twice(a int) returns int immutable language sql as $$ select a * 2 $$;
   create function open.twice(a text) returns text immutable language sql as $$ select a || a $$;
   create function open.nothing() returns void language sql as $$ select $$;
   create function open.pairs() returns table (a int, b int) stable language sql as $$ select 1, 2 $$;
   create function open.optional(a int default -1, b text default 'it''s', c bool default false, d float8 default 2.5,
     e int default null, f date default now(), g bigint default 7, h int[] default '{1}', i varchar default e'\\\\')
     returns text stable language sql as $$ select concat_ws(',', a, b, c, d, e, g, h) $$;
   create function open.needs(a int) returns int stable language sql as $$ select a $$;
   insert into open.blog select i, case when i % 2 = 0 then 'even' end from generate_series(1, 5) i;
   insert into shut.account values (1, 1, 'a@example.com');
   grant usage on schema open, shut to anon, authenticated;
   grant select on open.blog, shut.account to anon; grant all on open.blog, shut.account to authenticated`,
)

async function withGateway<T>(options: TestGatewayOptions, ask: (app: TestGateway) => Promise<T>): Promise<T> {
  const app = await createTestGateway(database, options)
  try {
    return await ask(app)
  } finally {
    await app.close()
  }
}

const both = ['open', 'shut']

describe('introspection', () => {
  const types = '{ blog: __type(name: "Blog") { name } account: __type(name: "Account") { name } }'
  const all = { blog: { name: 'Blog' }, account: { name: 'Account' } }
  const refused = /introspection has been disabled/

  test.each<[string, TestGatewayOptions, object | RegExp]>([
    ['shows the schemas that are open', { schemas: both, mode: 'production' }, { ...all, account: null }],
    ['as well in development, where one says no', { schemas: both }, { ...all, account: null }],
    ['is refused where no schema is open', { schemas: ['shut'], mode: 'production' }, refused],
    ['is off by default where others can ask', { schemas: ['public'], settings: { introspection: false } }, refused],
    ['is on by default in development', { schemas: ['public'] }, { blog: null, account: null }],
  ])('%s', async (_name, options, expected) => {
    const { data, errors } = await withGateway(options, (app) => app.graphql(types))
    if (expected instanceof RegExp) expect(errors?.[0]?.message).toMatch(expected)
    else expect(data).toEqual(expected)
  })

  test('of a part leaves the rest as it is asked for, in the same operation', async () => {
    const document = `query ($filter: AccountFilter, $no: Boolean = false) {
      accountCollection(filter: $filter) { edges { node { email blog { id } } } }
      ...told
      __type(name: "Blog") @skip(if: $no) { fields { name } }
    }
    fragment told on Query { __schema { mutationType { fields { ...name } } queryType { name } } add: __typename }
    fragment name on __Field { name }`
    const asked = { variables: { filter: { id: { eq: 1 } } } }
    await withGateway({ schemas: both, composed: [], mode: 'production' }, async (app) => {
      for (const answer of [await app.graphql(document, asked), await app.overHttp(document, asked)]) {
        const { errors, data } = answer
        expect(errors).toBeUndefined()
        expect(data).toEqual({
          accountCollection: { edges: [{ node: { email: 'a@example.com', blog: { id: 1 } } }] },
          __schema: { mutationType: { fields: expect.anything() }, queryType: { name: 'Query' } },
          // No field leads to what is hidden.
          __type: { fields: [{ name: 'nodeId' }, { name: 'id' }, { name: 'content' }] },
          add: 'Query',
        })
        const told = JSON.stringify((data as { __schema: unknown }).__schema)
        expect(told).toMatch(/insertIntoBlogCollection/)
        expect(told).not.toMatch(/Account/)
      }
    })
  })

  test('tells of no hidden type in errors about variables', async () => {
    const { errors } = await withGateway({ schemas: both, mode: 'production' }, (app) =>
      app.graphql(
        'query ($f: AccountFilter!) { __schema { queryType { name } } accountCollection(filter: $f) { edges { cursor } } }',
      ),
    )
    expect(errors?.[0]?.message).toMatch(/^Variable "\$f" of required type/)
  })
})

describe('what is not there', () => {
  test('a role that may change nothing has no mutations, and everything else', async () => {
    const document = '{ __schema { mutationType { name } } blogCollection(first: 1) { edges { node { id } } } }'
    const answer = await withGateway({ schemas: ['open'], composed: [] }, (app) =>
      app.graphql(document, { role: 'anon' }),
    )
    expect(answer).toEqual({
      status: 200,
      data: { __schema: { mutationType: null }, blogCollection: { edges: [{ node: { id: 1 } }] } },
    })
  })

  test.each([
    [[], ['blogByPk', 'blogCollection', 'needs', 'node', 'optional']],
    [
      ['storage'] as const,
      ['blogByPk', 'blogCollection', 'needs', 'node', 'optional', 'storageBuckets', 'storageObjects'],
    ],
  ])('services that are not composed: %j', async (composed, expected) => {
    const { data } = await withGateway({ schemas: ['open'], composed }, (app) =>
      app.graphql('{ __type(name: "Query") { fields { name } } }'),
    )
    const { __type } = data as { __type: { fields: { name: string }[] } }
    // Overloaded, variadic and void functions, and those that answer rows of no table, are not there either.
    expect(__type.fields.map(({ name }) => name)).toEqual(expected)
  })
})

describe('functions', () => {
  test('say which defaults their arguments have, and leave the others to the database', async () => {
    const document = `{ __type(name: "Query") { fields { name args { name defaultValue type { name kind } } } }
      none: optional  some: optional(a: 5, b: "x", c: true, h: [2])  null: optional(a: null, e: 3) }`
    const { data } = await withGateway({ schemas: ['open'], composed: [] }, (app) => app.graphql(document))
    const { fields } = (data as { __type: { fields: { name: string; args: Record<string, unknown>[] }[] } }).__type
    const args = fields.find(({ name }) => name === 'optional')?.args ?? []
    expect(args.map(({ name, defaultValue }) => [name, defaultValue])).toEqual([
      ['a', '-1'],
      ['b', '"it\'s"'],
      ['c', 'false'],
      ['d', '2.5'],
      ['e', null],
      ['f', null],
      ['g', null],
      ['h', null],
      ['i', '"\\\\"'],
    ])
    const needed = fields.find(({ name }) => name === 'needs')?.args[0]
    expect(needed).toEqual({ name: 'a', defaultValue: null, type: { name: null, kind: 'NON_NULL' } })
    expect(data).toMatchObject({
      none: "-1,it's,f,2.5,7,{1}",
      some: '5,x,t,2.5,7,{2}',
      null: "it's,f,2.5,3,7,{1}",
    })
  })
})

describe('cursors', () => {
  const cursor = (...values: unknown[]) => Buffer.from(JSON.stringify(values)).toString('base64')
  const page = `query ($after: Cursor) {
    blogCollection(first: 2, after: $after, orderBy: [{ content: AscNullsFirst }]) { edges { node { id } } } }`

  test('of fewer and of more columns than the order are told apart once the operation is known', async () => {
    await withGateway({ schemas: ['open'] }, async (app) => {
      const ids = async (after: string | null) => {
        const { data, errors } = await app.overHttp(page, { variables: { after } })
        if (errors) return errors[0]?.message
        const { blogCollection } = data as { blogCollection: { edges: { node: { id: number } }[] } }
        return blogCollection.edges.map(({ node }) => node.id)
      }
      for (let round = 0; round < 2; round++) {
        expect(await ids(null)).toEqual([1, 3])
        expect(await ids(cursor(null, 3))).toEqual([5, 2])
        expect(await ids(cursor(null))).toEqual([2, 4])
        // pg_graphql writes the key once more where rows are ordered by it.
        expect(await ids(cursor(null, 1, 1))).toEqual([3, 5])
        for (const wrong of ['', 'nonsense', cursor(), Buffer.from('{"a": 1}').toString('base64')])
          expect(await ids(wrong)).toMatch(/Failed to decode cursor/)
      }
    })
  })
})

describe('the schema follows the database', () => {
  test('grants, comments and types, without a request in flight being dropped', async () => {
    await administer(
      database.connections,
      `create function open.slowly() returns text stable language sql as $$ select pg_sleep(1)::text || 'done' $$`,
    )
    await withGateway({ schemas: both, composed: [] }, async (app) => {
      const slow = app.graphql('{ slowly blogCollection(first: 1) { edges { node { content } } } }', { role: 'anon' })
      const types = async () => {
        const { data } = await app.graphql('{ __type(name: "Blog") { fields { name } } }', { role: 'anon' })
        return JSON.stringify(data)
      }
      const changes: [string, RegExp][] = [
        [`comment on column open.blog.content is '@graphql({"name": "body"})'`, /"body"/],
        ['revoke select on open.blog from anon; grant select (id) on open.blog to anon', /"id"\}\]/],
        ['revoke all on open.blog from anon', /null/],
        [`grant select on open.blog to anon; comment on column open.blog.content is null`, /"content"/],
      ]
      for (const [change, seen] of changes) {
        await administer(database.connections, change)
        await app.refresh()
        expect(await types()).toMatch(seen)
      }
      expect(await slow).toMatchObject({ status: 200, data: { slowly: 'done' } })
    })
  })
})
