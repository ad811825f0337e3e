import { expect, test } from 'vitest'
import { useDatabase } from '../support/database.ts'
import { connectAs, startConsumer, startEvents } from './events-fixture.ts'

const database = useDatabase('create extension pgmq')

test('a message of a queue is an event: in order, if and only if its sender commits', async () => {
  const called: unknown[] = []
  let isUp = false
  await using consumer = await startConsumer(() => (isUp ? 200 : 503))
  await using client = await connectAs(database)
  await using _ = await startEvents(database, {
    call: async (request, trigger) => {
      const { type, schema, table, record } = await request.json()
      called.push([trigger, new URL(request.url).pathname, type, `${schema}.${table}`, record.message])
      return new Response()
    },
  })
  const hook = (name: string, url: string, headers: object) => `create trigger ${name} after insert on pgmq.q_orders
    for each row execute function supabase_functions.http_request('${url}', 'POST', '${JSON.stringify(headers)}')`
  await client.sql("select pgmq.create('orders')")
  await client.sql(hook('own', 'http://kong:8000/functions/v1/ship', {}))
  // What is read again after its reader died is no new message.
  await client.sql(hook('elsewhere', consumer.url, { 'X-Portico-Order-Key': 'read_ct' }))

  await client.sql(`begin; select pgmq.send('orders', '{"n": 0}')`)
  await client.sql('rollback')
  await client.sql(`select pgmq.send('orders', '{"n": 1}')`)
  await client.sql(`select pgmq.send_batch('orders', array['{"n": 2}', '{"n": 3}']::jsonb[])`)
  await client.sql(`select pgmq.read('orders', 0, 3)`)
  await consumer.count(1)
  isUp = true
  await client.until(`select count(*)::int from portico.events where state <> 'delivered'`, 0)
  const numbers = consumer.arrived.map(({ body }) => JSON.parse(body).record.message.n)
  expect(numbers.filter((n, i) => n !== numbers[i - 1])).toEqual([1, 2, 3])
  expect(called.toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)))).toEqual(
    [1, 2, 3].map((n) => ['webhook', '/functions/v1/ship', 'INSERT', 'pgmq.q_orders', { n }]),
  )
  expect(await client.sql(`select queue_length::int from pgmq.metrics('orders')`)).toEqual([{ queue_length: 3 }])
})
