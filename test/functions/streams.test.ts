import { afterAll, beforeAll, expect, test } from 'vitest'
import { serveFunctions, type TestFunctions, until } from './test-functions.ts'

// A response whose stream fails is one request's affair: its client finds out, the log says why, and nobody else notices.

const files = {
  'breaks/index.ts': `
    const some = new TextEncoder().encode('some')
    const later = (work: () => void) => void setTimeout(work, 10)
    const streams: Record<string, () => ReadableStream> = {
      'pull throws': () => new ReadableStream({
        pull(stream) {
          if (this.sent) throw new Error('pull throws')
          this.sent = true
          stream.enqueue(some)
        },
      }),
      'start rejects': () => new ReadableStream({
        async start(stream) {
          stream.enqueue(some)
          await new Promise((resolve) => later(resolve))
          throw new Error('start rejects')
        },
      }),
      'is failed': () => new ReadableStream({
        start(stream) {
          stream.enqueue(some)
          later(() => stream.error(new Error('is failed')))
        },
      }),
      'gives no bytes': () => new ReadableStream({
        start(stream) {
          stream.enqueue(some)
          later(() => stream.enqueue('gives no bytes'))
        },
      }),
      'transform throws': () => streams['start rejects']().pipeThrough(new TransformStream({
        transform: () => { throw new Error('transform throws') },
      })),
      'has no first piece': () => new ReadableStream({ pull() { throw new Error('has no first piece') } }),
    }
    let finish: ReadableStreamDefaultController
    Deno.serve((request) => {
      const how = request.headers.get('x-how')
      if (how === 'pid') return Response.json(Deno.pid)
      if (how === 'wait') return new Response(new ReadableStream({
        start(stream) {
          stream.enqueue(some)
          finish = stream
        },
      }))
      if (how !== 'finish') return new Response(streams[how]())
      finish.enqueue(some)
      finish.close()
      return new Response()
    })`,
}

let functions: TestFunctions
beforeAll(async () => {
  functions = await serveFunctions(files, { limits: { queueMs: 60_000, bootMs: 60_000 } })
})
afterAll(() => functions[Symbol.asyncDispose]())

const call = (how: string) => functions.call('breaks', { headers: { 'x-how': how } })

test.each([
  ['pull throws', 'Error: pull throws'],
  ['start rejects', 'Error: start rejects'],
  ['is failed', 'Error: is failed'],
  ['gives no bytes', 'TypeError: expected typed ArrayBufferView'],
  ['transform throws', 'Error: transform throws'],
  ['has no first piece', 'Error: has no first piece'],
])('a stream that fails: %s', async (how, message) => {
  const pid = await (await call('pid')).json()
  const another = await call('wait')
  const told = functions.logs().length

  await expect(call(how).then((response) => response.text())).rejects.toThrow()

  await until(() => functions.logs().length > told)
  expect(functions.logs().slice(told)).toEqual([expect.stringContaining(`breaks error ${message}`)])
  expect(await (await call('pid')).json()).toBe(pid)
  expect((await call('finish')).status).toBe(200)
  expect(await another.text()).toBe('somesome')
})
