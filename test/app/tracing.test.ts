import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestApp, type TestApp } from '../support/app.ts'

const files = {
  'supabase/config.toml': 'project_id = "tracing"\n',
  'supabase/migrations/20260101000000_words.sql': `
    create table public.word (id int primary key, text text); insert into public.word values (1, 'one'), (2, 'two');
    grant select on public.word to anon;`,
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
  await provider.shutdown()
})

test('one trace goes from the client through the operation and its SQL to the function', async () => {
  const trace = '0af7651916cd43dd8448eb211c80319c'
  const response = await fetch(`${backend.app.url}/graphql/v1`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      apikey: backend.app.config.keys.publishableKey,
      traceparent: `00-${trace}-b7ad6b7169203331-01`,
    },
    body: JSON.stringify({ query: '{ wordCollection { edges { node { text measure } } } }' }),
  })
  const { data } = (await response.json()) as { data: { wordCollection: { edges: { node: { measure: string } }[] } } }
  const seen = data.wordCollection.edges.map(({ node }) => node.measure)
  expect(seen).toHaveLength(2)
  for (const header of seen) expect(header).toContain(trace)

  const spans = exporter.getFinishedSpans().filter((span) => span.spanContext().traceId === trace)
  const named = (name: string) => spans.find((span) => span.name === name)
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
