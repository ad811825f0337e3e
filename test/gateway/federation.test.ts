import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { getStitchedSchemaFromSupergraphSdl } from '@graphql-tools/federation'
import { composeServices } from '@theguild/federation-composition'
import { buildASTSchema, type DocumentNode, execute, graphql, parse, print } from 'graphql'
import { describe, expect, test } from 'vitest'
import { useDatabase } from '../support/database.ts'
import { createTestGateway, type UsedGateway, useGateway } from '../support/gateway.ts'
import { useSchemaFolder } from '../support/project-folder.ts'

/** As a subgraph of Apollo Federation 2: composed by another's library, asked as a router asks. */

const database = useDatabase(
  readFileSync(join(import.meta.dirname, 'cases', 'schema.sql'), 'utf8'),
  `create table swatch (hue color, no int, label text, primary key (hue, no));
   insert into swatch values ('dark-blue', 1, 'night'), ('red', 1, 'rose');
   create table blob (key jsonb primary key);
   create function _service() returns text stable language sql as $$ select 'mine' $$`,
)
const loud = `t.string({ columns: ['name'], resolve: (row) => row.name.toUpperCase() })`
const schemaFolder = useSchemaFolder({
  'loud.js': `export default (builder) => builder.tableField('author', 'loud', (t) => ${loud})`,
})
const settings = { federation: true }
const app = useGateway(database, { settings, schemaFolder })
const production = useGateway(database, { mode: 'production', settings })

const entities = `query ($of: [_Any!]!) { _entities(representations: $of) { __typename
  ... on Author { id name articleCollection(orderBy: [{ slug: AscNullsLast }], first: 1) { edges { node { slug } } } }
  ... on Article { slug author { name } } ... on Swatch { hue label } } }`
const ask = (of: readonly unknown[], role = 'authenticated') => app.graphql(entities, { role, variables: { of } })
const sdlOf = async (gateway: UsedGateway, role: string) => {
  const { data, errors } = await gateway.graphql('{ _service { sdl } }', { role })
  return { sdl: (data as { _service: { sdl: string } } | null)?._service.sdl ?? '', errors }
}

test('is an option', async () => {
  const plain = await createTestGateway(database)
  const { errors } = await plain.graphql('{ _entities(representations: []) { __typename } }')
  await plain.close()
  expect(errors?.[0]?.message).toMatch(/Cannot query field "_entities"/)
})

