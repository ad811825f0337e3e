import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cloneDatabase, type TestDatabase } from '../support/database.ts'
import { connectAs, startConsumer, startEvents, webhook } from './events-fixture.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await cloneDatabase()
})
afterAll(() => database.drop())

describe('a webhook', () => {
  test('arrives as Supabase sends it, with what makes its consumer idempotent', async () => {
    await using consumer = disposable(await startConsumer())
    await using client = ending(await connectAs(database))
    await using _ = await startEvents(database)
    await client.query(`create table public.first (id int primary key, word text);
      ${webhook('public.first', consumer.url, { 'X-Own': 'yes' })};
      insert into public.first values (1, 'a');
      update public.first set word = 'b';
      delete from public.first`)
    const arrived = await consumer.count(3)
    const payload = { table: 'first', schema: 'public' }
    expect(arrived.map(({ body }) => JSON.parse(body))).toEqual([
      { ...payload, type: 'INSERT', record: { id: 1, word: 'a' }, old_record: null },
      { ...payload, type: 'UPDATE', record: { id: 1, word: 'b' }, old_record: { id: 1, word: 'a' } },
      { ...payload, type: 'DELETE', record: null, old_record: { id: 1, word: 'b' } },
    ])
    expect(arrived[0]).toMatchObject({
      method: 'POST',
      headers: { 'x-own': 'yes', 'content-type': 'application/json', 'x-portico-attempt': '1' },
    })
    const ids = arrived.map(({ headers }) => headers['x-portico-event-id'])
    expect(new Set(ids).size).toBe(3)
    const sequence = arrived.map(({ headers }) => Number(headers['x-portico-sequence']))
    expect(sequence).toEqual(sequence.toSorted((a, b) => a - b))
  })
})

function disposable<T extends { close(): Promise<void> }>(value: T): T & AsyncDisposable {
  return Object.assign(value, { [Symbol.asyncDispose]: () => value.close() })
}
function ending<T extends { end(): Promise<void> }>(value: T): T & AsyncDisposable {
  return Object.assign(value, { [Symbol.asyncDispose]: () => value.end() })
}
