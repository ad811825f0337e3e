/**
 * What subscribers cost those who write: inserts of one row, each its own transaction, by 1 and by 8 connections, while
 * nobody subscribes (before there was a subscriber, and after the last has left), while somebody subscribes to another
 * table, to this one, and while a hundred subscribe to it with claims of their own. And how long a change takes to a
 * subscriber. Load and Portico share this process.
 */
import pg from 'pg'
import { createCallerPool } from '#database'
import { silent } from '#observe'
import { createChangeFeed, createTableChanges } from '#realtime'
import { elapsed, median, plainCluster, printTable } from './support/index.ts'

const roles = ['anon', 'authenticated', 'service_role']
const database = `
  create role authenticator login noinherit; ${roles.map((role) => `create role ${role}; grant ${role} to authenticator;`).join(' ')}
  create table notes (id bigint primary key generated always as identity, owner text not null, body text not null);
  create table other (id bigint primary key);
  alter table notes enable row level security;
  create policy own on notes for select using (owner = current_setting('request.jwt.claims')::json->>'sub');
  grant select on all tables in schema public to ${roles.join()};
  create publication supabase_realtime for table notes, other;`

const situations = [
  { name: 'nobody subscribes', table: 'notes', subscribers: 0 },
  { name: 'one, to another table', table: 'other', subscribers: 1 },
  { name: 'one', table: 'notes', subscribers: 1 },
  { name: 'a hundred', table: 'notes', subscribers: 100 },
  { name: 'nobody any more', table: 'notes', subscribers: 0 },
] as const

/** @param args rounds, and inserts of each connection in one; 3 and 400 unless given */
export async function run([rounds = '3', inserts = '400']: string[]): Promise<boolean> {
  const cluster = plainCluster({ wal_level: 'logical' })
  await cluster.initdb()
  const server = await cluster.boot()
  const login = server.connections().for('supabase_admin')
  const writers = new pg.Pool({ ...login, max: 8 })
  writers.on('error', () => {})
  try {
    await writers.query(database)
    const measured = situations.map(() => ({ one: [] as number[], eight: [] as number[], told: [] as number[] }))
    for (let round = 0; round < Number(rounds); round++) {
      for (const [i, situation] of situations.entries()) {
        const { one, eight, told } = await measure(server.connections(), writers, situation, Number(inserts))
        measured[i]?.one.push(one)
        measured[i]?.eight.push(eight)
        measured[i]?.told.push(...told)
      }
    }
    const first = measured[0]
    const ratio = (values: readonly number[], to: readonly number[] = []) => (median(values) / median(to)).toFixed(2)
    printTable(
      ['subscribers', 'inserts/s by 1', '', 'by 8', '', 'told after'],
      situations.map(({ name }, i) => {
        const { one = [], eight = [], told = [] } = measured[i] ?? {}
        const after = told.length > 0 ? `${median(told).toFixed(1)} ms` : ''
        return [
          name,
          median(one).toFixed(0),
          ratio(one, first?.one),
          median(eight).toFixed(0),
          ratio(eight, first?.eight),
          after,
        ]
      }),
    )
    return true
  } finally {
    await writers.end()
    await server.stop()
    cluster.remove()
  }
}

type Connections = Parameters<typeof createCallerPool>[0]['connections']

async function measure(
  connections: Connections,
  writers: pg.Pool,
  { table, subscribers }: (typeof situations)[number],
  inserts: number,
) {
  const callers = await createCallerPool({ connections, observe: silent })
  const feed = createChangeFeed({
    login: connections.for('supabase_admin'),
    plainLogin: connections.for('authenticator'),
    observe: silent,
  })
  const changes = createTableChanges({ feed, callers, observe: silent })
  const told: number[] = []
  let written = 0
  let heard = 0
  let arrived = () => {}
  for (let n = 0; n < subscribers; n++) {
    const claims = { role: 'authenticated', sub: `user ${n}` }
    const binding = { id: 1, event: '*', schema: 'public', table }
    await changes.subscribe(
      [binding],
      { role: 'authenticated', claims },
      {
        deliver() {
          heard++
          arrived()
        },
      },
    )
  }
  const write = async (n: number) => {
    await writers.query('insert into notes (owner, body) values ($1, $2)', [
      `user ${n % Math.max(subscribers, 1)}`,
      'x'.repeat(200),
    ])
  }
  const rate = async (connections: number) => {
    const ms = await elapsed(async () => {
      await Promise.all(
        Array.from({ length: connections }, async () => {
          for (let n = 0; n < inserts; n++) await write(written++)
        }),
      )
    })
    return (connections * inserts * 1000) / ms
  }
  await rate(1)
  const [one, eight] = [await rate(1), await rate(8)]
  if (subscribers > 0 && table === 'notes') {
    // What is still to be told goes first: each row is one subscriber's.
    while (heard < written) await new Promise((resolve) => setTimeout(resolve, 20))
    for (let n = 0; n < 30; n++) {
      const hearing = new Promise<void>((resolve) => {
        arrived = resolve
      })
      const start = performance.now()
      await write(n)
      await hearing
      told.push(performance.now() - start)
    }
  }
  await feed.close()
  await callers.close()
  return { one, eight, told }
}
