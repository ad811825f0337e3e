import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Limits } from '../../src/realtime/limits.ts'
import { createRealtimeFixture, type RawClient, type RealtimeFixture } from './realtime-fixture.ts'

let realtime: RealtimeFixture

function withLimits(limits: Partial<Limits>) {
  beforeAll(async () => {
    realtime = await createRealtimeFixture({ limits })
  })
  afterAll(() => realtime?.close())
}

async function join(raw: RawClient, name: string, config: object = {}): Promise<unknown> {
  raw.say(['1', '1', `realtime:${name}`, 'phx_join', { config }])
  return ((await raw.next()) as unknown[])[4]
}

const system = (message: string, channel: string) => ({ extension: 'system', status: 'error', message, channel })

describe('one client', () => {
  withLimits({
    ...{ messagesPerSecond: 4, framesPerSecond: 20, joinsPerSecond: 1, channelsPerConnection: 3 },
    ...{ frameBytes: 100_000, payloadBytes: 50_000, presenceBytesPerConnection: 1000, presenceCalls: 100 },
  })

  test('that says too much is put out of the channel', async () => {
    const raw = await realtime.raw()
    await join(raw, 'loud')
    for (let i = 0; i < 30; i++) raw.say(['1', `${i}`, 'realtime:loud', 'broadcast', { event: 'e' }])
    expect(await raw.next()).toEqual([
      '1',
      null,
      'realtime:loud',
      'system',
      system('Too many messages per second', 'loud'),
    ])
    expect(await raw.next()).toEqual(['1', '1', 'realtime:loud', 'phx_close', {}])
  })

  test('that sends too much of anything is cut off', async () => {
    const raw = await realtime.raw()
    for (let i = 0; i < 200; i++) raw.socket.send('nonsense')
    expect(await raw.closed).toBe(1008)
  })

  test('that pings without end is cut off', async () => {
    const raw = await realtime.raw()
    for (let i = 0; i < 200; i++) raw.socket.ping()
    expect(await raw.closed).toBe(1008)
  })

  test('that asks for a channel at too great length gets none', async () => {
    const raw = await realtime.raw()
    const response = { reason: 'InvalidJoinPayload: The join is too large' }
    expect(await join(raw, 'x'.repeat(70_000))).toEqual({ status: 'error', response })
  })

  test('that joins too often is cut off', async () => {
    const raw = await realtime.raw()
    for (let i = 0; i < 6; i++) raw.say(['1', '1', 'realtime:again', 'phx_join', {}])
    expect(await raw.closed).toBe(1008)
  })

  test('has so many channels and no more, until it leaves one', async () => {
    const raw = await realtime.raw()
    for (const name of ['a', 'b', 'c']) expect(await join(raw, name)).toMatchObject({ status: 'ok' })
    const response = { reason: 'ChannelRateLimitReached: Too many channels' }
    expect(await join(raw, 'd')).toEqual({ status: 'error', response })
    raw.say(['1', '2', 'realtime:a', 'phx_leave', {}])
    await raw.next()
    await raw.next()
    expect(await join(raw, 'd')).toMatchObject({ status: 'ok' })
  })

  test('that sends a message that is too large is cut off', async () => {
    const raw = await realtime.raw()
    raw.socket.send('x'.repeat(100_001))
    expect(await raw.closed).toBe(1009)
  })

  test('tracks so much on all its channels', async () => {
    const raw = await realtime.raw()
    const track = (name: string, size: number) => {
      const payload = { event: 'track', payload: { text: 'x'.repeat(size) } }
      raw.say(['1', '2', `realtime:${name}`, 'presence', payload])
    }
    for (const name of ['a', 'b']) await join(raw, name)
    track('a', 600)
    expect(await raw.next()).toMatchObject([null, null, 'realtime:a', 'presence_diff', {}])
    expect(await raw.next()).toMatchObject(['1', '2', 'realtime:a', 'phx_reply', { status: 'ok' }])
    track('a', 700)
    await raw.next()
    await raw.next()
    track('b', 600)
    expect(await raw.next()).toEqual(['1', null, 'realtime:b', 'system', system('Track message size exceeded', 'b')])
  })
})

