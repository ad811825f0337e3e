import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { useDatabase } from '../support/database.ts'
import { useGateway } from '../support/gateway.ts'
import { useSchemaFolder } from '../support/project-folder.ts'
import { answerOf, people, selections, written } from './code-fields/random-selection.ts'

/** What code answers stands in its place among what the statement does, as if one of them had answered it all. */

const fields = `export default (builder) => {
  const loud = builder.objectRef('Loud').implement({ fields: (t) => ({
    text: t.string({ resolve: ({ name }) => name.toUpperCase() }),
    letters: t.stringList({ resolve: ({ name }) => [...name].slice(0, 2) }),
    strict: t.string({ nullable: false, resolve: ({ name }) => (name === 'Bo' ? null : name) }) }) })
  const two = ['1', '2']
  builder.tableField('author', 'loud', (t) => t.field({ type: loud, columns: ['name'], resolve: (row) => row }))
  builder.tableField('author', 'both', (t) => t.field({ type: [loud], columns: ['name'], resolve: (row) => [row, row] }))
  builder.tableField('author', 'size', (t) => t.int({ columns: ['name'], args: { plus: t.arg.int() }, resolve: (row, { plus }) => row.name.length + (plus ?? 0) }))
  builder.tableField('author', 'fails', (t) => t.string({ columns: ['name'], resolve: builder.batch((rows) => rows.map(({ name }) => (name === 'Bo' ? new Error('not Bo') : name))) }))
  builder.tableField('author', 'never', (t) => t.string({ nullable: false, columns: ['name'], resolve: ({ name }) => (name === 'Bo' ? null : name) }))
  builder.tableField('author', 'rowOf', (t) => t.string({ columns: ['id'], resolve: (row) => JSON.stringify(row) }))
  builder.tableField('article', 'upper', (t) => t.string({ columns: ['title'], resolve: ({ title }) => title.toUpperCase() }))
  builder.queryField('two', (t) => t.stringList({ resolve: () => two }))
}`

const database = useDatabase(
  `comment on schema public is '@graphql({"inflect_names": true})';
   create table author (id int primary key, name text not null);
   create table article (id int primary key, title text not null, author_id int not null references author, editor_id int references author);
   insert into author values (1, 'Ada'), (2, 'Bo');
   insert into article values (1, 'One', 1, 1), (2, 'Two', 2, 2), (3, 'Three', 1, null);`,
)
const schemaFolder = useSchemaFolder({ 'fields.js': fields })
const app = useGateway(database, { schemaFolder, settings: { federation: true } })

const ask = async (document: string, variables: Record<string, unknown> = {}) => {
  const { status: _, ...answer } = await app.overHttp(document, { variables })
  const piped = await app.graphql(document, { variables })
  // Through the lane and through the pipeline, to the order of the fields.
  expect(JSON.stringify({ data: piped.data, errors: piped.errors })).toBe(
    JSON.stringify({ data: answer.data, errors: answer.errors }),
  )
  return answer
}
const authors = (fields: string) =>
  `{ authorCollection(orderBy: [{ id: AscNullsLast }]) { edges { node { ${fields} } } } }`
const nodes = (...own: object[]) => ({ authorCollection: { edges: own.map((node) => ({ node })) } })

