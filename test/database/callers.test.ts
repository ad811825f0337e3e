import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { bufferOf, type CallerPool, createCallerPool, type Flow, type Statement, textOf } from '#database'
import { silent } from '#observe'
import { administer } from '../support/administer.ts'
import { useDatabase } from '../support/database.ts'

let callers: CallerPool

const few = 2

const database = useDatabase('create table kept (id int primary key, note text); grant all on kept to authenticated')
beforeAll(async () => {
  callers = await createCallerPool({ connections: database.connections, observe: silent, size: few })
})
afterAll(async () => {
  await callers.close()
})

const caller = (sub: string) => ({ role: 'authenticated', claims: { role: 'authenticated', sub } })
const who: Statement = { text: `select current_user || ' ' || (auth.jwt() ->> 'sub')`, values: [] }
const sleep = (seconds: number): Statement => ({ text: 'select pg_sleep($1::float8)::text', values: [String(seconds)] })

const cancelled = { code: '57014' }

describe('a caller who goes away', () => {
  test('ends the statement', async () => {
    const gone = new AbortController()
    const asked = callers.run(caller('slow'), undefined, [sleep(60)], { signal: gone.signal })
    await expect.poll(sleeping, { interval: 20 }).toBe(1)
    gone.abort()
    await expect(asked).rejects.toMatchObject(cancelled)
    await expect.poll(sleeping, { interval: 20 }).toBe(0)
  })

  test('takes what it did along', async () => {
    const gone = new AbortController()
    const write: Statement = { text: `insert into kept values (1, 'lost') returning note`, values: [] }
    const asked = callers.run(caller('slow'), undefined, [write, sleep(60)], { signal: gone.signal })
    await expect.poll(sleeping, { interval: 20 }).toBe(1)
    gone.abort()
    await expect(asked).rejects.toMatchObject(cancelled)
    const count: Statement = { text: 'select count(*)::text from kept', values: [] }
    expect(await callers.run(caller('next'), undefined, [count])).toEqual(['0'])
  })

  test('leaves the queue, and nothing is sent', async () => {
    const busy = Array.from({ length: few }, () => callers.run(caller('busy'), undefined, [sleep(0.2)]))
    const gone = new AbortController()
    const asked = callers.run(caller('gone'), undefined, [sleep(60)], { signal: gone.signal })
    const reason = new Error('gone')
    gone.abort(reason)
    await expect(asked).rejects.toBe(reason)
    await Promise.all(busy)
  })

  test('before anything was asked is not served', async () => {
    await expect(callers.run(caller('a'), undefined, [who], { signal: AbortSignal.abort() })).rejects.toThrow()
  })

  test('never ends what the next one asks: a thousand races', async () => {
    const one = await createCallerPool({ connections: database.connections, observe: silent, size: 1 })
    // Connected: nobody waits in a queue.
    await one.run(caller('first'), undefined, [who])
    const outcomes = { cancelled: 0, answered: 0 }
    for (let race = 0; race < 1000; race++) {
      const gone = new AbortController()
      const asked = one.run(caller('racer'), undefined, [sleep(0.0005 * (race % 3))], { signal: gone.signal })
      const outcome = asked.then(
        () => outcomes.answered++,
        (error) => {
          expect(error).toMatchObject(cancelled)
          outcomes.cancelled++
        },
      )
      // Somewhere between the first byte that is sent and the last that comes back.
      const next = caller(`next ${race}`)
      const delay = race % 7
      if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay / 3))
      gone.abort()
      // Asked behind it on the only connection, while the cancel may still be under way.
      expect(await one.run(next, undefined, [who])).toEqual([`authenticated next ${race}`])
      await outcome
    }
    await one.close()
    expect(outcomes.answered + outcomes.cancelled).toBe(1000)
    expect(Math.min(outcomes.answered, outcomes.cancelled)).toBeGreaterThan(0)
  })
})