describe('_service', () => {
  test('tells the schema with the keys of its tables, and nothing of federation itself', async () => {
    const { sdl } = await sdlOf(app, 'authenticated')
    expect(sdl).toMatch(
      /^extend schema @link\(url: "https:\/\/specs\.apollo\.dev\/federation\/v2\.\d+", import: \["@key"/,
    )
    expect(sdl).toContain('type Author implements Node @key(fields: "id") @key(fields: "name") {')
    expect(sdl).toContain('type Shelf implements Node @key(fields: "building no") {')
    expect(sdl).toContain('type PageInfo @shareable {')
    expect(sdl).toMatch(/type Blob implements Node \{/)
    expect(sdl).not.toMatch(/_Any|_Entity|_entities|_service/)
  })

  test('as to a role, is told where introspection is on, and to the service role', async () => {
    const seen = /type Secret implements Node @key\(fields: "id"\) \{[^}]*\bword: String/
    expect((await sdlOf(app, 'authenticated')).sdl).not.toMatch(seen)
    const refused = await sdlOf(production, 'anon')
    expect(refused.errors?.[0]?.extensions).toEqual({ code: 'FORBIDDEN' })
    expect((await sdlOf(production, 'authenticated')).sdl).toBe('')
    expect((await sdlOf(production, 'service_role')).sdl).toMatch(seen)
  })
})

describe('_entities', () => {
  test('are answered in the order they were asked for, by each key, null where there is none', async () => {
    const of = [
      { __typename: 'Article', slug: 'a2' },
      { __typename: 'Author', id: 3, __extra: { any: 'thing' } },
      { __typename: 'Author', id: 4711 },
      { __typename: 'Swatch', hue: 'DARK_BLUE', no: 1 },
      { __typename: 'Author', name: 'Ada' },
      { __typename: 'Article', id: '2' },
      { __typename: 'Author', id: 3 },
    ]
    const carla = {
      __typename: 'Author',
      id: 3,
      name: 'Carla',
      articleCollection: { edges: [{ node: { slug: 'a10' } }] },
    }
    const article = { __typename: 'Article', slug: 'a2', author: { name: 'Carla' } }
    const { data, errors } = await ask(of)
    expect(errors).toBeUndefined()
    expect(data?._entities).toEqual([
      article,
      carla,
      null,
      { __typename: 'Swatch', hue: 'DARK_BLUE', label: 'night' },
      { ...carla, id: 1, name: 'Ada', articleCollection: { edges: [{ node: { slug: 'a4' } }] } },
      article,
      carla,
    ])
    expect((await ask([])).data).toEqual({ _entities: [] })
  })

  test('are one statement, whatever the number of rows and types, and planned once', async () => {
    const authors = (n: number) => Array.from({ length: n }, (_, i) => ({ __typename: 'Author', id: i }))
    const explain = (of: readonly unknown[]) => app.gateway.explain('authenticated', entities, { of })
    const [few, many] = [await explain(authors(5)), await explain(authors(7))]
    expect(few).toHaveLength(1)
    expect(many).toEqual(few)
    const mixed = [...authors(200), { __typename: 'Article', slug: 'a1' }, { __typename: 'Swatch', hue: 'red', no: 1 }]
    expect(await explain(mixed)).toHaveLength(1)
    for (const id of [1, 2, 1]) {
      const { data } = await app.overHttp(entities, { variables: { of: [{ __typename: 'Author', id }] } })
      expect(data?._entities).toMatchObject([{ id }])
    }
  })

  test('that policies hide are not there', async () => {
    const account = 'query ($of: [_Any!]!) { _entities(representations: $of) { ... on Account { email } } }'
    const of = [1, 5].map((id) => ({ __typename: 'Account', id: String(id) }))
    const answers = await Promise.all(
      ['anon', 'service_role'].map((role) => app.graphql(account, { role, variables: { of } })),
    )
    expect(answers.map(({ data }) => data?._entities)).toEqual([
      [{ email: 'u1@example.com' }, null],
      [{ email: 'u1@example.com' }, { email: 'u5@example.com' }],
    ])
  })

  test('have fields of code, too', async () => {
    const { data, errors } = await app.graphql(
      '{ _entities(representations: [{ __typename: "Author", id: 1 }, { __typename: "Author", id: 99 }]) { ... on Author { loud } } }',
    )
    expect(errors).toBeUndefined()
    expect(data).toEqual({ _entities: [{ loud: 'ADA' }, null] })
  })

  test.each<[string, unknown, string, RegExp]>([
    ['no type', { id: 1 }, 'BAD_USER_INPUT', /object with a "__typename"/],
    ['no object', 'Author', 'BAD_USER_INPUT', /object with a "__typename"/],
    ['a list', [['Author']], 'BAD_USER_INPUT', /object with a "__typename"/],
    ['a type that is none', { __typename: 'Nobody', id: 1 }, 'BAD_USER_INPUT', /no entity "Nobody"/],
    ['what every object has', { __typename: 'constructor' }, 'BAD_USER_INPUT', /no entity "constructor"/],
    ['a type without a key', { __typename: 'Blob', key: '{}' }, 'BAD_USER_INPUT', /no entity "Blob"/],
    ['half a key', { __typename: 'Shelf', no: 1 }, 'BAD_USER_INPUT', /all fields of one of its keys/],
    ['a value of another type', { __typename: 'Author', id: 'x' }, 'BAD_USER_INPUT', /invalid input syntax/],
    ['an object for a value', { __typename: 'Author', id: { a: 1 } }, 'BAD_USER_INPUT', /invalid input syntax/],
    ['SQL', { __typename: 'Author', name: `'); drop table author; --` }, '', /^$/],
  ])('%s is told as bad input', async (_name, one, code, message) => {
    for (const gateway of [app.graphql, app.overHttp]) {
      const { data, errors } = await gateway(entities, { variables: { of: [one] } })
      expect(errors?.[0]?.message ?? '').toMatch(message)
      if (code === '') expect(data).toEqual({ _entities: [null] })
    }
  })

  test('are bounded by what an operation may cost', async () => {
    const frugal = await createTestGateway(database, { settings: { federation: true, maxCost: 100 } })
    const of = (n: number) => Array.from({ length: n }, (_, id) => ({ __typename: 'Author', id }))
    const [few, many] = await Promise.all([20, 40].map((n) => frugal.graphql(entities, { variables: { of: of(n) } })))
    await frugal.close()
    expect(few?.errors).toBeUndefined()
    expect(many?.errors?.[0]?.extensions).toEqual({ code: 'OPERATION_TOO_COMPLEX' })
  })
})

describe('behind a router', () => {
  const ratings = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable"])
    type Query { newestRatings: [Rating!]! ratingPages: RatingConnection! }
    type PageInfo @shareable { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }
    type RatingConnection { pageInfo: PageInfo! }
    type Rating @key(fields: "id") { id: ID! stars: Int! article: Article author: Author }
    type Article @key(fields: "slug") { slug: String! ratings: [Rating!]! }
    type Author @key(fields: "id") { id: Int! }`
  const all = [
    { id: 'r1', stars: 5, article: { slug: 'a1' }, author: { id: 2 } },
    { id: 'r2', stars: 1, article: { slug: 'a3' }, author: { id: 3 } },
    { id: 'r3', stars: 3, article: { slug: 'a1' }, author: null },
  ]

  test('joins tables with what other services know, with one statement for each step', async () => {
    const { sdl } = await sdlOf(app, 'authenticated')
    const composed = composeServices([
      { name: 'portico', typeDefs: parse(sdl), url: 'http://portico.test' },
      { name: 'ratings', typeDefs: parse(ratings), url: 'http://ratings.test' },
    ])
    expect(composed.errors ?? []).toEqual([])
    const asked: { document: string; variables: Record<string, unknown> }[] = []
    const other = ratingsService(ratings, all)
    const supergraph = getStitchedSchemaFromSupergraphSdl({
      supergraphSdl: composed.supergraphSdl ?? '',
      onSubschemaConfig(config) {
        config.executor = (async ({ document, variables = {} }: { document: DocumentNode; variables?: object }) => {
          if (/ratings/i.test(config.name)) return await other(document, variables)
          asked.push({ document: print(document), variables: { ...variables } })
          return await app.graphql(print(document), { variables: { ...variables } })
        }) as never
      },
    })
    const { data, errors } = await graphql({
      schema: supergraph,
      source: `{ newestRatings { stars article { title author { name } } author { name city { name } } }
        articleCollection(filter: { slug: { in: ["a1", "a2"] } }, orderBy: [{ slug: AscNullsLast }]) { edges { node { slug ratings { stars } } } } }`,
    })
    expect(errors).toBeUndefined()
    expect(JSON.parse(JSON.stringify(data))).toEqual({
      newestRatings: [
        {
          stars: 5,
          article: { title: 'Running dogs 1', author: { name: 'Bruno' } },
          author: { name: 'Bruno', city: { name: 'Rome' } },
        },
        {
          stars: 1,
          article: { title: 'Dogs and cats 3', author: { name: 'Dario' } },
          author: { name: 'Carla', city: { name: 'Paris' } },
        },
        { stars: 3, article: { title: 'Running dogs 1', author: { name: 'Bruno' } }, author: null },
      ],
      articleCollection: {
        edges: [{ node: { slug: 'a1', ratings: [{ stars: 5 }, { stars: 3 }] } }, { node: { slug: 'a2', ratings: [] } }],
      },
    })
    expect(asked.some(({ document }) => document.includes('_entities'))).toBe(true)
    expect(asked.length).toBeLessThanOrEqual(3)
  })
})

/** Another subgraph, as graphql-js alone runs it. */
function ratingsService(typeDefs: string, all: readonly { article: { slug: string } }[]) {
  const sdl = `${typeDefs.replace(/extend schema [^\n]*\n/, '').replaceAll(/ @(key|shareable)(\([^)]*\))?/g, '')}
    scalar _Any union _Entity = Rating | Article | Author
    extend type Query { _entities(representations: [_Any!]!): [_Entity]! }`
  const schema = buildASTSchema(parse(sdl))
  const rootValue = {
    newestRatings: all,
    _entities: ({ representations }: { representations: { __typename: string; slug: string }[] }) =>
      representations.map((one) => ({ ...one, ratings: all.filter(({ article }) => article.slug === one.slug) })),
  }
  return (document: DocumentNode, variables: object) =>
    execute({ schema, document, variableValues: { ...variables }, rootValue })
}
