import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { descendantsOf, folderOf, leftOf, type Running, startPortico } from '../cli/portico.ts'

// Transactions that overlap, roll back and change one key several times write 2,000 events for consumers that fail one
// time in five, while Portico, and once Postgres alone, is killed at moments of chance.

/** How many rows that carry a webhook are to be committed, and by how many connections at once. */
const wanted = 2000
const writers = 6
const kills = 3
/** How far, in rows, the writers run ahead of the deliveries. */
const lead = 400
const orders = 60
const accounts = 40

interface Arrived {
  readonly sequence: bigint
  readonly id: string
  readonly key: string
  readonly row: string
  readonly taken: boolean
}

/** Every request of a webhook, in the order of arrival, and whether it was answered with success. */
const arrived: Arrived[] = []
const consumer = createServer(async (req, res) => {
  // Whoever sent it may have been killed meanwhile.
  const parts: Buffer[] | undefined = await req.toArray().catch(() => undefined)
  if (parts === undefined) return
  const { table, record } = JSON.parse(Buffer.concat(parts).toString())
  const taken = Math.random() >= 0.2
  arrived.push({
    sequence: BigInt(String(req.headers['x-portico-sequence'])),
    id: String(req.headers['x-portico-event-id']),
    key: table === 'orders' ? `order ${record.id}` : `account ${record.account}`,
    row: table === 'orders' ? `order ${record.id} ${record.version}` : `payment ${record.id}`,
    taken,
  })
  if (taken) res.writeHead(204).end()
  // One kind of failure answers, the other one hangs up.
  else if (Math.random() < 0.5) res.writeHead(503).end('not now')
  else req.socket.destroy()
})

let project: ReturnType<typeof folderOf>
beforeAll(async () => {
  consumer.listen(0, '127.0.0.1')
  await once(consumer, 'listening')
  const url = `http://127.0.0.1:${(consumer.address() as AddressInfo).port}/`
  project = folderOf({
    'supabase/config.toml': 'project_id = "events"\n[edge_runtime]\nenabled = false\n',
    'supabase/migrations/1_shop.sql': `
      create table public.orders (id int primary key, version int not null default 0);
      create table public.versions (order_id int, version int, primary key (order_id, version));
      create table public.payments (id bigserial primary key, account int not null);
      insert into public.orders select generate_series(1, ${orders});
      alter table public.orders enable row level security;
      alter table public.versions enable row level security;
      alter table public.payments enable row level security;
      create trigger changed after update on public.orders for each row
        execute function supabase_functions.http_request('${url}', 'POST', '{}', '{}', '60000');
      create trigger paid after insert on public.payments for each row execute function
        supabase_functions.http_request('${url}', 'POST', '{"X-Portico-Order-Key": "account"}', '{}', '60000');`,
  })
})
afterAll(async () => {
  project.remove()
  consumer.closeAllConnections()
  consumer.close()
})

test('every committed event arrives, in order per key, across failures, overlaps and kill -9', {
  timeout: 300_000,
}, async () => {
  let running = await startPortico(['--project', project.path])
  try {
    const load = write(() => running)
    for (let kill = 0; kill < kills; kill++) {
      await hasArrived(((kill + 0.3 + Math.random() / 2) * wanted) / kills)
      const children = descendantsOf(running.pid)
      if (kill === 1) {
        process.kill(postmasterIn(children), 'SIGKILL')
        continue
      }
      process.kill(running.pid, 'SIGKILL')
      running = await startPortico(['--project', project.path])
      expect(await leftOf(children), 'nothing outlives Portico').toEqual([])
    }
    await load.done
    await delivered(running)
    await check(running)
  } finally {
    await running.end('SIGTERM')
  }
})

