import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bufferOf } from '#database'
import { HeldBytes } from '../../src/database/bytes/index.ts'
import { type MessageHandler, MessageReader, type Wanted } from '../../src/database/wire/message-reader.ts'
import { Queue } from '../../src/database/wire/queue.ts'
import { bound, complete, error, ready, row } from './messages.ts'

/** What a reader tells of bytes that come in pieces of these sizes, over and over, into one buffer. */
function told(bytes: Buffer, wanted: Wanted, sizes: readonly number[]): unknown[] {
  const events: unknown[] = []
  let value: Buffer[] | undefined
  const tell = (...event: unknown[]) => {
    if (value) events.push(['bytes', Buffer.concat(value).toString()])
    value = undefined
    events.push(event)
  }
  const handler: MessageHandler = {
    wanted,
    row: (fields) => tell('row', fields),
    value(size) {
      tell('value', size)
      if (size) value = []
    },
    bytes: (from, start, end) => void value?.push(Buffer.from(from.subarray(start, end))),
    commandComplete: () => tell('complete'),
    error: (fields) => tell('error', fields),
    ready: () => tell('ready'),
  }
  const reader = new MessageReader(handler)
  const received = Buffer.alloc(4096)
  for (let at = 0, n = 0; at < bytes.length; n++) {
    const size = bytes.copy(received, 0, at, at + (sizes[n % sizes.length] ?? 1))
    reader.push(received, size)
    received.fill(0x45)
    at += size
  }
  return events
}

describe('messages', () => {
  const all = Buffer.concat([
    ...[bound, row('one', 'zwei'), row(null, 'x'), row('', null), complete],
    ...[bound, row('ä'.repeat(700), 'after', null), row(null, 'ö'.repeat(300)), complete, ready],
    ...[bound, error('22012', 'division by zero'), ready, bound, row('y'.repeat(2000)), complete, ready],
  ])

  test.each(['nothing', 'texts', 'bytes'] as const)('are the same however they are cut (%s wanted)', (wanted) => {
    const whole = told(all, wanted, [4096])
    expect(whole.filter((event) => (event as unknown[])[0] === 'ready')).toHaveLength(3)
    const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 20 })
    void fc.assert(fc.property(sizes, (cut) => void expect(told(all, wanted, cut)).toEqual(whole)))
  })

  test('hand on the first column of a row as it comes, and the others whole', () => {
    const events = told(row('a'.repeat(9), 'b', null), 'bytes', [3])
    expect(events).toEqual([
      ['value', 9],
      ['bytes', 'aaaaaaaaa'],
      ['row', ['b', null]],
    ])
  })

  test('that hold less than they say end the connection', () => {
    const broken = row('abc')
    broken.writeInt32BE(1000, 7)
    expect(() => told(broken, 'bytes', [4096])).toThrow('longer than its row')
    expect(() => told(row(), 'bytes', [4096])).toThrow('no column')
  })
})

describe('bytes that are held', () => {
  test.each([0, 1, 8192, 8193, 65_536, 65_537, 200_000])('%i of them are what came', (size) => {
    const from = Buffer.from(Array.from({ length: size }, (_, i) => i % 251))
    const held = new HeldBytes(size)
    for (let at = 0; at < size; at += 7000) held.add(from, at, Math.min(size, at + 7000))
    const other = new HeldBytes(size)
    other.add(Buffer.alloc(size, 0xee), 0, size)
    expect(bufferOf(held).equals(from)).toBe(true)
  })

  test('are given to the next once they are released, and only once', () => {
    const first = new HeldBytes(100_000)
    first.add(Buffer.alloc(100_000, 1), 0, 100_000)
    first.release()
    first.release()
    const two = [2, 3].map((filling) => {
      const held = new HeldBytes(100_000)
      held.add(Buffer.alloc(100_000, filling), 0, 100_000)
      return held
    })
    expect(two.map((held) => [...new Set(bufferOf(held))])).toEqual([[2], [3]])
    expect(first.pieces).toEqual([])
  })
})

test('a queue is first in, first out, and whoever waits may leave', () => {
  const steps = fc.array(fc.tuple(fc.constantFrom('push', 'shift', 'remove'), fc.nat(30)), { maxLength: 1500 })
  void fc.assert(
    fc.property(steps, (all) => {
      const queue = new Queue<{ n: number }>()
      const model: { n: number }[] = []
      for (const [step, n] of all) {
        if (step === 'push') {
          const item = { n }
          queue.push(item)
          model.push(item)
        } else if (step === 'shift') expect(queue.shift()).toBe(model.shift())
        else {
          const at = model.findIndex((item) => item.n === n)
          expect(queue.remove((item) => item.n === n)).toBe(at >= 0)
          if (at >= 0) model.splice(at, 1)
        }
        expect(queue.size).toBe(model.length)
        expect(queue.peek()).toBe(model[0])
      }
    }),
  )
})
