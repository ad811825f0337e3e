import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { createTestApp, type TestApp } from '../support/app.ts'

const files = {
  'supabase/config.toml': 'project_id = "functions"\n[functions.open]\nverify_jwt = false\n',
  'supabase/migrations/20260101000000_words.sql': `
    create table public.word (id int primary key, text text, secret text);
    insert into public.word values (1, 'one', 'x'), (2, 'two', 'y'), (3, 'three', 'z'), (4, 'four', 'w');
    grant select (id, text) on public.word to anon; revoke select on public.word from anon; grant select (id, text) on public.word to anon;`,
  'supabase/functions/measure/index.ts': `
    let invocations = 0
    Deno.serve(async (request) => {
      invocations += 1
      const { rows, args } = await request.json()
      return Response.json(rows.map(({ text }) => text === 'three'
        ? { error: { message: 'Three is not measured.', code: 'NO_MEASURE' } }
        : { length: text.length * (args.times ?? 1), invocations }))
    })`,
  'supabase/functions/estimate/index.ts': `
    Deno.serve(async (request) => {
      const body = await request.json()
      if (body.amount < 0) return Response.json({ code: 'too_small', message: 'Nothing is that small.' }, { status: 422 })
      if (body.amount === 0) return new Response('not JSON')
      const claims = JSON.parse(atob(request.headers.get('authorization').split('.')[1]))
      return Response.json({ total: body.amount * 2, role: claims.role, note: request.headers.get('x-note') })
    })`,
  'supabase/functions/open/index.ts': `
    Deno.serve((request) => {
      if (request.headers.get('upgrade') === 'websocket') {
        const { socket, response } = Deno.upgradeWebSocket(request)
        socket.onmessage = ({ data }) => socket.send('echo ' + data)
        return response
      }
      return new Response(request.url)
    })`,
  'schema/words.ts': `
    export default (builder) => {
      const measure = builder.objectRef('Measure').implement({
        fields: (t) => ({ length: t.exposeInt('length'), invocations: t.exposeInt('invocations') }) })
      builder.tableFunctionField('word', 'measure', {
        type: measure, columns: ['text'], args: (arg) => ({ times: arg.int() }) })
      builder.tableFunctionField('word', 'secretMeasure', { function: 'measure', type: measure, columns: ['secret'] })

      const input = builder.inputType('EstimateInput', { fields: (t) => ({ amount: t.int({ required: true }) }) })
      const estimate = builder.objectRef('Estimate').implement({
        fields: (t) => ({ total: t.exposeInt('total', { nullable: false }), role: t.exposeString('role') }) })
      for (const operation of ['query', 'mutation'])
        builder.functionField(operation, 'estimate', {
          type: estimate, args: (arg) => ({ input: arg({ type: input, required: true }) }) })
    }`,
}

let backend: TestApp
beforeAll(async () => {
  backend = await createTestApp({ files })
})
afterAll(() => backend?.close())

async function asService(query: string) {
  const { secretKey } = backend.app.config.keys
  const response = await fetch(`${backend.app.url}/graphql/v1`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', apikey: secretKey },
    body: JSON.stringify({ query }),
  })
  return (await response.json()) as Awaited<ReturnType<TestApp['graphql']>>
}

describe('functions as GraphQL', () => {
  test('a page of rows is one invocation, and a value that is an error fails its row alone', async () => {
    const { data, errors } = await backend.graphql(
      '{ wordCollection(orderBy: [{ id: AscNullsLast }]) { edges { node { text measure(times: 2) { length invocations } } } } }',
    )
    const measures = data.wordCollection.edges.map(({ node }: { node: { measure: unknown } }) => node.measure)
    expect(measures).toEqual([
      { length: 6, invocations: 1 },
      { length: 6, invocations: 1 },
      null,
      { length: 8, invocations: 1 },
    ])
    expect(errors).toMatchObject([
      {
        message: 'Three is not measured.',
        path: ['wordCollection', 'edges', 2, 'node', 'measure'],
        extensions: { code: 'NO_MEASURE' },
      },
    ])
  })

  test('a field over a column that the role may not read is not there', async () => {
    const { errors } = await backend.graphql('{ wordCollection { edges { node { secretMeasure { length } } } } }')
    expect(errors?.[0]?.message).toContain('secretMeasure')
  })

  test.each(['query', 'mutation'])('a typed %s sends its input with the caller’s token', async (operation) => {
    const { data } = await backend.graphql(`${operation} { estimate(input: { amount: 21 }) { total role } }`)
    expect(data.estimate).toEqual({ total: 42, role: 'anon' })
  })

  test.each([
    [-1, 'Nothing is that small.', { code: 'too_small', status: 422 }],
    [0, 'The function estimate did not answer an object.', { code: 'FUNCTION_ERROR' }],
  ])('its errors are GraphQL errors: %i', async (amount, message, extensions) => {
    const { errors } = await backend.graphql(`{ estimate(input: { amount: ${amount} }) { total } }`)
    expect(errors).toMatchObject([{ message, extensions, path: ['estimate'] }])
  })

  test('invokeFunction sends headers, but none that say who asks', async () => {
    const invoke = (headers: object) =>
      backend.graphql(
        'mutation ($headers: JSON) { invokeFunction(name: "estimate", body: { amount: 1 }, headers: $headers) }',
        {
          headers,
        },
      )
    const { data } = await invoke({ 'x-note': 'hello' })
    expect(JSON.parse(data.invokeFunction)).toEqual({ total: 2, role: 'anon', note: 'hello' })
    for (const headers of [
      { Authorization: 'Bearer x' },
      { apikey: 'x' },
      { 'Sb-Forwarded-For': '9.9.9.9' },
      { 'x-forwarded-for': '9.9.9.9' },
      { forwarded: 'for=9.9.9.9' },
      { 'x-a': 1 },
      { 'x a': 'b' },
      { 'x-a': 'b\nc' },
      ['x'],
    ]) {
      expect((await invoke(headers)).errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }])
    }
  })
})

