import { describe, expect, test } from 'vitest'
import { useDatabase } from '../support/database.ts'
import { connectAs, startConsumer, startEvents } from './events-fixture.ts'

const database = useDatabase()

const answered = 'select count(*)::int from net._http_response where id = '

describe('pg_net', () => {
  test('sends a request once, and keeps the answer', async () => {
    await using consumer = await startConsumer(() => ({
      status: 418,
      headers: { 'content-type': 'text/plain', 'x-own': 'a' },
      text: 'short\0 and stout',
    }))
    await using client = await connectAs(database)
    await using _ = await startEvents(database)
    const [request] = await client.sql(
      `select net.http_post('${consumer.url}/a', '{"b": 1}', '{"c": "d"}', '{"Content-Type": "application/json", "X-E": "f"}') as id`,
    )
    await client.until(answered + request?.id, 1)
    expect(consumer.arrived).toHaveLength(1)
    expect(consumer.arrived[0]).toMatchObject({
      method: 'POST',
      url: '/a?c=d',
      body: '{"b": 1}',
      headers: { 'x-e': 'f', 'content-type': 'application/json' },
    })
    const [response] = await client.sql('select * from net._http_response where id = $1', [request?.id])
    expect(response).toMatchObject({
      status_code: 418,
      content_type: 'text/plain',
      content: 'short and stout',
      timed_out: false,
      error_msg: null,
    })
    expect(response?.headers).toMatchObject({ 'x-own': 'a' })
    const collected =
      'select (response).status_code as status, (response).body as body from net._http_collect_response($1)'
    expect(await client.sql(collected, [request?.id])).toEqual([{ status: 418, body: 'short and stout' }])
  })

  test('sends what waited for the start, and nothing of what was rolled back', async () => {
    await using consumer = await startConsumer()
    await using client = await connectAs(database)
    await client.sql('begin')
    await client.sql(`select net.http_get('${consumer.url}/no')`)
    await client.sql('rollback')
    await client.sql(`select net.http_get('${consumer.url}/yes'), net.http_delete('${consumer.url}/gone')`)
    await using _ = await startEvents(database)
    const arrived = await consumer.count(2)
    expect(arrived.map(({ method, url }) => `${method} ${url}`).toSorted()).toEqual(['DELETE /gone', 'GET /yes'])
  })

  test.each<[what: string, url: (consumer: string) => string, outcome: object]>([
    ['does not answer', (url) => url, { timed_out: true, error_msg: 'Timeout of 300 ms reached', status_code: null }],
    [
      'is not there',
      () => 'http://127.0.0.1:1/',
      { timed_out: false, error_msg: expect.stringMatching(/ECONNREFUSED|bad port/) },
    ],
  ])('keeps why who %s has not answered', async (_, url, outcome) => {
    await using consumer = await startConsumer(() => new Promise(() => {}))
    await using client = await connectAs(database)
    await using _events = await startEvents(database)
    const [request] = await client.sql(`select net.http_get('${url(consumer.url)}', timeout_milliseconds := 300) as id`)
    await client.until(answered + request?.id, 1)
    expect(await client.sql('select * from net._http_response where id = $1', [request?.id])).toMatchObject([outcome])
  })

  test('asks the project’s functions in this process, with the request’s own token', async () => {
    const called: string[] = []
    await using client = await connectAs(database)
    await using _ = await startEvents(database, {
      call: async (request, trigger) => {
        called.push(`${trigger} ${new URL(request.url).pathname} ${request.headers.get('authorization')}`)
        return Response.json({ done: true })
      },
    })
    const [request] = await client.sql(`select net.http_post('http://kong:8000/functions/v1/hello') as id`)
    await client.until(answered + request?.id, 1)
    expect(called).toEqual(['net /functions/v1/hello null'])
  })

  test('many at once all have their answer', async () => {
    await using consumer = await startConsumer()
    await using client = await connectAs(database)
    await using _ = await startEvents(database)
    await client.sql(`select net.http_get('${consumer.url}/many') from generate_series(1, 150)`)
    await consumer.count(150)
    await client.until('select count(*)::int from net.http_request_queue', 0)
    await client.until('select count(*)::int from portico.net_requests', 0)
    expect(consumer.arrived).toHaveLength(150)
  })

  test.each<[what: string, silent: (url: string) => string, other: (url: string) => string]>([
    ['another host', (url) => url, (url) => url],
    [
      'another function of the project',
      () => 'http://kong:8000/functions/v1/silent',
      () => 'http://kong:8000/functions/v1/other?a=/b',
    ],
  ])('targets that never answer hold up nobody else: %s', async (_what, silentUrl, otherUrl) => {
    const over = Promise.withResolvers<number>()
    await using silent = await startConsumer(() => over.promise)
    await using other = await startConsumer()
    await using client = await connectAs(database)
    const called: string[] = []
    await using _ = await startEvents(database, {
      call: async (request) => {
        const { pathname } = new URL(request.url)
        called.push(pathname)
        return new Response(null, { status: pathname.endsWith('silent') ? await over.promise : 200 })
      },
    })
    const isSilent = (path: string) => path.endsWith('silent')
    const asked = () => silent.arrived.length + called.filter(isSilent).length
    const answered = () => other.arrived.length + called.filter((path) => !isSilent(path)).length
    const get = (url: string, count: number) =>
      client.sql(`select net.http_get('${url}', timeout_milliseconds := 60000) from generate_series(1, ${count})`)
    await get(silentUrl(silent.url), 150)
    await expect.poll(asked).toBe(20)
    await get(otherUrl(other.url), 50)
    await expect.poll(answered).toBe(50)
    expect(asked()).toBe(20)
    over.resolve(200)
    await expect.poll(asked).toBe(150)
    await client.until('select count(*)::int from portico.net_requests', 0)
  })

  test('what somebody else holds is sent once it is let go', async () => {
    await using consumer = await startConsumer()
    await using client = await connectAs(database)
    await using other = await connectAs(database, 'supabase_admin')
    await client.sql(`select net.http_get('${consumer.url}/held') from generate_series(1, 20)`)
    await other.sql('begin; select from net.http_request_queue for update')
    await using _ = await startEvents(database)
    await client.sql(`select net.http_get('${consumer.url.replace('127.0.0.1', 'localhost')}/free')`)
    await consumer.count(1)
    await other.sql('rollback')
    await expect.poll(() => consumer.arrived.length).toBe(21)
  })

  test('targets that do not answer leave places to the next one, and a long queue is no burden', async () => {
    const silent = await Promise.all(Array.from({ length: 6 }, () => startConsumer(() => new Promise(() => {}))))
    await using ends = new AsyncDisposableStack()
    for (const consumer of silent) ends.use(consumer)
    await using consumer = await startConsumer()
    await using client = await connectAs(database)
    for (const { url } of silent) {
      await client.sql(`select net.http_get('${url}', timeout_milliseconds := 25000) from generate_series(1, 5000)`)
    }
    await using _ = await startEvents(database)
    await Promise.all(silent.map((one) => one.count(9)))
    await client.sql(`select net.http_get('${consumer.url}/alive')`)
    await consumer.count(1)
    await client.sql('delete from net.http_request_queue')
    // A stop waits for what is under way.
    await ends.disposeAsync()
  })

  test('what a dead process had under way is answered, and not sent again', async () => {
    await using consumer = await startConsumer()
    await using admin = await connectAs(database, 'supabase_admin')
    await admin.sql('insert into portico.net_requests values (9000, 4711, now())')
    await using _ = await startEvents(database)
    await admin.until(answered + 9000, 1)
    expect(await admin.sql('select error_msg from net._http_response where id = 9000')).toEqual([
      { error_msg: 'Portico stopped while the request was under way' },
    ])
    expect(consumer.arrived).toEqual([])
  })
})
