import { setTimeout as later } from 'node:timers/promises'
import fc from 'fast-check'
import { beforeEach, expect, test } from 'vitest'
import { type CallerPool, createCallerPool, type Statement } from '#database'
import { silent } from '#observe'
import { useDatabase } from '../support/database.ts'
import { connected } from './sql-client.ts'

/** Callers whose statements are brief and only read share a connection's round trips. */

let callers: CallerPool

const database = useDatabase(
  `create table seen (who text); grant all on seen to authenticated;
   create function public.slowly(seconds float8) returns text language sql as 'select current_user::text from pg_sleep(seconds)';
   create sequence runs; grant all on sequence runs to authenticated;
   create function public.counted(seconds float8) returns text language sql as 'select nextval(''runs'')::text from pg_sleep(seconds)';
   create function public.stay(really boolean) returns text language sql security definer
     as 'select case when really then ''here'' else pg_terminate_backend(pg_backend_pid())::text end'`,
)

beforeEach(async () => {
  callers = await createCallerPool({ connections: database.connections, observe: silent, size: 2, processors: 1 })
  // Known on both connections, and known to take no time.
  for (const statement of [who, wait(0), fail(1), stay(true)]) {
    for (let n = 0; n < 5; n++) await Promise.all([ask('a', statement), ask('b', statement)])
  }
  return () => callers.close()
})

const caller = (sub: string) => ({ role: 'authenticated', claims: { role: 'authenticated', sub } })
const who: Statement = {
  text: `select concat_ws(' ', current_user, auth.jwt() ->> 'sub', pg_backend_pid())`,
  values: [],
}
const wait = (seconds: number): Statement => ({ text: 'select public.slowly($1::float8)', values: [String(seconds)] })
const fail = (by: number): Statement => ({ text: 'select (1 / $1::int)::text', values: [String(by)] })
const stay = (really: boolean): Statement => ({ text: 'select public.stay($1::boolean)', values: [String(really)] })

async function ask(sub: string, statement: Statement, signal?: AbortSignal): Promise<string> {
  const [answer] = await callers.run(caller(sub), undefined, [statement], { reads: true, ...(signal && { signal }) })
  return answer ?? ''
}

const many = 12
const all = () => Array.from({ length: many }, (_, n) => ask(String(n), who))
const theirs = Array.from({ length: many }, (_, n) => expect.stringContaining(`authenticated ${n} `))

/** Until it is known as brief: a few runs suffice, but on a busy machine some of them take long. */
async function learn(run: () => Promise<unknown>): Promise<void> {
  for (let quick = 0; quick < 4; ) {
    const begun = performance.now()
    await run()
    const took = performance.now() - begun
    quick = took <= 2 ? quick + 1 : took <= 5 ? quick : -8
  }
}

/** The one connection for what is brief is busy, so that what is asked next waits, and goes together. */
function occupy(): Promise<unknown> {
  return ask('first', wait(0.004))
}

test('each is answered its own', async () => {
  const busy = occupy()
  expect(await Promise.all(all())).toEqual(theirs)
  await busy
})

test('a failure is one caller’s alone', async () => {
  const busy = occupy()
  const [failed, ...answers] = await Promise.allSettled([ask('bad', fail(0)), ...all()])
  expect(failed).toMatchObject({ status: 'rejected', reason: { code: '22012' } })
  expect(answers.map((answer) => answer.status === 'fulfilled' && answer.value)).toEqual(theirs)
  await busy
})

test('one that takes longer than ever keeps nobody waiting', async () => {
  const busy = occupy()
  const gone = new AbortController()
  const slow = expect(ask('slow', wait(60), gone.signal)).rejects.toMatchObject({ code: '57014' })
  expect(await Promise.all(all())).toEqual(theirs)
  gone.abort()
  await slow
  await busy
})

test('whoever goes away takes nobody along', async () => {
  const busy = occupy()
  const gone = [new AbortController(), new AbortController()]
  const slow = expect(ask('slow', wait(60), gone[0]?.signal)).rejects.toMatchObject({ code: '57014' })
  const behind = ask('behind', who, gone[1]?.signal)
  const others = all()
  await busy
  const reason = new Error('gone')
  gone[1]?.abort(reason)
  await expect(behind.catch((error) => (error === reason ? 'gone' : error))).resolves.toSatisfy(
    (answer) => answer === 'gone' || String(answer).startsWith('authenticated behind '),
  )
  expect(await Promise.all(others)).toEqual(theirs)
  gone[0]?.abort(new Error('gone'))
  await slow
  expect(await Promise.all(all())).toEqual(theirs)
})

test('what nobody waits for any more is ended', async () => {
  const busy = occupy()
  const gone = new AbortController()
  const first = ask('first', wait(0.005))
  const dropped = expect(ask('dropped', wait(60), gone.signal)).rejects.toThrow()
  await busy
  // On its way, behind the other.
  gone.abort(new Error('gone'))
  await Promise.all([dropped, first])
  await expect.poll(sleeping, { interval: 20 }).toBe(0)
})