test('a hundred callers, errors and cancellations among them, each see themselves alone', async () => {
  const ask = async (n: number, turn: number): Promise<void> => {
    const me = caller(`caller ${n}`)
    switch ((n + turn) % 5) {
      case 0:
        return void (await expect(
          callers.run(me, undefined, [who, { text: 'select 1 / $1::int', values: ['0'] }]),
        ).rejects.toMatchObject({ code: '22012' }))
      case 1: {
        const gone = new AbortController()
        setTimeout(() => gone.abort(new Error('gone')), (n + turn) % 4)
        return void (await callers
          .run(me, undefined, [who, sleep(0.002)], { signal: gone.signal })
          .then(([answer]) => expect(answer).toBe(`authenticated caller ${n}`))
          .catch((error) => expect([error.code, error.message]).toContainEqual(expect.stringMatching(/57014|gone/))))
      }
      case 2:
        // Not a statement at all: it fails before it is prepared.
        return void (await expect(
          callers.run(me, undefined, [{ text: `selec ${n}`, values: [] }]),
        ).rejects.toMatchObject({ code: '42601' }))
      case 3: {
        const settings = { method: 'GET', path: `/${n}`, headers: {}, settings: { work_mem: `${1001 + 2 * n}kB` } }
        const seen: Statement = {
          text: `select current_setting('request.path') || current_setting('work_mem')`,
          values: [],
        }
        return void expect(await callers.run(me, settings, [seen])).toEqual([`/${n}${1001 + 2 * n}kB`])
      }
      default: {
        const left: Statement = {
          text: `select concat_ws(' ', current_user, auth.jwt() ->> 'sub', nullif(current_setting('request.path', true), ''), current_setting('work_mem'))`,
          values: [],
        }
        return void expect(await callers.run(me, undefined, [left])).toEqual([`authenticated caller ${n} 4MB`])
      }
    }
  }
  for (let turn = 0; turn < 10; turn++) {
    await Promise.all(Array.from({ length: 100 }, (_, n) => ask(n, turn)))
  }
})

describe('bytes', () => {
  test.each([0, 1, 100, 65_000, 65_536, 300_000, 5_000_000])('%i of them arrive whole', async (size) => {
    const statement: Statement = {
      text: `select repeat('é', $1::int / 2) || repeat('x', $1::int % 2)`,
      values: [String(size)],
    }
    const [answer] = await callers.bytes(caller('a'), undefined, [statement])
    const { bytes } = answer ?? {}
    const whole = bytes ? bufferOf(bytes) : Buffer.alloc(0)
    expect([whole.length, bytes?.size]).toEqual([size, size])
    expect(whole.toString().replaceAll('é', '')).toBe('x'.repeat(size % 2))
  })

  test('of several statements, nulls and nothing among them', async () => {
    const answers = await callers.bytes(
      caller('a'),
      undefined,
      ['select null::text', 'select 1::text where false', `select 'z'`].map((text) => ({ text, values: [] })),
    )
    expect(answers.map((answer) => answer?.bytes && textOf(answer.bytes))).toEqual([null, undefined, 'z'])
  })

  test('are taken as they come, no faster than they are wanted', async () => {
    const taken: number[] = []
    let waits = 0
    const [answer] = await callers.bytes(
      caller('a'),
      undefined,
      [{ text: `select repeat('y', 3000000)`, values: [] }],
      {
        streaming: {
          above: 1_000_000,
          open: (size, flow) => {
            expect(size).toBe(3_000_000)
            return {
              write(_from, start, end) {
                taken.push(end - start)
                waits++
                setTimeout(() => flow.resume(), 1)
                return false
              },
            }
          },
        },
      },
    )
    expect(answer).toEqual({ bytes: null, others: [] })
    expect(taken.reduce((sum, size) => sum + size, 0)).toBe(3_000_000)
    expect(waits).toBeGreaterThan(10)
  })
})

/** A streamed answer of 3 MB whose client takes no more for now: its sink, and what it may do with the connection. */
async function streamed(one: CallerPool, write: (more: boolean, flow: Flow) => boolean): Promise<Flow> {
  let flow: Flow | undefined
  const open = (size: number, given: Flow) => {
    let taken = 0
    flow = given
    return {
      write(_from: Buffer, start: number, end: number) {
        taken += end - start
        return write(taken < size, given)
      },
    }
  }
  const statement = { text: `select repeat('y', 3000000)`, values: [] }
  await one.bytes(caller('slow'), undefined, [statement], { streaming: { above: 1_000_000, open } })
  if (!flow) throw new Error('nothing was streamed')
  return flow
}

