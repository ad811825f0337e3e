import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startConsumer } from '../events/events-fixture.ts'
import { createTestApp, type TestApp } from '../support/app.ts'

const consumer = await startConsumer()

const files = {
  'supabase/config.toml': 'project_id = "tracing"\n',
  'supabase/migrations/20260101000000_words.sql': `
    create table public.word (id int primary key, text text); insert into public.word values (1, 'one'), (2, 'two');
    grant select, insert on public.word to anon;
    create trigger own after insert on public.word for each row execute function
      supabase_functions.http_request('http://kong:8000/functions/v1/heard', 'POST');
    create trigger elsewhere after insert on public.word for each row execute function
      supabase_functions.http_request('${consumer.url}', 'POST');`,
  'supabase/functions/heard/index.ts': `
    Deno.serve((request) => { console.log('heard ' + request.headers.get('traceparent')); return new Response() })`,
  'supabase/functions/measure/index.ts': `
    Deno.serve(async (request) => {
      const { rows } = await request.json()
      return Response.json(rows.map(() => request.headers.get('traceparent')))
    })`,
  'schema/words.ts': `
    export default (builder) => builder.tableFunctionField('word', 'measure', { type: 'String', columns: ['text'] })`,
}

const exporter = new InMemorySpanExporter()
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] })
let backend: TestApp
beforeAll(async () => {
  provider.register()
  backend = await createTestApp({ files })
})
afterAll(async () => {
  await backend?.close()
  await consumer[Symbol.asyncDispose]()
  await provider.shutdown()
})

async function ask(query: string, trace: string) {
  const response = await fetch(`${backend.app.url}/graphql/v1`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      apikey: backend.app.config.keys.publishableKey,
      traceparent: `00-${trace}-b7ad6b7169203331-01`,
    },
    body: JSON.stringify({ query }),
  })
  return (await response.json()) as { data: ReturnType<typeof JSON.parse> }
}

const spansOf = (trace: string) => exporter.getFinishedSpans().filter((span) => span.spanContext().traceId === trace)

test('one trace goes from the client through the operation and its SQL to the function', async () => {
  const trace = '0af7651916cd43dd8448eb211c80319c'
  const { data } = (await ask('{ wordCollection { edges { node { text measure } } } }', trace)) as {
    data: { wordCollection: { edges: { node: { measure: string } }[] } }
  }
  const seen = data.wordCollection.edges.map(({ node }) => node.measure)
  expect(seen).toHaveLength(2)
  for (const header of seen) expect(header).toContain(trace)

  const named = (name: string) => spansOf(trace).find((span) => span.name === name)
  await expect.poll(() => ['graphql', 'sql', 'function measure'].map(named)).not.toContain(undefined)
  const operation = named('graphql')
  const [sql, invocation] = [named('sql'), named('function measure')]
  expect(operation?.parentSpanContext?.spanId).toBe('b7ad6b7169203331')
  expect(sql?.parentSpanContext?.spanId).toBe(operation?.spanContext().spanId)
  expect(invocation?.parentSpanContext?.spanId).toBe(operation?.spanContext().spanId)
  expect(invocation?.attributes).toMatchObject({
    'faas.invoked_name': 'measure',
    'portico.trigger': 'graphql',
    'http.response.status_code': 200,
  })
  expect(seen[0]).toContain(invocation?.spanContext().spanId)
})

test('and from the SQL of a mutation to its events, to whom they are delivered and to the function they call', async () => {
  const trace = '1bf7651916cd43dd8448eb211c80319c'
  await ask('mutation { insertIntowordCollection(objects: [{ id: 3, text: "three" }]) { affectedCount } }', trace)
  const [delivered] = await consumer.count(1)
  const wanted = ['event public.word.elsewhere', 'event public.word.own', 'function heard', 'graphql', 'sql']
  await expect.poll(() => new Set(spansOf(trace).map(({ name }) => name))).toEqual(new Set(wanted))
  const named = (name: string) => spansOf(trace).find((span) => span.name === name)
  const parentOf = (name: string) => named(name)?.parentSpanContext?.spanId
  const idOf = (name: string) => named(name)?.spanContext().spanId
  expect(parentOf('event public.word.own')).toBe(idOf('sql'))
  expect(parentOf('event public.word.elsewhere')).toBe(idOf('sql'))
  expect(parentOf('function heard')).toBe(idOf('event public.word.own'))
  expect(delivered?.headers.traceparent).toBe(`00-${trace}-${idOf('event public.word.elsewhere')}-01`)

  const keys = backend.app.config.keys
  const response = await fetch(`${backend.app.url}/graphql/v1`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', apikey: keys.secretKey },
    body: JSON.stringify({ query: '{ porticoEventCollection { edges { node { traceparent } } } }' }),
  })
  const { data } = (await response.json()) as { data: ReturnType<typeof JSON.parse> }
  const kept = data.porticoEventCollection.edges.map(({ node }: { node: { traceparent: string } }) => node.traceparent)
  expect(kept).toEqual(Array(2).fill(`00-${trace}-${idOf('sql')}-01`))
})
