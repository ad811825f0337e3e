import { afterAll, beforeAll, expect, test } from 'vitest'
import { createHold } from '../../src/events/drain/hold.ts'
import type { LoggedEvent } from '../../src/events/log/index.ts'
import { cloneDatabase, type TestDatabase } from '../support/database.ts'
import { connectAs, startConsumer, startEvents, webhook } from './events-fixture.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await cloneDatabase()
})
afterAll(() => database.drop())

test('consumers that never answer hold up nobody else, neither first attempts nor retries', async () => {
  const over = Promise.withResolvers<number>()
  await using silent = await startConsumer(() => over.promise)
  const failed = new Set<string>()
  await using other = await startConsumer(({ body }) => {
    if (failed.has(body)) return 200
    failed.add(body)
    return 500
  })
  await using client = await connectAs(database)
  await using _ = await startEvents(database)
  // Its name comes first, so its keys do; and there are more of them than a lane may have under way.
  await client.sql(`create table public.a_silent (id int primary key); create table public.b_silent (id int primary key);
    create table public.other (id int primary key);
    ${webhook('public.a_silent', `${silent.url}/a`, {}, 60_000)}; ${webhook('public.b_silent', `${silent.url}/b`, {}, 60_000)};
    ${webhook('public.other', other.url)};
    insert into public.a_silent select generate_series(1, 300);
    insert into public.b_silent select generate_series(1, 300)`)
  await silent.count(96)
  await client.sql('insert into public.other select generate_series(1, 50)')
  await other.count(100)
  expect(silent.arrived.length).toBe(96)
  over.resolve(200)
  await silent.count(600)
})

const event = (id: number, url: string | null, name = String(url)) => ({ id: String(id), url, name }) as LoggedEvent
const several = (count: number, url: string | null) => Array.from({ length: count }, (_, id) => event(id, url))

test('what is held is begun consumer by consumer, and claimed as long as each has few', () => {
  const hold = createHold()
  expect([hold.room, hold.served]).toEqual([12, []])
  hold.add([event(0, 'd')])
  expect(hold.room).toBe(11)
  hold.begin()
  hold.end(event(0, 'd'))
  hold.add([...several(10, 'a'), event(10, 'a', 'another webhook of a')])
  expect(hold.begin().length).toBe(6)
  expect([hold.room, hold.served]).toEqual([12, ['a', 'another webhook of a']])
  for (const url of ['b', 'c', null]) hold.add(several(12, url))
  const begun = hold.begin()
  expect(begun.map(({ url }) => url)).toEqual(['b', 'c', null].flatMap((url) => Array(6).fill(url)))
  expect([hold.underWay, hold.ready.length, hold.room]).toEqual([24, 23, 1])
  expect(hold.end(event(0, 'b'))).toBe(false)
  expect(hold.begin().map(({ url }) => url)).toEqual(['b'])
  for (let i = 0; i < 5; i++) {
    expect(hold.end(event(0, 'b'))).toBe(i === 4)
    hold.begin()
  }
  expect(hold.served).toEqual(['a', 'another webhook of a', 'c', 'null'])
})
