import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FrameReader, mostContent } from '../../src/functions/carriers/frame-reader.ts'
import { FrameWriter } from '../../src/functions/carriers/frame-writer.ts'

type Frame = readonly [kind: number, id: number, text: string, body: string]

function read(bytes: Buffer, cuts: readonly number[]): Frame[] {
  const frames: Frame[] = []
  const reader = new FrameReader((kind, id, from, start, end) => {
    const body = start + 4 + from.readUInt32LE(start)
    frames.push([kind, id, from.toString('utf8', start + 4, body), from.toString('latin1', body, end)])
  })
  // As a socket's one buffer, which the next piece overwrites.
  const buffer = Buffer.alloc(bytes.length)
  let at = 0
  for (const cut of [...cuts, bytes.length]) {
    const size = bytes.copy(buffer, 0, at, cut)
    reader.push(buffer.subarray(0, size))
    at = cut
  }
  return frames
}

test('frames come out as they were written, in whatever pieces they arrive', () => {
  const byte = fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code))
  const latin1 = fc.string({ unit: byte, maxLength: 80 })
  const frame = fc.tuple(fc.integer({ min: 1, max: 255 }), fc.nat(0xffff_ffff), latin1, latin1)
  const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }))
  fc.assert(
    fc.property(fc.array(frame, { minLength: 1 }), cuts, (frames, parts) => {
      const writer = new FrameWriter()
      for (const [kind, id, text, body] of frames) writer.addWithBody(kind, id, text, Buffer.from(body, 'latin1'))
      const bytes = writer.take()
      const at = parts.map((part) => Math.floor(part * bytes.length)).sort((a, b) => a - b)
      expect(read(bytes, at)).toEqual(frames)
      expect(writer.size).toBe(0)
    }),
  )
})

test('a frame may have its most, and no more', () => {
  const writer = new FrameWriter()
  writer.addWithBody(1, 1, '', Buffer.alloc(mostContent - 4))
  expect(read(writer.take(), [1, 70_000])).toHaveLength(1)
  writer.addWithBody(1, 1, '', Buffer.alloc(mostContent - 3))
  expect(() => read(writer.take(), [])).toThrow(RangeError)
})
