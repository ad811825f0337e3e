import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { serveFunctions, type TestFunctions, until } from './test-functions.ts'

// A process that ends, after a response of its own, is not to be noticed by callers whose calls it has not begun.

const files = {
  'fickle/index.ts': `
    const leave = {
      exit: () => Deno.exit(0),
      timer: () => { throw new Error('on purpose') },
      rejection: () => { Promise.reject(new Error('on purpose')) },
    }
    Deno.serve((request) => {
      const [, , how, n] = new URL(request.url).pathname.split('/')
      console.log('begun ' + how + ' ' + n)
      if (Number(n) % 2) setTimeout(leave[how], Math.random() * 3)
      return new Response(n)
    })`,
  'naps/index.ts': `
    const nap = () => {
      console.log('naps')
      for (const end = performance.now() + 300; performance.now() < end; );
      Deno.exit(0)
    }
    Deno.serve((request) => {
      if (request.headers.get('x-how') === 'nap') setTimeout(nap, 20)
      return Response.json(Deno.pid)
    })`,
  'counts/index.ts': `
    Deno.serve(async (request) => {
      await fetch(Deno.env.get('SUPABASE_URL') + '/functions/v1/tally', { method: 'POST' })
      if (await request.text() === 'exit') Deno.exit(0)
      return new Response('stays')
    })`,
  'tally/index.ts': `
    let count = 0
    Deno.serve((request) => {
      if (request.method === 'POST') count += 1
      return Response.json(count)
    })`,
}

let functions: TestFunctions
beforeAll(async () => {
  functions = await serveFunctions(files, {
    config: { functions: { tally: { enabled: true, verifyJwt: false } } },
    // None is turned away because processes boot slowly here.
    limits: { queueMs: 60_000, bootMs: 60_000 },
  })
})
afterAll(() => functions[Symbol.asyncDispose]())

describe('ends by chance', () => {
  test.each(['exit', 'timer', 'rejection'])(
    'by %s: each call is begun once, and fails only where it was under way',
    async (how) => {
      const statuses: number[] = []
      for (let n = 0; n < 70; n++) {
        const response = await functions.call(`fickle/${how}/${n}`, { method: 'POST', body: 'x'.repeat(n) })
        statuses.push(response.status)
        if (response.ok) expect(await response.text()).toBe(String(n))
        else expect(await response.json()).toMatchObject({ code: 'WORKER_ERROR' })
      }
      const begun = functions.logs().filter((line) => line.startsWith(`fickle info begun ${how} `))
      expect(begun.toSorted()).toEqual(statuses.map((_, n) => `fickle info begun ${how} ${n}`).toSorted())
      // Of the 35 processes that end, some have no call under way.
      expect(statuses.filter((status) => status === 500).length).toBeLessThan(35)
    },
  )
})

test.each([
  ['without a body', {}],
  ['with a small one', { method: 'POST', body: 'small' }],
])('a call %s that reaches a process about to end goes to another one', async (_, init) => {
  const naps = () => functions.logs().filter((line) => line === 'naps info naps').length
  const before = naps()
  const pid = await (await functions.call('naps', { headers: { 'x-how': 'nap' } })).json()
  await until(() => naps() > before)
  const response = await functions.call('naps', init)
  expect(response.status).toBe(200)
  expect(await response.json()).not.toBe(pid)
})

test('one whose body is gone is not sent again', async () => {
  const naps = () => functions.logs().filter((line) => line === 'naps info naps').length
  await until(async () => {
    const before = naps()
    await functions.call('naps', { headers: { 'x-how': 'nap' } })
    await until(() => naps() > before)
    const response = await functions.call('naps', { method: 'POST', body: new Blob(['x'.repeat(100_000)]).stream() })
    const answer = [response.status, await response.json()]
    // On a busy machine the nap may be over before the call comes: then it is another process' from the beginning.
    if (response.ok) return false
    expect(answer).toMatchObject([500, { code: 'WORKER_ERROR' }])
    return true
  })
})

test('one that its function has seen is not made again', async () => {
  const response = await functions.call('counts', { method: 'POST', body: 'exit' })
  expect([response.status, await response.json()]).toMatchObject([500, { code: 'WORKER_ERROR' }])
  expect(await (await functions.call('tally')).json()).toBe(1)
  expect(await (await functions.call('counts', { method: 'POST', body: '' })).text()).toBe('stays')
  expect(await (await functions.call('tally')).json()).toBe(2)
})