/** A broadcast of a binary frame that realtime-js would write. */
function bytes(name: string, size: number): Buffer {
  const topic = Buffer.from(`realtime:${name}`)
  const head = Buffer.from([3, 1, 1, topic.length, 1, 0, 0])
  return Buffer.concat([head, Buffer.from('12'), topic, Buffer.from('e'), Buffer.alloc(size)])
}

/** Reads until nothing more comes, and says how much came. */
async function readAll(raw: RawClient): Promise<number> {
  let count = 0
  raw.socket.on('message', () => count++)
  raw.socket.resume()
  await raw.closed
  return count
}

describe('a client that reads too slowly', () => {
  withLimits({ backlogBytesPerConnection: 1_000_000 })

  test('is cut off, and the others hear everything', async () => {
    const [speaker, slow, quick] = [await realtime.raw(), await realtime.raw(), await realtime.raw()]
    for (const raw of [speaker, slow, quick]) await join(raw, 'slow')
    slow.socket.pause()
    for (let i = 0; i < 20; i++) {
      speaker.say(bytes('slow', 1_000_000))
      expect(await quick.next()).toHaveLength(1_000_000 + 5 + 'realtime:slow'.length + 1)
    }
    expect(await readAll(slow)).toBeLessThan(20)
  })
})

describe('clients that read too slowly together', () => {
  withLimits({ backlogBytesPerConnection: 1e9, backlogBytes: 4_000_000 })

  test('are not kept all', async () => {
    const [speaker, one, two] = [await realtime.raw(), await realtime.raw(), await realtime.raw()]
    for (const raw of [speaker, one, two]) await join(raw, 'slow', { broadcast: { ack: true } })
    for (const raw of [one, two]) raw.socket.pause()
    for (let i = 0; i < 30; i++) {
      speaker.say(bytes('slow', 1_000_000))
      expect(((await speaker.next()) as unknown[])[3]).toBe('phx_reply')
    }
    expect(await Promise.all([readAll(one), readAll(two)])).not.toContain(30)
  })
})

describe('what waits for many', () => {
  withLimits({ backlogBytes: 8_000_000 })

  test('is the same bytes for all of them, and counts once', async () => {
    const [speaker, ...listeners] = await Promise.all(Array.from({ length: 21 }, () => realtime.raw()))
    for (const raw of [speaker as RawClient, ...listeners]) await join(raw as RawClient, 'one')
    for (const raw of listeners) raw.socket.pause()
    for (let i = 0; i < 3; i++) speaker?.say(bytes('one', 2_000_000))
    await Promise.all(
      listeners.map(async (raw) => {
        raw.socket.resume()
        for (let i = 0; i < 3; i++) expect((await raw.next()) as Buffer).toHaveLength(2_000_000 + 5 + 12 + 1)
      }),
    )
  })
})

describe('what is tracked in one channel', () => {
  withLimits({ presenceBytesPerRoom: 1000 })

  test('is bounded, by whomever it is', async () => {
    const [first, second] = [await realtime.raw(), await realtime.raw()]
    for (const raw of [first, second]) {
      raw.say(['1', '1', 'realtime:full', 'phx_join', { config: { presence: { enabled: true } } }])
      await raw.next()
      await raw.next()
    }
    const track = { event: 'track', payload: { text: 'x'.repeat(700) } }
    first.say(['1', '2', 'realtime:full', 'presence', track])
    expect(((await first.next()) as unknown[])[3]).toBe('presence_diff')
    await second.next()
    second.say(['1', '2', 'realtime:full', 'presence', track])
    expect(await second.next()).toEqual([
      '1',
      null,
      'realtime:full',
      'system',
      system('Track message size exceeded', 'full'),
    ])
  })
})

