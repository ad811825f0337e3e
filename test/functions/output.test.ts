import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { type OutputRecord, readOutput } from '../../src/functions/worker/output.ts'

function reading() {
  const stream = new PassThrough({ highWaterMark: 16 * 1024 * 1024 })
  const records: OutputRecord[] = []
  const texts: string[] = []
  readOutput(stream, { record: (record) => void records.push(record), text: (text) => void texts.push(text) })
  return { stream, records, texts }
}

test.each([
  ['a line of the log', '{"type":"log","level":"warn","message":"careful"}', true],
  ['a level that is none', '{"type":"log","level":"fatal","message":"careful"}', false],
  ['a message that is no text', '{"type":"log","level":"warn","message":{"length":1}}', false],
  ['another record', '{"type":"leaving","begun":3}', true],
  ['half of a record', '{"type":"leaving"}', false],
  ['nothing', 'null', false],
  ['no JSON', '{"type":', false],
])('%s is a record, or the function’s own writing', async (_, json, isRecord) => {
  const { stream, records, texts } = reading()
  stream.end(`\u001e${json}\n`)
  await once(stream, 'end')
  expect([records.length, texts.length]).toEqual(isRecord ? [1, 0] : [0, 1])
  if (isRecord) expect(records[0]).toEqual(JSON.parse(json))
})

test('a flood is read by and by, and all of it', async () => {
  const { stream, records } = reading()
  const line = `\u001e${JSON.stringify({ type: 'log', level: 'info', message: 'x'.repeat(1_000) })}\n`
  let pauses = 0
  stream.on('pause', () => {
    pauses += 1
  })
  for (let i = 0; i < 20; i++) stream.write(line.repeat(50))
  await new Promise((resolve) => setImmediate(resolve))
  expect(stream.isPaused()).toBe(true)
  expect(records.length).toBeLessThan(400)
  stream.end()
  await once(stream, 'end')
  expect(records.length).toBe(1_000)
  expect(pauses).toBeGreaterThan(5)
})
