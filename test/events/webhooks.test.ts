import { describe, expect, test } from 'vitest'
import { useDatabase } from '../support/database.ts'
import { type Arrived, connectAs, startConsumer, startEvents, webhook } from './events-fixture.ts'

let table: string
let count = 0
const database = useDatabase()

/** A table of the test's own, with a webhook that calls a consumer. */
function hooked(columns: string, url: string, headers: object = {}, timeoutMs?: number): string {
  table = `public.table_${++count}`
  return `create table ${table} (${columns}); ${webhook(table, url, headers, timeoutMs)};`
}

/** How many events of the test's table are still in the log to be delivered. */
const pending = () => `select count(*)::int from portico.events where state = 'pending' and name like '${table}.%'`
const record = ({ body }: Arrived) => JSON.parse(body).record
const sequence = ({ headers }: Arrived) => Number(headers['x-portico-sequence'])

describe('a webhook', () => {
  test('arrives as Supabase sends it, with what makes its consumer idempotent', async () => {
    await using consumer = await startConsumer()
    await using client = await connectAs(database)
    await using _ = await startEvents(database)
    await client.sql(`${hooked('id int primary key, word text', consumer.url, { 'X-Own': 'yes' })}
      insert into ${table} values (1, 'a');
      update ${table} set word = 'b';
      delete from ${table}`)
    const arrived = await consumer.count(3)
    const payload = { table: table.replace('public.', ''), schema: 'public' }
    expect(arrived.map(({ body }) => JSON.parse(body))).toEqual([
      { ...payload, type: 'INSERT', record: { id: 1, word: 'a' }, old_record: null },
      { ...payload, type: 'UPDATE', record: { id: 1, word: 'b' }, old_record: { id: 1, word: 'a' } },
      { ...payload, type: 'DELETE', record: null, old_record: { id: 1, word: 'b' } },
    ])
    expect(arrived[0]).toMatchObject({
      method: 'POST',
      headers: { 'x-own': 'yes', 'content-type': 'application/json', 'x-portico-attempt': '1' },
    })
    expect(new Set(arrived.map(({ headers }) => headers['x-portico-event-id'])).size).toBe(3)
    expect(arrived.map(sequence)).toEqual(arrived.map(sequence).toSorted((a, b) => a - b))
  })

  test('says nothing in its headers about how it is framed or where it goes', async () => {
    await using consumer = await startConsumer()
    await using client = await connectAs(database)
    await using _ = await startEvents(database)
    const smuggled = {
      'Content-Length': '3',
      'transfer-encoding': 'chunked',
      Host: 'evil.example',
      Expect: 'x',
      TE: 'x',
    }
    await client.sql(`${hooked('id int primary key', consumer.url, { ...smuggled, Connection: 'upgrade', Upgrade: 'h2c' })}
      insert into ${table} values (1)`)
    const [arrived] = await consumer.count(1)
    expect(JSON.parse(arrived?.body ?? '')).toMatchObject({ record: { id: 1 } })
    expect(arrived?.headers.host).toBe(new URL(consumer.url).host)
    for (const name of ['transfer-encoding', 'expect', 'te', 'upgrade']) expect(arrived?.headers[name]).toBeUndefined()
  })

  test('of a transaction that is rolled back never arrives, one that waited for the start does', async () => {
    await using consumer = await startConsumer()
    await using client = await connectAs(database)
    await client.sql(`${hooked('id int primary key', consumer.url)}
      insert into ${table} values (2)`)
    await client.sql('begin')
    await client.sql(`insert into ${table} values (1)`)
    await client.sql('rollback')
    await client.sql('begin')
    await client.sql(`insert into ${table} values (3); savepoint s; insert into ${table} values (4); rollback to s`)
    await client.sql('commit')
    await using _ = await startEvents(database)
    await client.until(pending(), 0)
    expect(consumer.arrived.map(record).toSorted((a, b) => a.id - b.id)).toEqual([{ id: 2 }, { id: 3 }])
  })

  test('is a GET with parameters, a table’s own method and a statement’s', async () => {
    await using consumer = await startConsumer()
    await using client = await connectAs(database)
    await using _ = await startEvents(database)
    await client.sql(`create table gets (id int primary key);
      create trigger g after insert on gets for each row
        execute function supabase_functions.http_request('${consumer.url}/p?a=1', 'GET', '{}', '{"b": "x y&z"}', '1000');
      create trigger s after delete on gets for each statement
        execute function supabase_functions.http_request('${consumer.url}/s', 'POST');
      insert into gets values (1); delete from gets`)
    const arrived = await consumer.count(2)
    expect(arrived.find(({ method }) => method === 'GET')).toMatchObject({ url: '/p?a=1&b=x+y%26z', body: '' })
    const { body = '' } = arrived.find(({ url }) => url === '/s') ?? {}
    expect(JSON.parse(body)).toMatchObject({ type: 'DELETE', table: 'gets', record: null, old_record: null })
  })

  test.each<[what: string, args: string, code: string]>([
    ['no URL', "'null', 'POST'", 'P0001'],
    ['no method', "'http://a.b'", 'P0001'],
    ['another method', "'http://a.b', 'PUT'", 'P0001'],
    ['a file', "'file:///etc/passwd', 'POST'", '22023'],
    ['no time', "'http://a.b', 'POST', '{}', '{}', '0'", '22023'],
    ['a column that is not there', `'http://a.b', 'POST', '{"X-Portico-Order-Key": "nope"}'`, '42703'],
    ['attempts without end', `'http://a.b', 'POST', '{"x-portico-max-attempts": "1000"}'`, '22023'],
  ])('with %s is a mistake that the first write tells', async (_, args, code) => {
    await using client = await connectAs(database)
    await client.sql('begin; create table wrong (id int primary key)')
    await client.sql(
      `create trigger t after insert on wrong for each row execute function supabase_functions.http_request(${args})`,
    )
    await expect(client.sql('insert into wrong values (1)')).rejects.toMatchObject({ code })
    await client.sql('rollback')
  })
})

