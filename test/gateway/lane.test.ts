import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { serverAudits } from 'graphql-http'
import pg from 'pg'
import { describe, expect, test } from 'vitest'
import { useDatabase } from '../support/database.ts'
import { useFixture } from '../support/fixture.ts'
import { useGateway } from '../support/gateway.ts'
import { serveOnLoopback } from '../support/loopback-server.ts'

/** What an operation that nobody asked before is answered, without the framework's pipeline. */
const database = useDatabase(
  `create function many(size int) returns text stable language sql as $$ select repeat('é', size) $$;
   create table plain (id int primary key);
   insert into plain values (1);
   create table kept (id int);
   create function keeps(plain) returns int volatile language sql as $$ insert into kept values (1) returning id $$;
   create function sees(plain) returns int volatile language sql as $$ select count(*)::int from kept $$;
   grant all on plain, kept to anon`,
)
const app = useGateway(database)

const caller = { role: 'anon', claims: { role: 'anon' } }
const server = useFixture(() =>
  serveOnLoopback(async (req, res) => {
    Object.assign(req, { body: Buffer.concat(await req.toArray()) })
    await app.gateway.handle(req, res, {
      caller,
      requestInfo: { method: req.method ?? '', path: '/graphql/v1', headers: {} },
    })
  }),
)
const url = () => `${server.url}/graphql/v1`

const response = 'application/graphql-response+json'
const json = 'application/json'

async function post(body: object, headers: Record<string, string> = {}) {
  const init = { method: 'POST', headers: { 'content-type': json, ...headers }, body: JSON.stringify(body) }
  const answer = await fetch(url(), init)
  const type = answer.headers.get('content-type')?.replace('; charset=utf-8', '')
  return { status: answer.status, type, body: (await answer.json()) as Record<string, unknown> }
}

describe('GraphQL over HTTP', () => {
  const audits = serverAudits({ url })
  test.each(audits.map((audit) => [audit.id, audit.name, audit] as const))('%s %s', async (_id, _name, audit) => {
    const result = await audit.fn()
    expect(result.status, 'reason' in result ? result.reason : '').toBe('ok')
  })
})

describe('what a client takes', () => {
  test.each([
    ['*/*', json],
    ['application/json', json],
    [response, response],
    [`${response}, ${json}`, response],
    // urql, Apollo Client 4
    [`${response}, application/graphql+json, ${json}, text/event-stream, multipart/mixed`, response],
    [`${response},${json};q=0.9`, response],
    [`${json}, ${response}`, json],
    [`${response}; charset=utf-8`, response],
  ])('%s', async (accept, type) => {
    const size = { query: `{ many(size: 1) of: __typename }`, variables: {} }
    expect(await post(size, { accept })).toEqual({ status: 200, type, body: { data: { many: 'é', of: 'Query' } } })
    const wrong = { query: 'query ($size: Int!) { many(size: $size) }', variables: { size: 'x' } }
    const refused = await post(wrong, { accept })
    expect([refused.status, refused.type]).toEqual([type === json ? 200 : 400, type])
    expect(refused.body).not.toHaveProperty('data')
    expect((await post({ query: '{ nothing }' }, { accept })).body).toMatchObject({
      errors: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }],
    })
  })

  test('nothing that there is', async () => {
    expect((await fetch(`${url()}?query={__typename}`, { headers: { accept: 'image/png' } })).status).toBe(406)
  })
})

describe('a function over a row that may write', () => {
  const of = (field: string) => `{ plainCollection { edges { node { ${field} } } } }`
  const get = async (query: string) => {
    const answer = await fetch(`${url()}?query=${encodeURIComponent(query)}`, { headers: { accept: json } })
    return { caching: answer.headers.get('cache-control'), etag: answer.headers.get('etag'), body: await answer.json() }
  }
  const kept = async () => (await post({ query: of('sees') }, { accept: json })).body

  // With a field of code beside it, it is answered through the pipeline.
  test.each(['', ' __schema { queryType { name } }'])('changes nothing by GET%s', async (beside) => {
    const before = await kept()
    const { caching, etag, body } = await get(of('keeps').replace(/}$/, `${beside} }`))
    expect(body).toMatchObject({
      data: null,
      errors: [{ message: expect.stringContaining('POST'), extensions: { code: 'BAD_USER_INPUT' } }],
    })
    expect([caching ?? '', etag]).toEqual([expect.not.stringMatching(/public/), null])
    expect(await kept()).toEqual(before)
  })

  test('is answered by GET where it only reads, for nobody else to keep', async () => {
    const { caching, etag, body } = await get(of('sees'))
    expect(body).toMatchObject({ data: { plainCollection: { edges: [{ node: { sees: expect.any(Number) } }] } } })
    expect([caching, etag]).toEqual(['private, no-store', null])
  })

  test('writes by POST', async () => {
    const before = await kept()
    expect((await post({ query: of('keeps') }, { accept: json })).body).not.toHaveProperty('errors')
    expect(await kept()).not.toEqual(before)
  })
})

describe('what is no operation that can run', () => {
  test.each<[string, object, number]>([
    ['several, and none is named', { query: 'query A { __typename } query B { __typename }' }, 400],
    ['a name that none has', { query: 'query A { __typename }', operationName: 'C' }, 400],
    ['a parameter that there is none of', { query: '{ __typename }', mutation: '{ __typename }' }, 400],
    ['a list of variables', { query: '{ __typename }', variables: [] }, 400],
    ['an extension that is none', { query: '{ __typename }', extensions: 'x' }, 400],
  ])('%s', async (_what, body, status) => {
    for (const _time of ['at first', 'again', 'and again']) {
      const answer = await post(body, { accept: json })
      expect([answer.status, Object.keys(answer.body)]).toEqual([status, ['errors']])
    }
  })
})

describe('a large answer', () => {
  const size = 24_000_000
  const head = '{"data":{"many":"'.length + '"}}'.length
  const waiting = async () => {
    const client = new pg.Client(database.connections.for('supabase_admin'))
    await client.connect()
    const { rows } = await client.query<{ n: number }>(
      `select count(*)::int as n from pg_stat_activity where wait_event = 'ClientWrite' and datname = current_database()`,
    )
    await client.end()
    return rows[0]?.n
  }

  test.each(['POST', 'GET'])('of a %s is sent on while it arrives, the first time it is asked for', async (method) => {
    const query = `{ many(size: ${size + (method === 'GET' ? 1 : 0)}) }`
    const asked =
      method === 'GET'
        ? request(`${url()}?query=${encodeURIComponent(query)}`)
        : request(url(), { method, headers: { 'content-type': json } }).setHeader('accept', response)
    asked.end(method === 'GET' ? undefined : JSON.stringify({ query }))
    const [answer] = (await once(asked, 'response')) as [IncomingMessage]
    // As long as nobody reads it, Postgres waits with the rest of it.
    await expect.poll(waiting).toBe(1)
    let bytes = 0
    for await (const chunk of answer) bytes += (chunk as Buffer).length
    expect(bytes).toBe(Number(answer.headers['content-length']))
    expect(bytes).toBe(2 * (size + (method === 'GET' ? 1 : 0)) + head)
    await expect.poll(waiting).toBe(0)
  })
})