describe('a client that is slow with a streamed answer', () => {
  let one: CallerPool
  beforeEach(async () => {
    one = await createCallerPool({ connections: database.connections, observe: silent, size: 1 })
    return () => one.close()
  })

  test('keeps nobody waiting once it was read', async () => {
    let took = false
    await streamed(one, (more, flow) => {
      // Slow enough for the end of the answer to come with the last of the value, mostly.
      setTimeout(
        () => {
          took = !more
          flow.resume()
        },
        more ? 20 : 2000,
      )
      return false
    })
    const before = took
    expect(await one.run(caller('next'), undefined, [who])).toEqual(['authenticated next'])
    expect(took).toBe(before)
  })

  test('ends nobody else’s statement when it leaves', async () => {
    const flow = await streamed(one, () => true)
    const next = one.run(caller('next'), undefined, [sleep(0.05), who])
    flow.abandon()
    expect((await next)[1]).toBe('authenticated next')
  })
})

test('a streamed answer that fails leaves its place to the next one', async () => {
  const statements = [`select repeat('y', 3000000)`, 'select (1 / 0)::text'].map((text) => ({ text, values: [] }))
  const sizes: number[] = []
  const open = (size: number) => {
    sizes.push(size)
    return { write: () => true }
  }
  // As many as may be streamed at one time, and one more.
  for (let n = 0; n < few / 2 + 1; n++) {
    await expect(
      callers.bytes(caller('a'), undefined, statements, { streaming: { above: 1_000_000, open } }),
    ).rejects.toMatchObject({ code: '22012' })
  }
  expect(sizes).toEqual([3_000_000, 3_000_000])
})

test('a connection that breaks fails its statement, and the next one is served', async () => {
  const asked = callers.run(caller('a'), undefined, [sleep(60)])
  const failed = expect(asked).rejects.toMatchObject({ code: '57P01' })
  await expect.poll(sleeping, { interval: 20 }).toBe(1)
  await administer(
    database.connections,
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and usename = 'authenticator'`,
  )
  await failed
  await expect
    .poll(() => callers.run(caller('b'), undefined, [who]).catch(() => undefined), { interval: 20 })
    .toEqual(['authenticated b'])
})

test('what an error left unprepared is prepared anew by whoever is next on the connection', async () => {
  const one = await createCallerPool({ connections: database.connections, observe: silent, size: 1 })
  const run = (...texts: string[]) =>
    one.run(
      caller('next'),
      undefined,
      texts.map((text) => ({ text, values: [] })),
    )
  const process = 'select pg_backend_pid()::text'
  try {
    const [before] = await run(process)
    // From its second time on it is prepared.
    await run(`select 'later'`)
    const outcomes = await Promise.allSettled([run('select (1 / 0)::text', `select 'later'`), run(`select 'later'`)])
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled'])
    // One that is out of step with what it has prepared is given up.
    expect(await run(process)).toEqual([before])
  } finally {
    await one.close()
  }
})

test('what fails leaves nothing prepared behind', async () => {
  const one = await createCallerPool({ connections: database.connections, observe: silent, size: 1 })
  const ask = (text: string) => one.run(caller('a'), undefined, [{ text, values: [] }])
  for (let n = 0; n < 100; n++) await expect(ask('select (1 / 0)::text')).rejects.toMatchObject({ code: '22012' })
  const [kept] = await ask('select count(*)::text from pg_prepared_statements')
  expect(Number(kept)).toBeLessThan(5)
  await one.close()
})

test('statements beyond what a connection keeps are closed and prepared anew', async () => {
  const one = await createCallerPool({ connections: database.connections, observe: silent, size: 1 })
  const ask = async (text: string) => (await one.run(caller('a'), undefined, [{ text, values: [] }]))[0]
  const kept = async () => Number(await ask('select count(*)::text from pg_prepared_statements'))
  for (let n = 0; n < 200; n++) expect(await ask(`select '${n}'`)).toBe(String(n))
  // Those that came once are not prepared.
  expect(await kept()).toBeLessThan(5)
  for (let n = 0; n < 200; n++) expect(await ask(`select '${n}'`)).toBe(String(n))
  expect(await ask(`select '0'`)).toBe('0')
  const most = await kept()
  expect(most).toBeGreaterThan(100)
  expect(most).toBeLessThanOrEqual(129)
  await one.close()
})

async function sleeping(): Promise<number> {
  const client = new pg.Client(database.connections.for('supabase_admin'))
  await client.connect()
  const { rows } = await client.query(
    `select count(*)::int as n from pg_stat_activity where datname = current_database() and state = 'active' and query like 'select pg_sleep%'`,
  )
  await client.end()
  return (rows[0] as { n: number }).n
}
