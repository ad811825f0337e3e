import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createRealtimeFixture, heard, type RealtimeFixture, subscribed } from './realtime-fixture.ts'

let realtime: RealtimeFixture
beforeAll(async () => {
  realtime = await createRealtimeFixture()
})
afterAll(() => realtime?.close())

interface Said {
  readonly event: string
  readonly payload: unknown
}

const versions = ['1.0.0', '2.0.0'] as const

describe.each(versions.flatMap((from) => versions.map((to) => [from, to] as const)))('from %s to %s', (from, to) => {
  test('a broadcast reaches the others and not its sender', async () => {
    const [one, two] = [realtime.client({ vsn: from }), realtime.client({ vsn: to })]
    const name = `plain ${from}-${to} ☂`
    const [own, others] = [heard<Said>(), heard<Said>()]
    const speaker = await subscribed(one.channel(name).on('broadcast', { event: '*' }, own.hear))
    await subscribed(two.channel(name).on('broadcast', { event: 'shout' }, others.hear))
    await speaker.send({ type: 'broadcast', event: 'whisper', payload: { to: 'nobody' } })
    const payload = { words: ['a', 'ü', null], n: 1.5, __proto__: { polluted: true } }
    await speaker.send({ type: 'broadcast', event: 'shout', payload })
    const expected = { type: 'broadcast', event: 'shout', payload: { words: ['a', 'ü', null], n: 1.5 } }
    await expect.poll(() => others.all).toEqual([expect.objectContaining(expected)])
    expect(own.all).toEqual([])
  })
})

test('who wants to hear itself does, and who asks for an answer gets one', async () => {
  const config = { broadcast: { self: true, ack: true } }
  const own = heard<Said>()
  const channel = realtime.client().channel('self', { config })
  await subscribed(channel.on('broadcast', { event: 'here' }, own.hear))
  expect(await channel.send({ type: 'broadcast', event: 'here', payload: { n: 1 } })).toBe('ok')
  expect(own.all).toEqual([{ type: 'broadcast', event: 'here', payload: { n: 1 } }])
})

test('bytes arrive as bytes', async () => {
  const name = 'bytes'
  const others = heard<Said>()
  await subscribed(realtime.client().channel(name).on('broadcast', { event: 'raw' }, others.hear))
  // Version 1 has no words for them.
  const old = heard<Said>()
  await subscribed(realtime.client({ vsn: '1.0.0' }).channel(name).on('broadcast', { event: '*' }, old.hear))
  const speaker = await subscribed(realtime.client().channel(name))
  await speaker.send({ type: 'broadcast', event: 'raw', payload: new Uint8Array([0, 255, 34]).buffer })
  await speaker.send({ type: 'broadcast', event: 'end', payload: {} })
  await expect.poll(() => old.all).toEqual([{ type: 'broadcast', event: 'end', payload: {} }])
  expect(others.all).toHaveLength(1)
  expect([...new Uint8Array(others.all[0]?.payload as ArrayBuffer)]).toEqual([0, 255, 34])
})

test('names that are too long for a binary frame are written in JSON', async () => {
  const event = 'e'.repeat(300)
  const others = heard<Said>()
  await subscribed(realtime.client().channel('long').on('broadcast', { event }, others.hear))
  const speaker = await subscribed(realtime.client({ vsn: '1.0.0' }).channel('long'))
  await speaker.send({ type: 'broadcast', event, payload: { n: 1 } })
  await expect.poll(() => others.all).toEqual([{ type: 'broadcast', event, payload: { n: 1 } }])
})

test('a payload that is too large is not told, and whoever asked is told that', async () => {
  const others = heard<Said>()
  await subscribed(realtime.client().channel('large').on('broadcast', { event: '*' }, others.hear))
  const speaker = await subscribed(realtime.client().channel('large', { config: { broadcast: { ack: true } } }))
  const send = (size: number) => speaker.send({ type: 'broadcast', event: 'e', payload: { text: 'x'.repeat(size) } })
  expect(await send(3_000_500)).toBe('error')
  expect(await send(2_900_000)).toBe('ok')
  await expect.poll(() => others.all.length).toBe(1)
})

test('who has left hears no more', async () => {
  const client = realtime.client()
  const gone = heard<Said>()
  const channel = await subscribed(client.channel('left').on('broadcast', { event: '*' }, gone.hear))
  expect(await client.removeChannel(channel)).toBe('ok')
  const stays = heard<Said>()
  await subscribed(client.channel('left').on('broadcast', { event: '*' }, stays.hear))
  const speaker = await subscribed(realtime.client().channel('left'))
  await speaker.send({ type: 'broadcast', event: 'e', payload: {} })
  await expect.poll(() => stays.all.length).toBe(1)
  expect(gone.all).toEqual([])
})