test('who signs in within an operation is not who its other fields act as', async () => {
  const { data, errors } = await backend.graphql(`mutation {
    signUp(email: "within@example.com", password: "photograph") { session { accessToken } }
    invokeFunction(name: "estimate", body: { amount: 1 })
    estimate(input: { amount: 2 }) { role }
  }`)
  expect(errors).toBeUndefined()
  expect(data.signUp.session.accessToken).toMatch(/^ey/)
  expect(JSON.parse(data.invokeFunction).role).toBe('anon')
  expect(data.estimate.role).toBe('anon')
})

describe('metering', () => {
  test('each invocation is a row, and a total per function and day, for the service role alone', async () => {
    const totals = () =>
      asService(`{
        porticoInvocationCollection(filter: { function: { eq: "estimate" }, trigger: { eq: "graphql" }, status: { eq: 200 } }) {
          totalCount edges { node { role cold wallMs cpuMs peakMb gbSeconds startedAt } } }
        porticoFunctionUsageCollection(filter: { function: { eq: "estimate" } }) {
          edges { node { day invocations errors coldStarts wallMs cpuMs peakMb gbSeconds } } } }`)
    const written = async () => {
      const { data } = await totals()
      return [
        data?.porticoInvocationCollection.totalCount,
        data?.porticoFunctionUsageCollection.edges[0]?.node.invocations,
      ]
    }
    await expect.poll(async () => (await written()).map((count, i) => count >= (i === 0 ? 3 : 4))).toEqual([true, true])
    const answer = await totals()
    expect(answer.errors).toBeUndefined()
    const [{ node }] = answer.data.porticoInvocationCollection.edges
    expect(node).toMatchObject({ role: 'anon', wallMs: expect.any(Number), gbSeconds: expect.any(Number) })
    const [usage] = answer.data.porticoFunctionUsageCollection.edges
    expect(usage.node.invocations).toBeGreaterThanOrEqual(4)
    expect(usage.node.peakMb).toBeGreaterThan(1)
    expect(usage.node.coldStarts).toBeGreaterThanOrEqual(1)

    const { errors } = await backend.graphql('{ porticoInvocationCollection { totalCount } }')
    expect(errors?.[0]?.message).toContain('porticoInvocationCollection')
  })

  test('Prometheus is told too', async () => {
    const text = await (await fetch(`${backend.app.url}/metrics`)).text()
    expect(text).toMatch(
      /portico_function_duration_seconds_count\{function="estimate",trigger="graphql",status="200",start="warm"\} \d/,
    )
    expect(text).toMatch(/portico_function_cpu_seconds_total\{function="estimate"\} \d/)
    expect(text).toMatch(/portico_function_gb_seconds_total\{function="estimate"\} \d/)
  })
})

describe('through the door', () => {
  test('a WebSocket reaches a function, an opaque key in the query included', async () => {
    const socket = new WebSocket(
      `${backend.app.url.replace('http', 'ws')}/functions/v1/open/room?apikey=${backend.app.config.keys.publishableKey}`,
    )
    await once(socket, 'open')
    socket.send('hello')
    expect(String((await once(socket, 'message'))[0])).toBe('echo hello')
    socket.close()
    await once(socket, 'close')
  })

  test.each([
    ['/functions/v1/open/a/../b?x=1', '/open/b?x=1'],
    ['/functions/v1/open/%2e%2e/%2e%2e/rest/v1', undefined],
  ])('%s', async (path, seen) => {
    const response = await fetch(`${backend.app.url}${path}`)
    if (seen === undefined) expect(response.status).toBe(404)
    else expect(await response.text()).toBe(`${backend.app.url}${seen}`)
  })

  test.each(['GET /functions', 'PUT /functions/open', 'POST /functions/open/rollback', 'GET /logs'])(
    '%s is for operators, whom no key of the API makes one',
    async (line) => {
      const [method = '', path = ''] = line.split(' ')
      const { keys } = backend.app.config
      const given = ['', ...Object.values(keys)].flatMap((key) => [{ apikey: key }, { authorization: `Bearer ${key}` }])
      for (const headers of given) {
        const response = await fetch(`${backend.app.url}/portico/v1${path}`, { method, headers })
        expect([response.status, await response.json()]).toMatchObject([401, { code: 'UNAUTHENTICATED' }])
      }
    },
  )

  test('an operator sees what runs', async () => {
    const headers = { authorization: `Bearer ${backend.app.facts.OPERATOR_KEY}` }
    const response = await fetch(`${backend.app.url}/portico/v1/functions`, { headers })
    expect(await response.json()).toContainEqual(expect.objectContaining({ name: 'open', version: null }))
  })
})