describe('the project’s own functions', () => {
  test('are called in this process, as the service role unless the webhook says otherwise', async () => {
    const called: string[] = []
    await using client = await connectAs(database)
    await using _ = await startEvents(database, {
      call: async (request, trigger) => {
        called.push(`${trigger} ${request.url} ${request.headers.get('authorization')} ${(await request.json()).type}`)
        return new Response(null, { status: 204 })
      },
    })
    await client.sql(`${hooked('id int primary key', 'http://kong:8000/functions/v1/own?a=1')}
      insert into ${table} values (1)`)
    await client.until(pending(), 0)
    await client.sql(`${hooked('id int primary key', 'http://localhost:54321/functions/v1/own', { Authorization: 'Bearer mine' })}
      insert into ${table} values (1)`)
    await client.until(pending(), 0)
    expect(called).toEqual([
      'webhook http://127.0.0.1:54999/functions/v1/own?a=1 Bearer the-service-role-key INSERT',
      'webhook http://127.0.0.1:54999/functions/v1/own Bearer mine INSERT',
    ])
  })
})

describe('several processes', () => {
  test('share the work, deliver nothing twice, and take over from one that is gone', async () => {
    await using consumer = await startConsumer()
    await using client = await connectAs(database)
    await using admin = await connectAs(database, 'supabase_admin')
    await client.sql(hooked('id int primary key', consumer.url))
    // Claimed by a process that died: its number's lock is nobody's.
    await client.sql(`insert into ${table} values (0)`)
    await admin.sql(`update portico.events set claimed_by = 4711, attempts = 1 where name like '${table}.%'`)
    await using first = await startEvents(database)
    await using second = await startEvents(database)
    const shares = () =>
      [first, second].map(({ observations }) => observations.filter(({ kind }) => kind === 'event').length)
    let rows = 1
    for (; rows < 4000 && (rows < 200 || Math.min(...shares()) === 0); rows += 4) {
      await client.sql(`insert into ${table} select generate_series(${rows}, ${rows + 3})`)
      // One of them may come up seconds before the other.
      while (consumer.arrived.length > 0 && consumer.arrived.length < rows - 100) await consumer.count(rows - 100)
    }
    await consumer.count(rows)
    await client.until(pending(), 0)
    expect(consumer.arrived).toHaveLength(rows)
    expect(consumer.arrived.find((request) => record(request).id === 0)?.headers['x-portico-attempt']).toBe('2')
    expect(Math.min(...shares()), 'both did some').toBeGreaterThan(0)
  })
})