describe('by HTTP', () => {
  test('a channel that is not joined sends all the same', async () => {
    const others = heard<Said>()
    await subscribed(realtime.client().channel('http').on('broadcast', { event: '*' }, others.hear))
    const channel = realtime.client().channel('http')
    expect(await channel.send({ type: 'broadcast', event: 'fallback', payload: { n: 1 } })).toBe('ok')
    expect(await channel.httpSend('explicit', { n: 2 })).toEqual({ success: true })
    expect(await channel.httpSend('raw', new Uint8Array([1, 2]))).toEqual({ success: true })
    await expect.poll(() => others.all.map(({ event }) => event)).toEqual(['fallback', 'explicit', 'raw'])
    expect(others.all.slice(0, 2).map(({ payload }) => payload)).toEqual([{ n: 1 }, { n: 2 }])
  })

  test.each([
    ['nothing', '', 400, { message: 'Bad Request' }],
    ['no JSON', '{', 400, { message: 'Bad Request' }],
    ['no messages', {}, 422, { errors: { messages: ["can't be blank"] } }],
    ['an empty list', { messages: [] }, 422, { errors: { messages: ["can't be blank"] } }],
    ['a text', { messages: 'x' }, 422, { errors: { messages: ['is invalid'] } }],
    ['a list of texts', { messages: ['x'] }, 422, { errors: { messages: ['is invalid'] } }],
    [
      'one good, one bad',
      {
        messages: [
          { topic: 't', event: 'e', payload: {} },
          { topic: ' ', event: 1, payload: 'x', private: 'maybe' },
        ],
      },
      422,
      {
        errors: {
          messages: [
            {},
            { topic: ["can't be blank"], event: ['is invalid'], payload: ['is invalid'], private: ['is invalid'] },
          ],
        },
      },
    ],
    [
      'an empty message',
      { messages: [{}] },
      422,
      { errors: { messages: [{ topic: ["can't be blank"], event: ["can't be blank"], payload: ["can't be blank"] }] } },
    ],
    [
      'a payload that is too large',
      { messages: [{ topic: 't', event: 'e', payload: { text: 'x'.repeat(3_000_500) } }] },
      422,
      { errors: { messages: [{ payload: ['Payload size exceeds tenant limit'] }] } },
    ],
    [
      'a payload that is too deep',
      `{"messages":[{"topic":"t","event":"e","payload":{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}}]}`,
      422,
      { errors: { messages: [{ payload: ['is invalid'] }] } },
    ],
    [
      'too many',
      { messages: Array.from({ length: 101 }, () => ({ topic: 't', event: 'e', payload: {} })) },
      429,
      { message: 'Too many messages to broadcast, please reduce the batch size' },
    ],
    ['too much', { messages: 'x'.repeat(8_000_001) }, 413, { message: 'Request Entity Too Large' }],
  ])('%s is refused', async (_, body, status, expected) => {
    const response = await post('/api/broadcast', body)
    expect([response.status, await response.json()]).toEqual([status, expected])
  })

  test.each([
    ['nobody', {}, 401, { message: 'Unauthorized' }],
    ['no token', { authorization: 'Bearer nonsense' }, 401, { message: 'Unauthorized' }],
    [
      'a key of another project',
      { apikey: 'sb_publishable_other' },
      401,
      expect.objectContaining({ message: 'Invalid API key' }),
    ],
  ])('%s may not send', async (_, headers, status, expected) => {
    const body = JSON.stringify({ messages: [{ topic: 't', event: 'e', payload: {} }] })
    const init = { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } as HeadersInit }
    const response = await fetch(`${realtime.url}/realtime/v1/api/broadcast`, init)
    expect([response.status, await response.json()]).toEqual([status, expected])
  })

  test.each([
    ['POST', '/api/nothing', 404],
    ['POST', '//', 404],
    ['POST', '//a:b@c:99999/', 404],
    ['GET', '/api/broadcast', 405],
    ['GET', '/websocket', 426],
    ['POST', '/api/broadcast/%E0/events/e', 400],
    ['POST', '/api/broadcast/t/events/%20', 422],
  ])('%s %s is answered %i', async (method, path, status) => {
    const headers = { apikey: realtime.anonKey, 'content-type': 'application/json' }
    const init = { method, headers, ...(method === 'POST' && { body: '{}' }) }
    expect((await fetch(`${realtime.url}/realtime/v1${path}`, init)).status).toBe(status)
  })

  function post(path: string, body: unknown) {
    return fetch(`${realtime.url}/realtime/v1${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', apikey: realtime.anonKey },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
  }
})