test('a change has its connection to itself, and is never asked twice', async () => {
  const write: Statement = { text: 'insert into seen select $1 returning who', values: ['once'] }
  const changes = Array.from({ length: 40 }, async () => {
    const [answer] = await callers.run(caller('writer'), undefined, [write])
    return answer
  })
  const slow = ask('slow', wait(0.1))
  await Promise.all([slow, ...changes, ...all()])
  const [count] = await callers.run(caller('a'), undefined, [{ text: 'select count(*)::text from seen', values: [] }])
  expect(count).toBe('40')
})

test('what has become slow is not asked many times over', async () => {
  const counted = (seconds: number): Statement => ({
    text: 'select public.counted($1::float8)',
    values: [String(seconds)],
  })
  for (let n = 0; n < 5; n++) await ask('quick', counted(0))
  const before = Number(await ask('before', counted(0)))
  await Promise.all(Array.from({ length: 60 }, (_, n) => ask(String(n), counted(0.02))))
  // Those behind one that was slow, and no others.
  expect(Number(await ask('after', counted(0))) - before).toBeLessThan(60 + 2 * 16)
})

test('closing lets those end who wait behind a slow one', async () => {
  const pool = await createCallerPool({ connections: database.connections, observe: silent, size: 2, processors: 1 })
  const run = (statement: Statement) => pool.run(caller('a'), undefined, [statement], { reads: true })
  for (let n = 0; n < 5; n++) await Promise.all([run(who), run(wait(0))])
  const busy = run(wait(0.004))
  const asked = Promise.all([run(wait(0.1)), ...Array.from({ length: many }, () => run(who))])
  await busy
  await pool.close()
  expect(await asked).toHaveLength(1 + many)
})

test('however many wait for slow ones, what is brief is answered', async () => {
  const four = await createCallerPool({ connections: database.connections, observe: silent, size: 4, processors: 1 })
  const run = (sub: string, statement: Statement, signal: AbortSignal) =>
    four.run(caller(sub), undefined, [statement], { reads: true, signal })
  const gone = new AbortController()
  try {
    await learn(() => run('first', who, gone.signal))
    const slow = Array.from({ length: 40 }, () =>
      expect(four.run(caller('slow'), undefined, [wait(60)], { signal: gone.signal })).rejects.toThrow(),
    )
    await expect.poll(sleeping, { interval: 20 }).toBe(3)
    const answers = Array.from({ length: many }, (_, n) => run(String(n), who, gone.signal))
    expect((await Promise.all(answers)).flat()).toEqual(theirs)
    gone.abort(new Error('gone'))
    await Promise.all(slow)
  } finally {
    await four.close()
  }
})

test('when a connection breaks, those behind are asked on another', async () => {
  const busy = occupy()
  const broken = expect(ask('broken', stay(false))).rejects.toMatchObject({ code: '57P01' })
  expect(await Promise.all(all())).toEqual(theirs)
  await broken
  await busy
})

type Step = readonly ['who' | 'fail' | 'wait', number, number | undefined]

test('whatever is asked, and whoever leaves, everybody hears what is theirs or of their own end', async () => {
  const step: fc.Arbitrary<Step> = fc.tuple(
    fc.constantFrom('who', 'who', 'who', 'fail', 'wait'),
    fc.integer({ min: 0, max: 25 }),
    fc.option(fc.integer({ min: 0, max: 12 }), { nil: undefined, freq: 3 }),
  )
  let turn = 0
  const perform = async ([kind, milliseconds, leaves]: Step, n: number): Promise<void> => {
    const sub = `${turn}.${n}`
    const gone = new AbortController()
    const statement = kind === 'who' ? who : kind === 'fail' ? fail(0) : wait(milliseconds / 1000)
    const asked = ask(sub, statement, gone.signal).then(
      (answer) => ({ answer }),
      (error) => ({ error: error.code ?? error.message }),
    )
    if (leaves !== undefined) {
      await later(leaves)
      gone.abort(new Error('gone'))
    }
    const left = leaves === undefined ? [] : [{ error: 'gone' }, { error: '57014' }]
    const own =
      kind === 'fail'
        ? { error: '22012' }
        : { answer: kind === 'who' ? expect.stringContaining(`authenticated ${sub} `) : 'authenticated' }
    expect([own, ...left]).toContainEqual(await asked)
  }
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 60 }), async (steps) => {
      turn++
      await Promise.all(steps.map(perform))
    }),
    { numRuns: 25 },
  )
})

async function sleeping(): Promise<number> {
  return await connected(database.connections, 'supabase_admin', async (client) => {
    const { rows } = await client.query(
      `select count(*)::int as n from pg_stat_activity
       where datname = current_database() and state = 'active' and query like '%public.slowly%' and usename = 'authenticator'`,
    )
    return (rows[0] as { n: number }).n
  })
}