describe('order', () => {
  test('a key waits for its head, and the others go on', async () => {
    let failures = 3
    const through = Promise.withResolvers<void>()
    await using consumer = await startConsumer(async (request) => {
      const { id, n } = record(request)
      if (id === 2 && n === 2) through.resolve()
      if (id !== 1 || failures === 0) return 200
      // The last time not before the others are through, so that they are while it waits or never.
      if (--failures === 0) await through.promise
      return 500
    })
    await using client = await connectAs(database)
    await using _ = await startEvents(database)
    await client.sql(`${hooked('id int primary key, n int', consumer.url)}
      insert into ${table} values (1, 0), (2, 0);
      update ${table} set n = 1; update ${table} set n = 2`)
    await client.until(pending(), 0)
    const of = (id: number) => consumer.arrived.filter((request) => record(request).id === id)
    expect(of(1).map((request) => record(request).n)).toEqual([0, 0, 0, 0, 1, 2])
    expect(of(1).map(({ headers }) => headers['x-portico-attempt'])).toEqual(['1', '2', '3', '4', '1', '1'])
    expect(
      new Set(
        of(1)
          .slice(0, 4)
          .map(({ headers }) => headers['x-portico-event-id']),
      ).size,
    ).toBe(1)
    expect(of(2).map((request) => record(request).n)).toEqual([0, 1, 2])
    const last = consumer.arrived.findIndex((request) => record(request).id === 2 && record(request).n === 2)
    const head = consumer.arrived.findLastIndex((request) => record(request).id === 1 && record(request).n === 0)
    expect(last, 'key 2 was through before key 1').toBeLessThan(head)
  })

  test.each<[by: string, columns: string, headers: object]>([
    ['a key of one’s own', 'id int primary key, customer text', { 'X-Portico-Order-Key': 'customer' }],
    ['the table, which has no key', 'id int, customer text', {}],
  ])('of %s holds across overlapping transactions', async (_, columns, headers) => {
    await using consumer = await startConsumer()
    await using first = await connectAs(database)
    await using second = await connectAs(database)
    await using _events = await startEvents(database)
    await first.sql(hooked(columns, consumer.url, headers))
    await first.sql(`begin; insert into ${table} values (1, 'ada')`)
    await second.sql(`begin; insert into ${table} values (2, 'ada'), (3, 'bob')`)
    await second.sql('commit')
    // Long enough for the second one to arrive, were it not for the first.
    await second.sql(`select pg_sleep(0.5); insert into ${table} values (4, 'ada')`)
    expect(consumer.arrived.map((request) => record(request).id)).toEqual([])
    await first.sql('commit')
    const arrived = await consumer.count(4)
    expect(
      arrived.filter((request) => record(request).customer === 'ada').map((request) => record(request).id),
    ).toEqual([1, 2, 4])
  })

  test('transactions that overlap without end starve nobody', async () => {
    await using consumer = await startConsumer()
    await using first = await connectAs(database)
    await using second = await connectAs(database)
    await using _events = await startEvents(database)
    await first.sql(hooked('id serial, customer text', consumer.url))
    await first.sql(`begin; insert into ${table} (customer) values ('a')`)
    for (const end = performance.now() + 60_000; consumer.arrived.length < 3 && performance.now() < end; ) {
      await second.sql(`begin; insert into ${table} (customer) values ('b')`)
      await first.sql('commit; select pg_sleep(0.02)')
      await first.sql(`begin; insert into ${table} (customer) values ('a')`)
      await second.sql('commit; select pg_sleep(0.02)')
    }
    await first.sql('rollback')
    expect(consumer.arrived.length).toBeGreaterThanOrEqual(3)
    expect(consumer.arrived.map(sequence)).toEqual(consumer.arrived.map(sequence).toSorted((a, b) => a - b))
  })

  test('partitions have their table’s keys, and so have names that need quotes', async () => {
    await using consumer = await startConsumer()
    await using client = await connectAs(database)
    await using _ = await startEvents(database)
    await client.sql(`create table "Odd Name" (id int, day date, primary key (id, day)) partition by range (day);
      create table odd_1 partition of "Odd Name" for values from ('2026-01-01') to ('2027-01-01');
      create table odd_2 partition of "Odd Name" for values from ('2027-01-01') to ('2028-01-01');
      ${webhook('"Odd Name"', consumer.url)};
      insert into "Odd Name" values (1, '2026-05-01'), (1, '2027-05-01')`)
    await consumer.count(2)
    const keys = await client.sql(`select key from portico.events where name like '%Odd Name%' order by key`)
    expect(keys.map(({ key }) => key)).toEqual([
      'public.Odd Name.hook__odd_name_ [1, "2026-05-01"]',
      'public.Odd Name.hook__odd_name_ [1, "2027-05-01"]',
    ])
  })
})