describe('in the order of the selection', () => {
  const rows = nodes({ id: 1, size: 3, name: 'Ada', more: 13 }, { id: 2, size: 2, name: 'Bo', more: 12 })
  test.each<[string, string, object, object?]>([
    ['between columns', authors('id size name more: size(plus: 10)'), rows],
    [
      'in fragments that say the same twice',
      `${authors('id ...A ... on Author { name size } ...B')} fragment A on Author { size } fragment B on Author { more: size(plus: 10) }`,
      nodes({ id: 1, size: 3, name: 'Ada', more: 13 }, { id: 2, size: 2, name: 'Bo', more: 12 }),
    ],
    [
      'as variables have it',
      `query ($yes: Boolean!, $no: Boolean!, $plus: Int) ${authors('id @skip(if: $yes) size @include(if: $no) more: size(plus: $plus) @include(if: $yes) ... @include(if: $no) { both { text } } loud @skip(if: $no) { text }')}`,
      nodes({ more: 7, loud: { text: 'ADA' } }, { more: 6, loud: { text: 'BO' } }),
      { yes: true, no: false, plus: 4 },
    ],
    [
      'of objects and lists of them',
      authors('loud { letters t: text __typename } __typename both { text }'),
      nodes(
        {
          loud: { letters: ['A', 'd'], t: 'ADA', __typename: 'Loud' },
          __typename: 'Author',
          both: [{ text: 'ADA' }, { text: 'ADA' }],
        },
        {
          loud: { letters: ['B', 'o'], t: 'BO', __typename: 'Loud' },
          __typename: 'Author',
          both: [{ text: 'BO' }, { text: 'BO' }],
        },
      ),
    ],
    [
      'in fragments of types of its own',
      `query ($no: Boolean!) ${authors('loud { ...A } name')} fragment A on Loud { text ...B } fragment B on Loud { letters @skip(if: $no) strict @include(if: $no) }`,
      nodes(
        { loud: { text: 'ADA', letters: ['A', 'd'] }, name: 'Ada' },
        { loud: { text: 'BO', letters: ['B', 'o'] }, name: 'Bo' },
      ),
      { no: false },
    ],
    [
      'at the root, between tables',
      '{ a: authorCollection(first: 1) { edges { cursor node { size } } pageInfo { hasNextPage } } two __typename b: articleCollection(first: 1) { edges { node { title } } } }',
      {
        a: { edges: [{ cursor: 'WzFd', node: { size: 3 } }], pageInfo: { hasNextPage: true } },
        two: ['1', '2'],
        __typename: 'Query',
        b: { edges: [{ node: { title: 'One' } }] },
      },
    ],
    [
      'levels down, in one of two branches',
      '{ articleCollection(last: 1) { edges { node { title author { name articleCollection(first: 1) { edges { node { upper } } } } } } } }',
      {
        articleCollection: {
          edges: [
            {
              node: {
                title: 'Three',
                author: { name: 'Ada', articleCollection: { edges: [{ node: { upper: 'ONE' } }] } },
              },
            },
          ],
        },
      },
    ],
    [
      'of several types',
      'query ($of: [_Any!]!) { _entities(representations: $of) { __typename ... on Author { name size } ... on Article { title } } }',
      { _entities: [{ __typename: 'Article', title: 'Two' }, { __typename: 'Author', name: 'Ada', size: 3 }, null] },
      {
        of: [
          { __typename: 'Article', id: 2 },
          { __typename: 'Author', id: 1 },
          { __typename: 'Author', id: 9 },
        ],
      },
    ],
    [
      'of a node, beside one that code has no part in',
      '{ a: node(nodeId: "WyJwdWJsaWMiLCJhdXRob3IiLDFd") { ... on Author { name } } b: node(nodeId: "WyJwdWJsaWMiLCJhdXRob3IiLDJd") { nodeId ... on Author { size } } }',
      { a: { name: 'Ada' }, b: { nodeId: 'WyJwdWJsaWMiLCAiYXV0aG9yIiwgMl0=', size: 2 } },
    ],
    [
      'under names of what code is given',
      authors('__row: id row: rowOf'),
      nodes({ __row: 1, row: '{"id":1}' }, { __row: 2, row: '{"id":2}' }),
    ],
    ['of any name', authors('__proto__: size id'), nodes({ ['__proto__']: 3, id: 1 }, { ['__proto__']: 2, id: 2 })],
    ['alone', '{ two __typename }', { two: ['1', '2'], __typename: 'Query' }],
  ])('%s', async (_what, document, data, variables = {}) => {
    const answer = await ask(document, variables as Record<string, unknown>)
    expect(answer.errors).toBeUndefined()
    expect(JSON.stringify(answer.data)).toBe(JSON.stringify(data))
  })
})

describe('where code fails', () => {
  test('its own field is null', async () => {
    const { data, errors } = await ask(authors('id fails loud { text strict }'))
    expect(data).toEqual(
      nodes({ id: 1, fails: 'Ada', loud: { text: 'ADA', strict: 'Ada' } }, { id: 2, fails: null, loud: null }),
    )
    const path = ['authorCollection', 'edges', 1, 'node']
    expect(errors).toMatchObject([{ path: [...path, 'loud', 'strict'] }, { path: [...path, 'fails'] }])
  })

  test('what may not be null takes away what it is part of, and no more', async () => {
    const articles =
      '{ articleCollection(orderBy: [{ id: AscNullsLast }]) { edges { node { id editor { id never } } } } }'
    const { data, errors } = await ask(articles)
    const editors = [
      { id: 1, editor: { id: 1, never: 'Ada' } },
      { id: 2, editor: null },
      { id: 3, editor: null },
    ]
    expect(data).toEqual({ articleCollection: { edges: editors.map((node) => ({ node })) } })
    const path = ['articleCollection', 'edges', 1, 'node', 'editor', 'never']
    expect(errors).toMatchObject([{ path, locations: [{ line: 1, column: articles.indexOf('never') + 1 }] }])
    expect((await ask(authors('id never'))).data).toBeNull()
  })
})

test('random selections are answered as they read', async () => {
  let failed = 0
  await fc.assert(
    fc.asyncProperty(selections('Author', 3), async (selection) => {
      const { text, fragments } = written(selection)
      const document = `query ($yes: Boolean!, $no: Boolean!) ${authors(`of: id @include(if: $yes) @skip(if: $no) ${text}`)} ${fragments}`
      const { data, errors = [] } = await ask(document, { yes: true, no: false })
      const paths: (readonly (string | number)[])[] = []
      const rows = people.map((row, i) => {
        const path = ['authorCollection', 'edges', i, 'node']
        return { of: row.id, ...answerOf(selection, 'Author', row, path, paths) }
      })
      expect(JSON.stringify(data)).toBe(JSON.stringify(nodes(...rows)))
      const told = errors.map((error) => JSON.stringify((error as { path?: unknown }).path))
      expect(told.toSorted()).toEqual(paths.map((path) => JSON.stringify(path)).toSorted())
      failed += errors.length
    }),
    { numRuns: 150, seed: 2026 },
  )
  expect(failed).toBeGreaterThan(20)
})

test('of what is changed', async () => {
  const document = `mutation { updateAuthorCollection(set: { name: "Cy" }, filter: { id: { eq: 2 } }) { records { size loud { text } name } affectedCount } }`
  const { data } = await app.overHttp(document)
  expect(JSON.stringify(data)).toBe(
    JSON.stringify({
      updateAuthorCollection: { records: [{ size: 2, loud: { text: 'CY' }, name: 'Cy' }], affectedCount: 1 },
    }),
  )
})
