import { expect, test } from 'vitest'
import { createTurns } from '../../src/gateway/live/turns.ts'

const of = (client: string) => () => [client]

test('clients take turns, and of those that have left nothing stays', async () => {
  const turns = createTurns(1)
  const [busy, stays] = [Promise.withResolvers<void>(), new AbortController().signal]
  const done: string[] = []
  const first = turns.take(of('a'), stays, () => busy.promise)
  const work = (name: string) => async () => void done.push(name)
  const leaving = Array.from({ length: 10_000 }, () => new AbortController())
  const gone = leaving.map(({ signal }) => turns.take(of('a'), signal, work('gone')))
  const staying = ['a 1', 'a 2', 'b 1'].map((name) => turns.take(of(name.charAt(0)), stays, work(name)))
  expect(turns.waiting).toBe(10_003)
  for (const one of leaving) one.abort()
  expect(turns.waiting).toBe(3)
  expect(new Set(await Promise.all(gone))).toEqual(new Set([undefined]))
  busy.resolve()
  await Promise.all([first, ...staying])
  expect(done).toEqual(['a 1', 'b 1', 'a 2'])
  expect(await turns.take(of('a'), AbortSignal.abort(), work('late'))).toBeUndefined()
  expect([turns.waiting, done.length]).toEqual([0, 3])
})
