import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { useDatabase } from '../support/database.ts'
import { type Connection, connectAs, startConsumer, startEvents } from './events-fixture.ts'

const database = useDatabase()
let client: Connection
beforeAll(async () => {
  client = await connectAs(database)
  await client.sql('create extension http with schema extensions')
})
afterAll(() => client[Symbol.asyncDispose]())

const error = async (sql: string) => await client.sql(sql).catch(({ code, message }) => ({ code, message }))

describe('the extension http', () => {
  test('answers the statement that asks, with what was sent', async () => {
    await using consumer = await startConsumer(() => ({
      status: 201,
      headers: { 'content-type': 'text/plain', 'x-own': 'a' },
      text: 'made',
    }))
    await using _ = await startEvents(database)
    const [answer] = await client.sql(
      `select status, content_type, content, (select value from unnest(headers) where field = 'x-own') as own
       from extensions.http(('PUT', '${consumer.url}/a?b=c', array[extensions.http_header('x-it''s', 'a "quoted" \\ one')],
         'application/xml', '<é/>')::extensions.http_request)`,
    )
    expect(answer).toEqual({ status: 201, content_type: 'text/plain', content: 'made', own: 'a' })
    expect(consumer.arrived).toMatchObject([
      {
        method: 'PUT',
        url: '/a?b=c',
        body: '<é/>',
        headers: { 'content-type': 'application/xml', "x-it's": 'a "quoted" \\ one' },
      },
    ])
    expect(await client.sql('select from net._http_response union all select from net.http_request_queue')).toEqual([])
  })

  test.each<[call: string, method: string, url: string, body: string]>([
    [`http_get('URL/a')`, 'GET', '/a', ''],
    [`http_get('URL/a', '{"q": "a b&c"}')`, 'GET', '/a?q=a+b%26c', ''],
    [`http_post('URL/a', '{"x": 1}', 'application/json')`, 'POST', '/a', '{"x": 1}'],
    [`http_post('URL/a', '{"x": "a b"}')`, 'POST', '/a', 'x=a+b'],
    [`http_patch('URL/a', 'x', 'text/plain')`, 'PATCH', '/a', 'x'],
    [`http_delete('URL/a')`, 'DELETE', '/a', ''],
    [`http_head('URL/a')`, 'HEAD', '/a', ''],
  ])('%s', async (call, method, url, body) => {
    await using consumer = await startConsumer()
    await using _ = await startEvents(database)
    expect(await client.sql(`select status from extensions.${call.replace('URL', consumer.url)}`)).toEqual([
      { status: 200 },
    ])
    expect(consumer.arrived).toMatchObject([{ method, url, body }])
  })

  test('a transaction that is rolled back has asked, and one that is serializable has its answer', async () => {
    await using consumer = await startConsumer()
    await using _ = await startEvents(database)
    await client.sql('begin isolation level serializable')
    expect(await client.sql(`select status from extensions.http_get('${consumer.url}/')`)).toEqual([{ status: 200 }])
    await client.sql('rollback')
    expect(consumer.arrived).toHaveLength(1)
  })

  test('what is not answered fails the statement in time, and what is cancelled is let go', async () => {
    await using consumer = await startConsumer(() => new Promise(() => {}))
    await using _ = await startEvents(database)
    await client.sql(`select extensions.http_set_curlopt('CURLOPT_TIMEOUT_MS', '200')`)
    expect(await error(`select extensions.http_get('${consumer.url}/')`)).toEqual({
      code: 'XX000',
      message: 'Timeout of 200 ms reached',
    })
    await client.sql('select extensions.http_reset_curlopt()')
    expect(await error(`select extensions.http_get('http://127.0.0.1:1/')`)).toMatchObject({ code: 'XX000' })
    expect(await error(`select extensions.http_get('file:///etc/passwd')`)).toMatchObject({ code: '22023' })
    await client.sql(`set statement_timeout = 300`)
    expect(await error(`select extensions.http_get('${consumer.url}/')`)).toMatchObject({ code: '57014' })
    await client.sql('reset statement_timeout')
    const left = `select count(*)::int from pg_stat_activity where datname = current_database() and application_name = 'http'`
    await client.until(left, 0)
  })

  test('no time at all is no limit, as to curl', async () => {
    await using consumer = await startConsumer()
    await using _ = await startEvents(database)
    await client.sql(`select extensions.http_set_curlopt('CURLOPT_TIMEOUT', '0')`)
    const [answer] = await client.sql(`select status from extensions.http_get('${consumer.url}/')`)
    expect(answer).toEqual({ status: 200 })
    await client.sql('select extensions.http_reset_curlopt()')
  })

  test('where nobody sends requests, that is said, and none is left to be sent later', async () => {
    await client.sql(`select extensions.http_set_curlopt('CURLOPT_TIMEOUT_MS', '1')`)
    expect(await error(`select extensions.http_get('http://127.0.0.1:1/')`)).toMatchObject({
      message: expect.stringContaining('requests are sent while Portico runs'),
    })
    await client.sql('select extensions.http_reset_curlopt()')
    expect(await client.sql('select from net.http_request_queue')).toEqual([])
  })
})