describe('what users track in one channel', () => {
  withLimits({ presenceBytesPerRoom: 1000 })

  test('is room for all: whoever tracks the most has to go', async () => {
    const present = async (sub: string, text: string) => {
      const raw = await realtime.raw()
      const access_token = await realtime.token({ sub })
      raw.say(['1', '1', 'realtime:fair', 'phx_join', { config: {}, access_token }])
      expect(await raw.next()).toMatchObject({ 4: { status: 'ok' } })
      raw.say(['1', '2', 'realtime:fair', 'presence', { event: 'track', payload: { text } }])
      return raw
    }
    const reply = async (raw: RawClient) => {
      for (;;) {
        const [, ref, , event, payload] = (await raw.next()) as unknown[]
        if (event === 'phx_reply' || event === 'system') return [ref, payload]
      }
    }
    const [first, second] = [await present('eve', 'x'.repeat(300)), await present('eve', 'x'.repeat(400))]
    expect([await reply(first), await reply(second)]).toMatchObject([
      ['2', { status: 'ok' }],
      ['2', { status: 'ok' }],
    ])
    const ada = await present('ada', 'x'.repeat(200))
    expect(await reply(ada)).toMatchObject(['2', { status: 'ok' }])
    expect(await reply(second)).toEqual([null, system('Track message size exceeded', 'fair')])
    // Who would have the most is nobody's to make room for.
    expect(await reply(await present('bob', 'x'.repeat(800)))).toEqual([
      null,
      system('Track message size exceeded', 'fair'),
    ])
  })
})

describe('a client that sends much', () => {
  withLimits({ bytesPerSecond: 1000 })

  test('is put out of the channel', async () => {
    const raw = await realtime.raw()
    await join(raw, 'bytes')
    const text = 'x'.repeat(3000)
    for (let i = 0; i < 3; i++) raw.say(['1', '2', 'realtime:bytes', 'broadcast', { event: 'e', payload: { text } }])
    expect(await raw.next()).toMatchObject({ 3: 'system', 4: { message: 'Too many bytes per second' } })
  })
})

describe('connections of one address', () => {
  withLimits({ connectionsPerAddress: 1 })

  test('are so many and no more', async () => {
    await realtime.raw()
    await expect(realtime.raw()).rejects.toThrow('429')
  })
})

describe('where public channels are turned off', () => {
  beforeAll(async () => {
    realtime = await createRealtimeFixture({ privateOnly: true })
  })
  afterAll(() => realtime?.close())

  test('nobody joins one', async () => {
    const response = { reason: 'PrivateOnly: This project only allows private channels' }
    expect(await join(await realtime.raw(), 'open')).toEqual({ status: 'error', response })
  })
})

describe('what many hear', () => {
  withLimits({ messagesPerSecond: 1, httpMessagesPerSecond: 1 })

  test('counts for more than one message', async () => {
    const raws = await Promise.all(Array.from({ length: 101 }, () => realtime.raw()))
    for (const raw of raws) await join(raw, 'many')
    const [speaker] = raws as [RawClient]
    for (let i = 0; i < 4; i++) speaker.say(['1', '2', 'realtime:many', 'broadcast', { event: 'e' }])
    // A burst of five is three of these.
    expect(await speaker.next()).toEqual([
      ...['1', null, 'realtime:many', 'system'],
      system('Too many messages per second', 'many'),
    ])
    const post = (apikey: string) => {
      const body = JSON.stringify({ messages: [{ topic: 'many', event: 'e', payload: {} }] })
      return fetch(`${realtime.url}/realtime/v1/api/broadcast`, { method: 'POST', headers: { apikey }, body })
    }
    for (let i = 0; i < 10; i++) await post(realtime.anonKey)
    const response = await post(realtime.anonKey)
    expect([response.status, await response.json()]).toEqual([429, { message: 'You have exceeded your rate limit' }])
    expect((await post(realtime.serviceRoleKey)).status).toBe(202)
  })
})

