import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { useDatabase } from '../support/database.ts'
import { useGateway } from '../support/gateway.ts'
import { useSchemaFolder } from '../support/project-folder.ts'

/** Fields of code and of edge functions: one call a field and page, however many rows and pages there are. */
/** How many rows each call was given, by who was called. */
let calls: Record<string, number[]> = {}

declare global {
  var porticoCalls: ((name: string, rows: number) => void) | undefined
}

const fields = `export default (builder) => {
  const counted = (name, answer) => builder.batch((rows, args) => {
    globalThis.porticoCalls(name, rows.length)
    return rows.map((row) => answer(row, args))
  })
  builder.tableField('article', 'shout', (t) => t.string({ columns: ['title'], resolve: counted('shout', (row) => row.title.toUpperCase()) }))
  builder.tableField('article', 'longer', (t) => t.boolean({ columns: ['words'], args: { than: t.arg.int({ required: true }) },
    resolve: counted('longer', (row, { than }) => row.words > than) }))
  builder.tableField('author', 'shout', (t) => t.string({ columns: ['name'], resolve: counted('author.shout', (row) => row.name.toUpperCase()) }))
  builder.tableFunctionField('article', 'palette', { columns: ['id'], type: ['String'] })
  const place = builder.objectRef('Place').implement({ fields: (t) => ({ name: t.exposeString('name') }) })
  builder.tableField('article', 'places', (t) => t.field({ type: [place], columns: ['id'],
    resolve: counted('places', ({ id }) => [{ id, name: 'Rome' }, { id: -id, name: 'Oslo' }]) }))
  builder.objectFunctionField(place, 'climate', { function: 'forecast', properties: ['id'], type: 'String', args: (arg) => ({ day: arg.string() }) })
  builder.objectFunctionField(place, 'colours', { function: 'palette', properties: ['id'], type: ['String'] })
  builder.tableFunctionField('article', 'weather', { function: 'forecast', columns: ['id', 'slug'], type: 'String', args: (arg) => ({ day: arg.string() }) })
}`

const database = useDatabase(readFileSync(join(import.meta.dirname, 'cases', 'schema.sql'), 'utf8'))
const schemaFolder = useSchemaFolder({ 'fields.js': fields })
const services: typeof fetch = async (input, init) => {
  const request = new Request(input, init)
  const name = new URL(request.url).pathname.split('/').at(-1) ?? ''
  const { rows, args } = (await request.json()) as { rows: { id: number }[]; args: { day?: string } }
  globalThis.porticoCalls?.(name, rows.length)
  return Response.json(rows.map(({ id }) => (name === 'palette' ? [`#${id}`] : `rain ${args.day ?? 'today'} ${id}`)))
}
const app = useGateway(database, { schemaFolder, services, settings: { federation: true } })
beforeEach(() => {
  calls = {}
  globalThis.porticoCalls = (name, rows) => {
    calls[name] = [...(calls[name] ?? []), rows]
  }
})
afterAll(() => {
  globalThis.porticoCalls = undefined
})

const ask = async (document: string, variables = {}) => {
  const { data, errors } = await app.graphql(document, { variables })
  expect(errors).toBeUndefined()
  return data
}

const articles = (data: Awaited<ReturnType<typeof ask>>) =>
  (data as { articleCollection: { edges: { node: object }[] } }).articleCollection.edges

describe('on one page', () => {
  test('two fields of code are two calls', async () => {
    const data = await ask(
      '{ articleCollection(first: 10, orderBy: [{ id: AscNullsLast }]) { edges { node { slug shout longer(than: 300) } } } }',
    )
    expect(calls).toEqual({ shout: [10], longer: [10] })
    expect(articles(data)[3]?.node).toEqual({ slug: 'a4', shout: 'CATS IN THE RAIN 4', longer: true })
  })

  test('two fields of edge functions are two invocations, beside two of code', async () => {
    const data = await ask(
      '{ articleCollection(first: 7, orderBy: [{ id: AscNullsLast }]) { edges { node { palette weather(day: "Monday") shout longer(than: 1) } } } }',
    )
    expect(calls).toEqual({ palette: [7], forecast: [7], shout: [7], longer: [7] })
    expect(articles(data)[6]?.node).toMatchObject({ palette: ['#7'], weather: 'rain Monday 7' })
  })

  test('functions are called once for all objects that code makes of the rows', async () => {
    const data = await ask(
      '{ articleCollection(first: 3, orderBy: [{ id: AscNullsLast }]) { edges { node { places { name climate(day: "May") colours } } } } }',
    )
    expect(calls).toEqual({ places: [3], forecast: [6], palette: [6] })
    expect(articles(data)[1]?.node).toEqual({
      places: [
        { name: 'Rome', climate: 'rain May 2', colours: ['#2'] },
        { name: 'Oslo', climate: 'rain May -2', colours: ['#-2'] },
      ],
    })
  })

  test('a field is called once for each of its arguments', async () => {
    await ask('{ articleCollection { edges { node { a: longer(than: 1) b: longer(than: 2) c: shout d: shout } } } }')
    expect(calls).toEqual({ longer: [10, 10], shout: [10, 10] })
  })
})

describe('on the pages of many rows', () => {
  test('one call is for all of them', async () => {
    const data = await ask(
      '{ authorCollection { edges { node { shout articleCollection { edges { node { shout palette author { shout } } } } } } } }',
    )
    expect(JSON.stringify(data)).toContain('"palette":["#1"]')
    expect(calls).toEqual({ 'author.shout': [4, 10], shout: [10], palette: [10] })
  })

  test('rows of a mutation, and those that a router asks for, are a page', async () => {
    await ask(
      'mutation { updateArticleCollection(set: { editorId: 1 }, atMost: 20) { records { shout palette editor { shout } } } }',
    )
    expect(calls).toEqual({ shout: [10], palette: [10], 'author.shout': [10] })
    calls = {}
    const of = [1, 2, 3].map((id) => ({ __typename: 'Article', id }))
    await ask('query ($of: [_Any!]!) { _entities(representations: $of) { ... on Article { shout palette } } }', { of })
    expect(calls).toEqual({ shout: [3], palette: [3] })
  })
})

test('requests at the same time are not each other’s', async () => {
  const document = '{ articleCollection(first: 5) { edges { node { shout } } } }'
  await Promise.all([ask(document), ask(document), ask(document)])
  expect(calls).toEqual({ shout: [5, 5, 5] })
})
