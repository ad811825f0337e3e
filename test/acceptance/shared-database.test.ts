import { createClient } from '@supabase/supabase-js'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { WebSocket } from 'ws'
import { folderOf, type Running, startPortico } from '../cli/portico.ts'
import { connectAs, startConsumer, ticksOf } from '../events/events-fixture.ts'
import { heard, subscribed } from '../realtime/realtime-fixture.ts'
import { administer, dropByForce } from '../support/administer.ts'

// Two backends, each a process with a data folder of its own, on one database.

const name = `shared_${process.pid}`
const { socketFolder, port } = inject('postgres')
const url = `postgresql://supabase_admin@localhost:${port}/${name}?host=${encodeURIComponent(socketFolder)}`
const on = (database: string) => ({ for: () => ({ host: socketFolder, port, user: 'supabase_admin', database }) })

let project: ReturnType<typeof folderOf>
const consumer = await startConsumer(() => 200)
const others = folderOf()
const backends: Running[] = []
let begun: Date
beforeAll(async () => {
  project = folderOf({
    'supabase/config.toml': 'project_id = "shared"\n[edge_runtime]\nenabled = false\n',
    'supabase/migrations/1_orders.sql': `
      create extension pg_cron;
      create table public.orders (id int primary key);
      create table public.ticks (id bigserial primary key, at timestamptz default clock_timestamp());
      alter table public.orders enable row level security;
      alter table public.ticks enable row level security;
      create trigger ordered after insert on public.orders for each row
        execute function supabase_functions.http_request('${consumer.url}', 'POST', '{}', '{}', '60000');
      select cron.schedule('tick', '1 second', 'insert into public.ticks default values');`,
  })
  await administer(on('postgres'), `create database ${name}`)
  begun = new Date()
  for (const data of ['one', 'two']) {
    backends.push(await startPortico(['--project', project.path, '--db-url', url, '--data', `${others.path}/${data}`]))
  }
})
afterAll(async () => {
  for (const backend of backends) await backend.end('SIGKILL')
  await consumer[Symbol.asyncDispose]()
  await dropByForce(on('postgres'), name)
  project.remove()
  others.remove()
})

/** How many events a backend has delivered, as its own metrics say. */
async function deliveredBy({ facts }: Running): Promise<number> {
  const text = await (await fetch(`${facts.API_URL}/metrics`)).text()
  const lines = text.matchAll(/^portico_event_attempt_duration_seconds_count\{.*source="webhook".*\} (\d+)$/gm)
  return [...lines].reduce((sum, [, count]) => sum + Number(count), 0)
}

test('clients of either hear each other and see who is there', async () => {
  const members = await Promise.all(
    backends.map(async ({ facts }, i) => {
      const client = createClient(`${facts.API_URL}`, `${facts.PUBLISHABLE_KEY}`, {
        auth: { persistSession: false },
        realtime: { transport: WebSocket as never },
      })
      const { all, hear } = heard<{ payload: unknown }>()
      const channel = client.channel('room', { config: { presence: { key: `${i}` } } })
      channel.on('presence', { event: 'sync' }, () => {}).on('broadcast', { event: 'said' }, hear as never)
      await subscribed(channel)
      await channel.track({ of: i })
      return { client, channel, all }
    }),
  )
  for (const { channel } of members) {
    await expect.poll(() => Object.keys(channel.presenceState()).toSorted()).toEqual(['0', '1'])
  }
  await members[0]?.channel.send({ type: 'broadcast', event: 'said', payload: { by: 0 } })
  await expect.poll(() => members[1]?.all.map(({ payload }) => payload)).toEqual([{ by: 0 }])
  for (const { client } of members) await client.realtime.disconnect()
})

test('they share the events, a tick of cron comes once, and one goes on when the other is killed', async () => {
  await using client = await connectAs({ connections: on(name) })
  const shares = () => Promise.all(backends.map(deliveredBy))
  let rows = 0
  const insert = async (count: number) => {
    await client.sql(`insert into public.orders select generate_series(${rows + 1}, ${rows + count})`)
    rows += count
    await consumer.count(rows)
  }
  while (rows < 200 || (rows < 5000 && Math.min(...(await shares())) === 0)) await insert(50)
  expect(Math.min(...(await shares())), 'each delivered some').toBeGreaterThan(0)
  await client.until('select count(*) >= 3 from public.ticks', true)

  // What it has not written down would be delivered once more.
  await client.until(`select count(*)::int from portico.events where source = 'webhook' and state <> 'delivered'`, 0)
  await backends.shift()?.end('SIGKILL')
  await insert(100)
  expect(consumer.arrived).toHaveLength(rows)
  const [before] = await client.sql('select count(*)::int as ticks from public.ticks')
  await client.until(`select count(*) >= ${before?.ticks + 3} from public.ticks`, true)
  const { ticks, seconds } = await ticksOf('tick', { connections: on(name) }, begun)
  expect(ticks, 'never two for one second').toBeLessThanOrEqual(seconds)
})