/** Writes from several connections at once until enough was acknowledged, past the deaths of the backend. */
function write(running: () => Running) {
  let committed = 0
  let rolledBack = 0
  const one = async () => {
    while (committed < wanted) {
      const client = new pg.Client(running().facts.DB_URL)
      client.on('error', () => {})
      try {
        await client.connect()
        while (committed < wanted) {
          while (committed > arrived.length + lead) await sleep(10)
          const rows = await transaction(client)
          committed += rows
          if (rows === 0) rolledBack++
        }
      } catch {
        await sleep(50)
      } finally {
        await client.end().catch(() => {})
      }
    }
  }
  return {
    done: Promise.all(Array.from({ length: writers }, one)).then(() => {
      expect(rolledBack, 'there were rollbacks').toBeGreaterThan(10)
    }),
  }
}

/** The server itself: its other processes are its children. */
function postmasterIn(pids: readonly number[]): number {
  const table = execFileSync('ps', ['-o', 'pid=,ppid=,comm=', '-p', pids.join()], { encoding: 'utf8' })
  const servers = [...table.matchAll(/^ *(\d+) +(\d+) postgres$/gm)].map(([, pid, parent]) => [
    Number(pid),
    Number(parent),
  ])
  const [own] = servers.find(([, parent]) => !servers.some(([pid]) => pid === parent)) ?? []
  if (own === undefined) throw new Error('Postgres does not run')
  return own
}

async function hasArrived(count: number): Promise<void> {
  while (arrived.length < count) await sleep(10)
}

/** Several changes of one order, or payments of several accounts. How many rows were committed. */
async function transaction(client: pg.Client): Promise<number> {
  const count = 1 + random(4)
  await client.query('begin')
  if (Math.random() < 0.5) {
    const order = 1 + random(orders)
    for (let n = 0; n < count; n++) {
      await client.query(
        `with changed as (update public.orders set version = version + 1 where id = $1 returning id, version)
         insert into public.versions select id, version from changed`,
        [order],
      )
    }
  } else {
    for (let n = 0; n < count; n++) {
      await client.query('insert into public.payments (account) values ($1)', [1 + random(accounts)])
      // So that others come in between.
      if (Math.random() < 0.3) await client.query('select pg_sleep(random() * 0.02)')
    }
  }
  const isUndone = Math.random() < 0.15
  await client.query(isUndone ? 'rollback' : 'commit')
  return isUndone ? 0 : count
}

async function delivered(running: Running): Promise<void> {
  await asOwner(running, async (client) => {
    const left = async () => {
      const { rows } = await client.query(`select count(*)::int as left from portico.events where state <> 'delivered'`)
      return rows[0].left
    }
    await expect.poll(left, { timeout: 120_000, interval: 200 }).toBe(0)
  })
}

async function check(running: Running): Promise<void> {
  await asOwner(running, async (client) => {
    const lines = async (text: string) => (await client.query<{ line: string }>(text)).rows.map(({ line }) => line)
    const rows = await lines(`select format('order %s %s', order_id, version) as line from public.versions
      union all select format('payment %s', id) from public.payments`)
    const log = await lines('select event_id as line from portico.events order by id')
    expect(rows.length).toBeGreaterThanOrEqual(wanted)
    expect(log.length, 'one event a committed row').toBe(rows.length)

    const taken = new Set(arrived.filter((one) => one.taken).map(({ id }) => id))
    expect(
      log.filter((id) => !taken.has(id)),
      'each is delivered',
    ).toEqual([])
    const arrivedRows = new Set(arrived.map(({ row }) => row))
    expect(
      rows.filter((row) => !arrivedRows.has(row)),
      'of each row',
    ).toEqual([])
    const committed = new Set(rows)
    expect(
      [...arrivedRows].filter((row) => !committed.has(row)),
      'and of no row that was rolled back',
    ).toEqual([])

    const last = new Map<string, bigint>()
    const late = arrived.filter(({ key, sequence }) => {
      const before = last.get(key) ?? 0n
      if (sequence > before) last.set(key, sequence)
      return sequence < before
    })
    expect(late, 'none arrives after one that comes after it in its key').toEqual([])
    const failures = arrived.filter(({ taken }) => !taken).length
    expect(failures / arrived.length).toBeGreaterThan(0.1)
  })
}

async function asOwner<T>({ facts }: Running, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(facts.DB_URL)
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

function random(below: number): number {
  return Math.floor(Math.random() * below)
}