describe('an event that cannot be delivered', () => {
  test('is a dead letter, lets its key go on, and is replayed', async () => {
    let isUp = false
    await using consumer = await startConsumer((request) =>
      record(request).n === 0 && !isUp ? { status: 503, text: 'away' } : 200,
    )
    await using client = await connectAs(database)
    await using running = await startEvents(database)
    await client.sql(`${hooked('id int primary key, n int', consumer.url, { 'X-Portico-Max-Attempts': '2' })}
      insert into ${table} values (1, 0); update ${table} set n = 1`)
    const arrived = await consumer.count(3)
    expect(arrived.map((request) => record(request).n)).toEqual([0, 0, 1])
    const dead = `select id, attempts, last_status, last_error from portico.events where state = 'dead'`
    const [letter] = await client.sql(dead)
    expect(letter).toMatchObject({ attempts: 2, last_status: 503, last_error: 'HTTP 503: away' })
    await expect
      .poll(() => running.observations)
      .toContainEqual(expect.objectContaining({ kind: 'event', state: 'dead', attempt: 2 }))

    isUp = true
    await client.sql('select portico.replay_event($1)', [letter?.id])
    const again = await consumer.count(4)
    expect(record(again[3] as Arrived)).toEqual({ id: 1, n: 0 })
    expect(again[3]?.headers['x-portico-event-id']).toBe(again[0]?.headers['x-portico-event-id'])
    expect(await client.sql(dead)).toEqual([])
    await expect(client.sql('select portico.replay_event($1)', [letter?.id])).rejects.toMatchObject({ code: 'P0001' })
    await expect(client.sql('select portico.replay_event(-1)')).rejects.toMatchObject({ code: 'P0002' })
  })

  test('waits as long as its consumer asks', async () => {
    let asked = 0
    await using consumer = await startConsumer(() =>
      asked++ === 0 ? { status: 429, headers: { 'retry-after': '2' } } : 200,
    )
    await using client = await connectAs(database)
    await using _ = await startEvents(database)
    await client.sql(`${hooked('id int primary key', consumer.url)} insert into ${table} values (1)`)
    await consumer.count(2)
    await client.until(pending(), 0)
    const [event] = await client.sql(
      `select extract(epoch from finished_at - created_at)::float8 as seconds from portico.events where name like '${table}.%'`,
    )
    expect(event?.seconds).toBeGreaterThanOrEqual(2)
  })

  test.each<[what: string, reply: () => Promise<number>, error: RegExp]>([
    ['does not answer', () => new Promise(() => {}), /timeout/i],
    ['hangs up', () => Promise.reject(new Error('never answers')), /timeout|closed/i],
  ])('because its consumer %s', async (_, reply, error) => {
    await using consumer = await startConsumer(() => reply().catch(() => new Promise(() => {})))
    await using client = await connectAs(database)
    await using _events = await startEvents(database)
    await client.sql(`${hooked('id int primary key', consumer.url, { 'X-Portico-Max-Attempts': '1' }, 200)}
      insert into ${table} values (1)`)
    await client.until(`select state from portico.events where name like '${table}.%'`, 'dead')
    const [letter] = await client.sql(`select last_error from portico.events where name like '${table}.%'`)
    expect(letter?.last_error).toMatch(error)
  })

  test('says why in one line, whatever its consumer answers', async () => {
    await using consumer = await startConsumer(() => ({ status: 500, text: 'a\x1b[2Jb\nc\0d' }))
    await using client = await connectAs(database)
    await using _events = await startEvents(database)
    await client.sql(`${hooked('id int primary key', consumer.url, { 'X-Portico-Max-Attempts': '1' })}
      insert into ${table} values (1)`)
    await client.until(`select last_error from portico.events where name like '${table}.%'`, 'HTTP 500: a [2Jb c d')
  })

  test('because its headers are none is dead at once', async () => {
    await using client = await connectAs(database)
    await using _ = await startEvents(database)
    await client.sql(
      `${hooked('id int primary key', 'http://127.0.0.1:9', { 'X-A': 'a\nb' })} insert into ${table} values (1)`,
    )
    await client.until(`select state from portico.events where name like '${table}.%'`, 'dead')
  })
})