describe('requests to broadcast', () => {
  withLimits({ httpMessagesPerSecond: 1 })

  test('are told as a whole or not at all, and asked about by nobody who may say no more', async () => {
    const listener = await realtime.raw()
    await join(listener, 'batch')
    const post = async (isPrivate: boolean, count: number) => {
      const message = { topic: 'batch', event: 'e', payload: {}, private: isPrivate }
      const body = JSON.stringify({ messages: Array.from({ length: count }, () => message) })
      const headers = { apikey: realtime.anonKey }
      return (await fetch(`${realtime.url}/realtime/v1/api/broadcast`, { method: 'POST', headers, body })).status
    }
    expect(await post(false, 20)).toBe(202)
    for (let i = 0; i < 20; i++) expect(String(await listener.next())).toMatch(/realtime:batche\{\}$/)
    expect([await post(false, 1), await post(true, 1)]).toEqual([429, 429])
    listener.say(['1', '2', 'realtime:batch', 'presence', {}])
    expect(await listener.next()).toMatchObject({ 1: '2', 3: 'phx_reply' })
  })
})

describe('what is kept of joins', () => {
  withLimits({ nameBytes: 40, joinBytesPerConnection: 1000, joinBytes: 1500 })
  const refused = (reason: string) => ({ status: 'error', response: { reason } })
  const big = { presence: { key: 'k' }, broadcast: { unknown: 'x'.repeat(600) } }

  test.each([
    ['a name', 'ü'.repeat(21), {}, 'TopicNameTooLong: The topic name is too long'],
    ['a key', 'a', { presence: { key: 'ü'.repeat(21) } }, 'InvalidJoinPayload: The presence key is too long'],
  ])('%s is so long and no longer', async (_, name, config, reason) => {
    const raw = await realtime.raw()
    expect(await join(raw, name, config)).toEqual(refused(reason))
    expect(await join(raw, 'ü'.repeat(20), { presence: { key: 'ü'.repeat(20) } })).toMatchObject({ status: 'ok' })
    raw.say(['1', '2', `realtime:${'ü'.repeat(20)}`, 'phx_leave', {}])
    expect(await raw.next()).toMatchObject({ 1: '2', 4: { status: 'ok' } })
  })

  test('is not kept of who may not join', async () => {
    const raw = await realtime.raw()
    for (let i = 0; i < 3; i++) {
      const { response } = (await join(raw, 's', { private: true, ...big })) as { response: object }
      expect(response).toEqual({ reason: expect.stringContaining('Unauthorized') })
    }
  })

  test('is bounded for one client and for all, until a channel is left', async () => {
    const [one, two, three] = [await realtime.raw(), await realtime.raw(), await realtime.raw()]
    const tooLarge = refused('ChannelRateLimitReached: The channels are too large together')
    expect(await join(one, 'a', big)).toMatchObject({ status: 'ok' })
    expect(await join(one, 'b', big)).toEqual(tooLarge)
    expect(await join(two, 'a', big)).toMatchObject({ status: 'ok' })
    expect(await join(three, 'a', big)).toEqual(tooLarge)
    one.say(['1', '2', 'realtime:a', 'phx_leave', {}])
    expect([await one.next(), await one.next()]).toMatchObject([{ 3: 'phx_reply' }, { 3: 'phx_close' }])
    expect(await join(one, 'b', big)).toMatchObject({ status: 'ok' })
    for (const { socket } of [one, two]) socket.terminate()
    await expect.poll(() => join(three, 'a', big)).toMatchObject({ status: 'ok' })
    three.socket.terminate()
  })
})

describe('a client that says nothing', () => {
  withLimits({ silenceMs: 300 })

  test('is taken for gone', async () => {
    const raw = await realtime.raw()
    expect(await raw.closed).toBe(1006)
  })
})

describe('clients', () => {
  withLimits({ connections: 2 })

  test('are so many and no more, until one has gone', async () => {
    const [one] = [await realtime.raw(), await realtime.raw()]
    await expect(realtime.raw()).rejects.toThrow('429')
    one.socket.close()
    const letIn = () => realtime.raw().then(({ socket }) => socket.readyState === socket.OPEN)
    await expect.poll(() => letIn().catch(() => false)).toBe(true)
  })
})
