import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type CallerPool, createCallerPool, textOf } from '#database'
import { silent } from '#observe'
import { type ScriptedServer, type ScriptedSession, startScriptedServer } from './scripted-server.ts'

/** What is sent when, on which connection: the server answers, and time passes, when the test says so. */

let server: ScriptedServer
let callers: CallerPool

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance', 'setInterval', 'clearInterval'] })
})
afterEach(async () => {
  server.close()
  await callers.close()
  vi.useRealTimers()
})

async function pass(milliseconds: number): Promise<void> {
  vi.advanceTimersByTime(milliseconds)
  // What a timer has put off to the end of the turn.
  await turn()
  await turn()
}

const caller = { role: 'authenticated', claims: {} }
const known = 'select $1'

interface Options {
  readonly text?: string
  readonly reads?: boolean
  readonly signal?: AbortSignal
}

/** Answers who answered what: `1 label`. */
async function ask(label: unknown, { text = known, reads = true, signal }: Options = {}): Promise<string | null> {
  const [answer = null] = await callers.run(caller, undefined, [{ text, values: [label] }], { reads, signal })
  return answer
}

type Three = readonly [ScriptedSession, ScriptedSession, ScriptedSession]

/** Three connections, of which the first free one is used next, and one at a time for what is brief. */
async function connect(options: { pooled?: boolean } = {}): Promise<Three> {
  server = await startScriptedServer(options)
  callers = await createCallerPool({
    connections: { for: () => server.config },
    observe: silent,
    size: 3,
    processors: 1,
  })
  const asked = [0, 1, 2].map((n) => ask(n, { reads: false }))
  const sessions = [await server.session(), await server.session(), await server.session()] as const
  for (const session of sessions.toReversed()) {
    const [which] = await labels(session)
    session.answer()
    await asked[Number(which)]
  }
  // From its second time on it is prepared.
  const releases: (() => Promise<unknown>)[] = []
  for (const session of sessions) releases.push(await hold(session))
  for (const release of releases.toReversed()) await release()
  await learn(sessions[0], known)
  return sessions
}

/** Until the statement is known as brief, as well as it can be. */
async function learn(session: ScriptedSession, text: string): Promise<void> {
  for (let n = 0; n < 10; n++) await hold(session, { text }).then((release) => release())
}

/** Keeps the connection that would be next busy. */
async function hold(session: ScriptedSession, options: Options = { reads: false }): Promise<() => Promise<unknown>> {
  const held = ask('held', options)
  // Until the test ends, or it is released.
  held.catch(() => {})
  expect(await labels(session)).toEqual(['held'])
  return () => {
    session.answer()
    return held
  }
}

/** Of what came in the next write. */
async function labels(session: ScriptedSession): Promise<readonly string[]> {
  const received = await session.received()
  return received === 'closed' ? [received] : received.map(({ label }) => label)
}

function serve(...sessions: readonly ScriptedSession[]): void {
  for (const session of sessions) session.serve()
}

