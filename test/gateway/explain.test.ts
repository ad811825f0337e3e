import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { useDatabase } from '../support/database.ts'
import { type Answered, useGateway } from '../support/gateway.ts'

/** `extensions.portico`: what SQL answered, and what it costs; for the service role in development alone. */
const cases = join(import.meta.dirname, 'cases')

const database = useDatabase(readFileSync(join(cases, 'schema.sql'), 'utf8'))
const app = useGateway(database, { schemaFolder: join(cases, 'schema') })
const production = useGateway(database, { mode: 'production', schemaFolder: join(cases, 'schema') })

interface Told {
  readonly extensions?: { readonly portico?: { readonly statements: readonly { sql: string; cost: number | null }[] } }
}
const read =
  '{ authorCollection(first: 2) { edges { node { name articleCollection(first: 1) { edges { node { slug } } } } } } }'
const insert = (
  slug: string,
) => `mutation { insertIntoArticleCollection(objects: [{ slug: "${slug}", title: "${slug}", author: { connect: { name: "Ada" } },
  remarkCollection: { create: [{ body: "a" }] } }]) { affectedCount records { slug } } }`
const role = 'service_role'

test.each([
  ['of tables', read, 1],
  ['of tables and code', '{ motto authorCollection(first: 1) { edges { node { initial } } } }', 1],
  [
    'of a change in two statements',
    'mutation { updateAuthorCollection(set: { name: "Ada" }, filter: { id: { eq: 1 } }) { records { city { name } } } }',
    2,
  ],
  ['of a nested write', insert('told'), 4],
])('the SQL %s', async (_name, document, count) => {
  for (const ask of [app.graphql, app.overHttp]) {
    const { data, errors, extensions } = (await ask(document.replaceAll('told', crypto.randomUUID()), {
      role,
    })) as Answered & Told
    expect([errors, data === null]).toEqual([undefined, false])
    const { statements = [] } = extensions?.portico ?? {}
    expect(statements).toHaveLength(count)
    for (const { sql, cost } of statements) {
      expect(sql).toMatch(/^(select|with) /)
      expect(cost).toBeGreaterThan(0)
    }
  }
})

test('is run once, not once more to be told', async () => {
  await app.graphql(insert('once'), { role })
  const { data } = await app.graphql(
    '{ articleCollection(filter: { slug: { eq: "once" } }) { totalCount } remarkCollection(filter: { article: { slug: { eq: "once" } } }) { totalCount } }',
  )
  expect(data).toEqual({ articleCollection: { totalCount: 1 }, remarkCollection: { totalCount: 1 } })
})

describe('nobody else is told', () => {
  test.each([
    ['anon in development', () => app, 'anon'],
    ['a user in development', () => app, 'authenticated'],
    ['the service role in production', () => production, 'service_role'],
  ])('%s', async (_name, of, role) => {
    for (const document of [read, '{ motto authorCollection(first: 1) { edges { node { initial } } } }'])
      for (const ask of [of().graphql, of().overHttp])
        expect(await ask(document, { role })).not.toHaveProperty('extensions')
  })

  test('and a failure tells none', async () => {
    const answer = await app.graphql('{ articleCollection(filter: { publishedAt: { eq: "soon" } }) { totalCount } }', {
      role,
    })
    expect(answer.errors).toHaveLength(1)
    expect(answer).not.toHaveProperty('extensions')
  })
})
