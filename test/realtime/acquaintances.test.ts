import { expect, test } from 'vitest'
import { createAcquaintances } from '../../src/realtime/peers/acquaintances.ts'
import { createPeer } from '../../src/realtime/peers/peer.ts'
import { createIdentity } from '../../src/realtime/peers/sealing.ts'

const identity = createIdentity()
const self = Buffer.alloc(8)
const { publicKey } = createIdentity()
const row = (number: number, isThere: boolean) => ({ id: Buffer.alloc(8, number), publicKey, isThere })
const nameOf = (number: number) => Buffer.alloc(8, number).toString('hex')

test('a process that is away is met again as whom it was known, until its row is gone', () => {
  let made = 0
  const acquaintances = createAcquaintances((other) => {
    made++
    return createPeer(self, identity, other)
  })
  const { there, update } = acquaintances
  update([row(1, true), row(2, true), row(3, false)])
  expect([...there.keys()]).toEqual([nameOf(1), nameOf(2)])
  const [one, two] = [there.get(nameOf(1)), there.get(nameOf(2))]

  update([row(1, true), row(2, false)])
  expect([...there.keys()]).toEqual([nameOf(1)])
  update([row(1, true), row(2, true)])
  expect([there.get(nameOf(1)), there.get(nameOf(2))]).toEqual([one, two])
  expect(there.get(nameOf(2))).toBe(two)

  update([row(1, true)])
  update([row(1, true), row(2, true)])
  expect(there.get(nameOf(1))).toBe(one)
  expect(there.get(nameOf(2))).not.toBe(two)
  expect(made).toBe(3)
})
