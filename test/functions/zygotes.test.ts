import { expect, test } from 'vitest'
import type { DenoProcess } from '../../src/functions/worker/deno-process.ts'
import { createZygotes } from '../../src/functions/worker/zygotes.ts'

/** Spares that rehearse until they are told that they have, and what becomes of them. */
function spares() {
  const told: string[] = []
  const rehearsing: (() => void)[] = []
  const launchSpare = async () =>
    ({
      reads: new Set(['hello']),
      ended: new Promise(() => {}),
      rehearse: () => new Promise<void>((resolve) => rehearsing.push(resolve)),
      takeTurn: () => told.push('takes its turn'),
      stop: async () => void told.push('stopped'),
    }) as unknown as DenoProcess
  const zygotes = createZygotes(() => Promise.reject(new Error('none of its own is booted')), launchSpare, 1)
  return { zygotes, told, rehearsing }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

test('a spare process takes its turn once it is ready', async () => {
  const { zygotes, told, rehearsing } = spares()
  zygotes.fill()
  await turn()
  expect(told).toEqual([])
  rehearsing[0]?.()
  await turn()
  expect(told).toEqual(['takes its turn'])
  await zygotes.close()
})

test('one that is taken before does so at once', async () => {
  const { zygotes, told } = spares()
  zygotes.fill()
  await turn()
  await zygotes.take('hello')
  expect(told).toEqual(['takes its turn'])
})
