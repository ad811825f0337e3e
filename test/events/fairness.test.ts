import { expect, test } from 'vitest'
import { createHold } from '../../src/events/drain/hold.ts'
import type { LoggedEvent } from '../../src/events/log/index.ts'
import { useDatabase } from '../support/database.ts'
import { connectAs, startConsumer, startEvents, webhook } from './events-fixture.ts'

const database = useDatabase()

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
  // Their names come first, so their keys do; and each has more of them than it may have under way.
  const hooks = Array.from({ length: 8 }, (_, i) => `silent_${i}`)
  const silently = hooks.map((name) => {
    const hook = webhook(`public.a_${name}`, `${silent.url}/${name}`, {}, 60_000)
    return `create table public.a_${name} (id int primary key); ${hook};
      insert into public.a_${name} select generate_series(1, 150)`
  })
  await client.sql(silently.join(';'))
  await silent.count(hooks.length * 48)
  await client.sql(`create table public.other (id int primary key); ${webhook('public.other', other.url)};
    insert into public.other select generate_series(1, 50)`)
  await other.count(100)
  expect(silent.arrived.length).toBe(hooks.length * 48)
  over.resolve(200)
  await silent.count(hooks.length * 150)
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
  const others = ['b', 'c', 'e', 'f', 'g']
  for (const url of others) hold.add(several(12, url))
  const begun = hold.begin()
  expect(begun.map(({ url }) => url)).toEqual(others.flatMap((url) => Array(6).fill(url)))
  expect([hold.underWay, hold.ready.length, hold.room]).toEqual([36, 35, 12])
  expect(hold.end(event(0, 'b'))).toBe(false)
  expect(hold.begin().map(({ url }) => url)).toEqual(['b'])
  for (let i = 0; i < 5; i++) {
    expect(hold.end(event(0, 'b'))).toBe(i === 4)
    hold.begin()
  }
  expect([hold.room, hold.served]).toEqual([6, ['a', 'another webhook of a', 'c', 'e', 'f', 'g']])
})

test('cron jobs are one consumer, which has places for as many as run at once', () => {
  const hold = createHold()
  hold.add(several(30, null))
  expect([hold.begin().length, hold.room, hold.served]).toEqual([30, 12, []])
  hold.add(several(12, null))
  expect([hold.begin().length, hold.room, hold.served]).toEqual([2, 12, ['null']])
  for (let i = 0; i < 10; i++) expect(hold.end(event(i, null))).toBe(i === 9)
})
