import { expect, onTestFinished, test, vi } from 'vitest'
import { createRestraint } from '../../src/functions/worker/restraint.ts'
import { createStarter } from '../../src/functions/worker/starter.ts'
import { serveFunctions } from './test-functions.ts'

test('processes that end by themselves have their successors wait, the more the more often', () => {
  let now = 0
  const restraint = createRestraint(() => now)
  const waits = Array.from({ length: 8 }, () => {
    restraint.ended({ answered: false })
    return restraint.turn(60_000)
  })
  expect(waits).toEqual([0, 0, 0, 0, 0, 500, 1000, 1500])
  for (let i = 0; i < 100; i++) restraint.ended({ answered: false })
  expect(restraint.turn(60_000)).toBe(2000)
  now += 1500
  // Who was told to wait until the second 2 starts before.
  expect(restraint.turn(60_000)).toBe(1000)
  now += 60_000
  restraint.ended({ answered: false })
  expect(restraint.turn(60_000)).toBe(0)
})

test('those that had answered count less', () => {
  const restraint = createRestraint(() => 0)
  for (let i = 0; i < 20; i++) restraint.ended({ answered: true })
  expect(restraint.turn(60_000)).toBe(0)
  for (let i = 0; i < 4; i++) restraint.ended({ answered: true })
  expect(restraint.turn(60_000)).toBe(500)
})

test('starts that wait take turns, and who would wait too long is refused', async () => {
  const restraint = createRestraint(() => 0)
  for (let i = 0; i < 6; i++) restraint.ended({ answered: false })
  expect(Array.from({ length: 5 }, () => restraint.turn(2000))).toEqual([500, 1000, 1500, 2000, undefined])
  expect(restraint.turn(2500)).toBe(2500)
})

test('of many that start at once, those that would wait too long are told that all are busy', async () => {
  // Nothing is forgotten meanwhile, however long this takes.
  vi.useFakeTimers({ toFake: ['performance'] })
  onTestFinished(() => void vi.useRealTimers())
  const bundle = { version: '1' } as never
  let begun = 0
  const starter = createStarter(async () => {
    begun++
    throw new Error('it does not come up')
  }, 100)
  for (let i = 0; i < 7; i++) await starter.start(bundle).catch(() => {})
  const many = await Promise.allSettled(Array.from({ length: 20 }, () => starter.start(bundle)))
  const busy = many.filter((one) => one.status === 'rejected' && one.reason.code === 'WORKER_BUSY')
  expect([begun, busy.length]).toEqual([7 + 3, 17])
})

test('a function that exits with each call starts twice a second at most; another one, and its own next version, at once', async () => {
  await using functions = await serveFunctions({
    'restless/index.ts': 'Deno.serve(() => Deno.exit(1))',
    'steady/index.ts': `Deno.serve(() => new Response('steady'))`,
  })
  const statuses: number[] = []
  const begun = performance.now()
  for (let n = 0; n < 11; n++) statuses.push((await functions.call('restless')).status)
  expect(new Set(statuses)).toEqual(new Set([500]))
  // Eleven ended: the last one started when half a second had passed for each but five of those before it.
  expect(performance.now() - begun).toBeGreaterThan(2_400)
  expect(await (await functions.call('steady')).text()).toBe('steady')
  const next = functions.call('restless')
  await functions.write({ 'restless/index.ts': `Deno.serve(() => new Response('mended'))` })
  expect(await (await functions.call('restless')).text()).toBe('mended')
  await next
})