describe('what goes together', () => {
  test('is what waits while others flow, sixteen at most, and all of it on their connection', async () => {
    const [one, two] = await connect()
    const release = await hold(one, {})
    const names = Array.from({ length: 20 }, (_, n) => String(n))
    const asked = names.map((name) => ask(name))
    const change = ask('change', { reads: false })
    serve(two)
    expect(await change).toBe('2 change')
    await release()
    expect(await labels(one)).toEqual(names.slice(0, 16))
    serve(one)
    expect(await labels(one)).toEqual(names.slice(16))
    expect(await Promise.all(asked)).toEqual(names.map((name) => `1 ${name}`))
  })

  test('is nothing behind a pooler', async () => {
    const [one, two, three] = await connect({ pooled: true })
    const releases = [await hold(one, {}), await hold(two, {}), await hold(three, {})]
    const asked = ['a', 'b'].map((name) => ask(name))
    await releases[0]?.()
    expect(await labels(one)).toEqual(['a'])
    serve(one, two, three)
    await Promise.all(asked)
  })

  test.each([
    ['is nothing behind what is to be prepared', ['new', 'a'], [['new'], ['a']]],
    ['ends with what is to be prepared', ['a', 'new', 'b'], [['a', 'new'], ['b']]],
  ])('%s', async (_what, names, writes) => {
    const [one, two] = await connect()
    const text = 'select 2, $1'
    await hold(one, { text, reads: false }).then((release) => release())
    const release = await hold(one)
    await learn(two, text)
    await release()
    const releaseAgain = await hold(one, {})
    const asked = names.map((name) => ask(name, name === 'new' ? { text } : {}))
    await releaseAgain()
    for (const write of writes) {
      expect(await labels(one)).toEqual(write)
      for (let n = 0; n < write.length; n++) one.answer()
    }
    expect(await Promise.all(asked)).toEqual(names.map((name) => `1 ${name}`))
  })

  test.each([0, 1, 2])('is whole where the one at %i cannot be written', async (at) => {
    const [one] = await connect()
    const release = await hold(one, {})
    const unwritable = {
      toJSON() {
        throw new Error('not to be written')
      },
    }
    const asked = ['a', 'b'].toSpliced(at, 0, unwritable as unknown as string).map((label) => ask(label))
    await release()
    serve(one)
    const answers = await Promise.allSettled(asked)
    expect(answers.splice(at, 1)).toMatchObject([{ status: 'rejected', reason: { message: 'not to be written' } }])
    expect(answers).toMatchObject([{ value: '1 a' }, { value: '1 b' }])
    expect(await ask('next')).toBe('1 next')
  })

  test.each([
    ['with another behind it is held', ['behind'], 0],
    ['alone is sent on while it arrives', [], 1],
  ])('a large value %s', async (_what, behind, streams) => {
    const [one] = await connect()
    const release = await hold(one, {})
    const open = vi.fn(() => ({ write: () => true }))
    const statement = { text: known, values: ['large'] }
    const large = callers.bytes(caller, undefined, [statement], { reads: true, streaming: { above: 10, open } })
    const others = behind.map((name) => ask(name))
    await release()
    expect(await labels(one)).toEqual(['large', ...behind])
    one.answer('x'.repeat(100))
    const [answer] = await large
    expect(open).toHaveBeenCalledTimes(streams)
    expect(answer?.bytes && textOf(answer.bytes)).toBe(streams > 0 ? null : 'x'.repeat(100))
    serve(one)
    await Promise.all(others)
  })
})

describe('one that others wait behind', () => {
  async function train(...asked: readonly [string, Options?][]) {
    const sessions = await connect()
    const release = await hold(sessions[0], {})
    const answers = asked.map(([name, options]) => ask(name, options))
    await release()
    expect(await labels(sessions[0])).toEqual(asked.map(([name]) => name))
    return [sessions, answers] as const
  }

  test.each([
    ['is given its time from when the server came to it', 8, ['1 a', '1 b', '1 c']],
    ['keeps them no longer than that', 12, ['1 a', '1 b', '2 c']],
  ])('%s', async (_what, milliseconds, expected) => {
    const [[one, two], answers] = await train(['a'], ['b'], ['c'])
    await pass(8)
    one.answer()
    await answers[0]
    await pass(milliseconds)
    serve(two, one)
    expect(await Promise.all(answers)).toEqual(expected)
  })

  test('is not charged with the time that this process was busy', async () => {
    const [[one, two], answers] = await train(['a'], ['b'], ['c'])
    await pass(8)
    one.answer()
    await answers[0]
    const busyUntil = performance.now() + 70
    setImmediate(() => vi.spyOn(performance, 'now').mockReturnValue(busyUntil))
    await pass(2)
    vi.mocked(performance.now).mockRestore()
    serve(one, two)
    expect(await Promise.all(answers)).toEqual(['1 a', '1 b', '1 c'])
  })

  test('is watched no longer than it is there', async () => {
    const [[one], answers] = await train(['a'], ['b'])
    serve(one)
    await Promise.all(answers)
    // Those that are free are closed some time.
    await pass(20_000)
    expect(vi.getTimerCount()).toBe(0)
  })

  test('is brief no more once it was found to take long, however often it was', async () => {
    const [sessions, answers] = await train(['a'], ['b'])
    await pass(20)
    serve(...sessions)
    await Promise.all(answers)
    const [one, other] = await Promise.all([ask('a'), ask('a')])
    expect(one).not.toBe(other)
  })

  test('takes nobody along when it is cancelled', async () => {
    const gone = new AbortController()
    const [[one, two, three], [first, ...behind]] = await train(['a', { signal: gone.signal }], ['b'], ['c'])
    gone.abort()
    const cancel = await server.cancel()
    // By now they have been asked elsewhere.
    expect([two.unanswered, three.unanswered]).toEqual([1, 1])
    serve(two, three)
    // The cancel comes so late that it hits the next one.
    one.answer()
    one.fail('57014')
    one.answer()
    cancel.hangUp()
    expect(await first).toBe('1 a')
    expect(await Promise.all(behind)).toEqual(['2 b', '3 c'])
  })

  test('is not ended by those who leave, nor is anybody', async () => {
    const gone = new AbortController()
    const [[one], [first, left]] = await train(['a'], ['b', { signal: gone.signal }])
    gone.abort(new Error('gone'))
    await expect(left).rejects.toThrow('gone')
    serve(one)
    expect(await Promise.all([first, ask('c')])).toEqual(['1 a', '1 c'])
    expect(server.cancels).toBe(0)
  })
})

