import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createCheapFirst } from '../../src/realtime/changes/cheap-first.ts'
import { createSlowness } from '../../src/realtime/changes/slowness.ts'
import { anon, as, changeHarness, type Heard } from './change-harness.ts'

let harness: Awaited<ReturnType<typeof changeHarness>>
beforeAll(async () => {
  harness = await changeHarness()
})
afterAll(() => harness?.close())

/** Of a text of 640 characters it takes seconds, and so does any like it. */
const slowly = (more = '') => `body=match.^(.+)(.+)(.+)(.+)\\1\\2\\3\\4\\4${more}$`
const long = `repeat('ab', 320)`

async function tables(...names: string[]) {
  for (const name of names) {
    await harness.sql.query(`create table ${name} (id int primary key, body text);
      grant select on ${name} to anon, authenticated;
      alter publication supabase_realtime add table ${name}`)
  }
}

const ids = (heard: readonly Heard[]) => heard.map(({ data }) => data.record?.id)

test('who was put out for a filter that takes forever is not let in again with it, nor with another one', async () => {
  await tables('papers')
  const { subscribe, sql } = harness
  const at = { role: 'anon', claims: { role: 'anon', at: '192.0.2.200' } }
  const slow = await subscribe(at, { table: 'papers', filter: slowly() })
  await sql.query(`insert into papers values (1, ${long})`)
  await expect.poll(() => slow.warned).toEqual([expect.stringContaining('57014')])
  const refused = expect.stringMatching(
    /^Unable to subscribe to changes: a filter took too long, try again in \d+ seconds$/,
  )
  const reason = async (caller: typeof anon, filter: string) => {
    const made = await subscribe(caller, { table: 'papers', filter }).catch((error: Error) => error.message)
    if (typeof made === 'object') made.stop()
    return made
  }
  expect(await reason(at, slowly())).toEqual(refused)
  expect(await reason(at, slowly('?'))).toEqual(refused)
  expect(await reason(anon, slowly())).toEqual(refused)
  for (const [caller, filter] of [
    [at, 'id=gt.0'],
    [anon, 'body=like.a%'],
    [as('ada'), 'body=like.a%'],
  ] as const) {
    expect(await reason(caller, filter)).toBeTypeOf('object')
  }
})

test('nobody else’s table waits for a slow one, whatever comes after it', async () => {
  await tables('held', 'free')
  const { subscribe, sql, database } = harness
  await sql.query(`
    alter table held enable row level security;
    create policy p on held for select to authenticated using (pg_advisory_xact_lock_shared(42) is not null)`)
  const holder = new pg.Client(database.connections.for('postgres'))
  await holder.connect()
  await holder.query('select pg_advisory_lock(42)')
  const [good, slow, both] = [
    await subscribe(anon, { table: 'free' }),
    await subscribe(as('eve'), { table: 'held' }),
    await subscribe(as('eve'), { table: 'held' }, { table: 'free' }),
  ]
  await sql.query(`insert into held values (1, 'x')`)
  const waits = `select from pg_locks where locktype = 'advisory' and objid = 42 and not granted
    and database = (select oid from pg_database where datname = current_database())`
  await expect.poll(async () => (await holder.query(waits)).rowCount, { interval: 5 }).toBe(1)
  for (const id of [2, 3, 4]) await sql.query(`insert into free values (${id}, 'x')`)
  await expect.poll(() => ids(good.heard), { interval: 5 }).toEqual([2, 3, 4])
  expect([ids(slow.heard), ids(both.heard)]).toEqual([[], []])
  await holder.query('select pg_advisory_unlock(42)')
  await expect.poll(() => [ids(slow.heard), ids(both.heard)]).toEqual([[1], [1, 2, 3, 4]])
  await holder.end()
  for (const { stop } of [good, slow, both]) stop()
})

test('who listens to several tables hears of them in the order of commits', async () => {
  await tables('left_side', 'right_side')
  await harness.sql.query(`
    alter table left_side enable row level security;
    create policy p on left_side for select to anon using (pg_sleep(0.02) is not null)`)
  const bindings = [{ table: 'left_side' }, { table: 'right_side', filter: 'body=like.x' }]
  const { after, stop } = await harness.subscribe(anon, ...bindings)
  const inserts = Array.from(
    { length: 20 },
    (_, i) => `insert into ${i % 3 ? 'right' : 'left'}_side values (${i}, 'x')`,
  )
  expect(ids(await after(...inserts))).toEqual(inserts.map((_, i) => i))
  stop()
})

describe('how long a slow filter is remembered', () => {
  const filters = [{ column: 'a', operator: 'match', value: 'x', negate: false }] as const
  const binding = { id: 1, action: '*', schema: 'public', table: 't', filters, select: undefined } as const
  const of = (sub: string, more: object = {}) => ({ caller: as(sub), address: undefined, bindings: [binding], ...more })

  test('twice as long each time, an hour at most, until it was good for as long', () => {
    let now = 0
    const slowness = createSlowness(() => now)
    const offend = () => {
      slowness.note(of('ada'))
      const left = slowness.left(of('ada'))
      now += left
      return left / 1000
    }
    expect(Array.from({ length: 11 }, offend)).toEqual([10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600])
    expect(slowness.left(of('ada'))).toBe(0)
    now += 3600_000
    expect(offend()).toBe(10)
  })

  test('of several bindings nobody knows which it was, so that they are refused to the one who asked for them', () => {
    const slowness = createSlowness(() => 0)
    const other = { ...binding, table: 'u' }
    slowness.note(of('ada', { bindings: [binding, other] }))
    expect([slowness.left(of('ada')), slowness.left(of('eve'))]).toEqual([10_000, 0])
  })
})

test('of those that wait to compare patterns, whoever took the least is first, and nobody waits for ever', async () => {
  const inTurn = createCheapFirst(1)
  const done: string[] = []
  const taking = (key: string, ms: number) =>
    inTurn(key, async () => {
      await new Promise((resolve) => setTimeout(resolve, ms))
      done.push(key)
    })
  await taking('dear', 100)
  done.length = 0
  const all = ['busy', 'dear', 'cheap 1', 'cheap 2'].map((key) => taking(key, 20))
  await Promise.all(all)
  expect(done).toEqual(['busy', 'cheap 1', 'cheap 2', 'dear'])
})
