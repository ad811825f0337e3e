import { expect, test } from 'vitest'
import { createTurns } from '#turns'

function gate() {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  return { promise, open: resolve, fail: () => reject(new Error('failed')) }
}

test('so many run at once, and the others in the order in which they came, whatever comes of those before', async () => {
  const turns = createTurns(2)
  const begun: number[] = []
  const gates = Array.from({ length: 5 }, gate)
  const asked = gates.map(({ promise }, i) =>
    turns(() => {
      begun.push(i)
      return promise
    }),
  )
  expect(begun).toEqual([0, 1])
  gates[1]?.fail()
  await expect(asked[1]).rejects.toThrow('failed')
  await expect.poll(() => begun).toEqual([0, 1, 2])
  for (const { open } of gates) open('done')
  expect(await Promise.allSettled(asked)).toHaveLength(5)
  expect(begun).toEqual([0, 1, 2, 3, 4])
})

test('who comes when the line is full is told so, and takes nobody’s place', async () => {
  const turns = createTurns(1, { most: 1, full: () => new Error('full') })
  const { promise, open } = gate()
  const [first, second] = [turns(() => promise), turns(async () => 'second')]
  await expect(turns(async () => 'third')).rejects.toThrow('full')
  open('first')
  expect(await Promise.all([first, second])).toEqual(['first', 'second'])
  expect(await turns(async () => 'fourth')).toBe('fourth')
})