test('what an error left unprepared is prepared anew, though nobody waited for it', async () => {
  const [one, two] = await connect()
  const text = 'select 2, $1'
  await hold(one, { text, reads: false }).then((release) => release())
  const release = await hold(one)
  await learn(two, text)
  await release()
  const busy = await hold(one, {})
  const gone = new AbortController()
  const first = ask('a')
  const left = ask('left', { text, signal: gone.signal })
  await busy()
  expect(await labels(one)).toEqual(['a', 'left'])
  gone.abort(new Error('gone'))
  await expect(left).rejects.toThrow('gone')
  const next = ask('next', { text })
  one.answer()
  one.fail('57014', 0)
  expect(await one.received()).toMatchObject([{ label: 'next', prepares: expect.arrayContaining([text]) }])
  one.answer()
  expect(await Promise.all([first, next])).toEqual(['1 a', '1 next'])
})

describe('a connection', () => {
  async function onlyTheFirst(): Promise<Three> {
    const sessions = await connect()
    const [one, two, three] = sessions
    const release = await hold(one)
    await hold(two)
    await hold(three)
    await release()
    void server.session().then((fourth) => fourth.serve())
    return sessions
  }

  test.each(['26000', '42P05'])('that is out of step (%s) is given up, and another one is asked', async (code) => {
    const [one] = await onlyTheFirst()
    const asked = ask('a')
    expect(await labels(one)).toEqual(['a'])
    one.fail(code)
    expect(await one.received()).toBe('closed')
    expect(await asked).toBe('4 a')
  })

  test('on which a statement failed is used again', async () => {
    const [one] = await onlyTheFirst()
    const asked = ask('a')
    await labels(one)
    one.fail('22012')
    await expect(asked).rejects.toMatchObject({ code: '22012' })
    serve(one)
    expect(await ask('b')).toBe('1 b')
  })

  test.each([
    ['hangUp', 'is used again once it has been told', '1 next'],
    ['breakOff', 'is not where nobody knows whether it has been told', '4 next'],
  ] as const)('that a cancel is sent to (%s) %s', async (end, _what, expected) => {
    const [one] = await onlyTheFirst()
    const gone = new AbortController()
    const left = ask('left', { signal: gone.signal })
    await labels(one)
    gone.abort()
    const cancel = await server.cancel()
    expect(cancel.session).toBe(1)
    one.fail('57014')
    await expect(left).rejects.toMatchObject({ code: '57014' })
    const next = ask('next', { reads: false })
    serve(one)
    cancel[end]()
    expect(await next).toBe(expected)
  })
})
