import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { createRealtimeFixture, type RealtimeFixture } from './realtime-fixture.ts'

let realtime: RealtimeFixture
beforeAll(async () => {
  realtime = await createRealtimeFixture()
})
afterAll(() => realtime?.close())

const topic = 'realtime:room'
const ok = (response: object = {}) => ({ status: 'ok', response })
const error = (reason: string) => ({ status: 'error', response: { reason } })
const joined = ok({ postgres_changes: [] })

/** What is said, and what is answered. */
const cases: [string, unknown[], unknown[]][] = [
  ['a heartbeat', [[null, '1', 'phoenix', 'heartbeat', {}]], [[null, '1', 'phoenix', 'phx_reply', ok()]]],
  ['a join', [['1', '1', topic, 'phx_join', {}]], [['1', '1', topic, 'phx_reply', joined]]],
  [
    'a join of another kind of topic',
    [['1', '1', 'room', 'phx_join', {}]],
    [['1', '1', 'room', 'phx_reply', error('unmatched topic')]],
  ],
  [
    'a join of no name',
    [['1', '1', 'realtime:', 'phx_join', {}]],
    [['1', '1', 'realtime:', 'phx_reply', error('TopicNameRequired: You must provide a topic name')]],
  ],
  [
    'a join with an odd payload',
    [
      [
        '1',
        '1',
        topic,
        'phx_join',
        { config: { broadcast: 'x', presence: [], postgres_changes: { a: 1 }, private: 'no' } },
      ],
    ],
    [['1', '1', topic, 'phx_reply', joined]],
  ],
  [
    'a join with a token that is none',
    [['1', '1', topic, 'phx_join', { access_token: 'x' }]],
    [['1', '1', topic, 'phx_reply', error('MalformedJWT: The token provided is not a valid JWT')]],
  ],
  [
    'a join with an API key for a token',
    [['1', '1', topic, 'phx_join', { access_token: 'sb_publishable_x' }]],
    [['1', '1', topic, 'phx_reply', joined]],
  ],
  [
    'a second join, which takes the place of the first',
    [
      ['1', '1', topic, 'phx_join', {}],
      ['2', '2', topic, 'phx_join', {}],
    ],
    [
      ['1', '1', topic, 'phx_reply', joined],
      ['1', '1', topic, 'phx_close', {}],
      ['2', '2', topic, 'phx_reply', joined],
    ],
  ],
  [
    'leaving',
    [
      ['1', '1', topic, 'phx_join', {}],
      ['1', '2', topic, 'phx_leave', {}],
    ],
    [
      ['1', '1', topic, 'phx_reply', joined],
      ['1', '2', topic, 'phx_reply', ok()],
      ['1', '1', topic, 'phx_close', {}],
    ],
  ],
  [
    'leaving without saying which join, as Kotlin',
    [
      ['1', '1', topic, 'phx_join', {}],
      [null, '2', topic, 'phx_leave', {}],
    ],
    [
      ['1', '1', topic, 'phx_reply', joined],
      [null, '2', topic, 'phx_reply', ok()],
      ['1', '1', topic, 'phx_close', {}],
    ],
  ],
  ['leaving what was not joined', [['1', '1', topic, 'phx_leave', {}]], [['1', '1', topic, 'phx_reply', ok()]]],
  [
    'speaking where one is not',
    [['1', '1', topic, 'broadcast', { event: 'e' }]],
    [['1', '1', topic, 'phx_reply', error('unmatched topic')]],
  ],
  [
    'speaking for a join that is over',
    [
      ['2', '1', topic, 'phx_join', { config: { broadcast: { ack: true } } }],
      ['1', '2', topic, 'broadcast', { event: 'e' }],
    ],
    [['2', '1', topic, 'phx_reply', joined]],
  ],
  [
    'an event that there is none of',
    [
      ['1', '1', topic, 'phx_join', {}],
      ['1', '2', topic, 'nonsense', {}],
    ],
    [['1', '1', topic, 'phx_reply', joined]],
  ],
  [
    'changes of tables, shown again with a number',
    [
      [
        ...['1', '1', topic, 'phx_join'],
        { config: { postgres_changes: [{ event: '*', schema: 'public', table: 't', filter: 'id=eq.1' }, null] } },
      ],
    ],
    [
      [
        ...['1', '1', topic, 'phx_reply'],
        ok({
          postgres_changes: [{ id: expect.any(Number), event: '*', schema: 'public', table: 't', filter: 'id=eq.1' }],
        }),
      ],
    ],
  ],
]

const heartbeat = [null, 'last', 'phoenix', 'heartbeat', {}]

describe('version 2', () => {
  test.each(cases)('%s', async (_, said, expected) => {
    const raw = await realtime.raw()
    for (const message of said) raw.say(message)
    raw.say(heartbeat)
    for (const message of expected) expect(await raw.next()).toEqual(message)
  })

  test.each([
    ['text', '"x"'],
    ['an object', '{}'],
    ['an array of four', '["1","1","realtime:room","phx_join"]'],
    ['a topic that is a number', '["1","1",1,"phx_join",{}]'],
    ['an event that is null', '["1","1","realtime:room",null,{}]'],
    ['a reference that is an object', '[{},"1","realtime:room","phx_join",{}]'],
    ['no JSON', '{'],
    ['nothing', ''],
    ['depth', '['.repeat(100_000)],
    ['a binary frame of nothing', Buffer.alloc(0)],
    ['a binary frame of no kind', Buffer.from([9, 0, 0])],
    ['a binary frame that ends too early', Buffer.from([3, 9, 9, 9, 9, 9, 1, 0])],
    ['a binary frame of JSON that is none', Buffer.concat([Buffer.from([3, 0, 0, 1, 1, 0, 1]), Buffer.from('te{')])],
    ['a binary frame of one byte', Buffer.from([3])],
  ])('%s is passed over', async (_, frame) => {
    const raw = await realtime.raw()
    raw.socket.send(frame)
    raw.say(heartbeat)
    expect(await raw.next()).toEqual([null, 'last', 'phoenix', 'phx_reply', ok()])
  })

  test('a broadcast as deep as it can be hurts nobody', async () => {
    const [one, two] = [await realtime.raw(), await realtime.raw()]
    for (const raw of [one, two]) {
      raw.say(['1', '1', 'realtime:deep', 'phx_join', {}])
      await raw.next()
    }
    const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`
    one.socket.send(`["1","2","realtime:deep","broadcast",{"event":"e","payload":${deep}}]`)
    one.socket.send('["1","3","realtime:deep","broadcast",{"event":"after","payload":{}}]')
    for (;;) {
      const [, , , , payload] = (await two.next()) as [null, null, string, string, { event: string }]
      if (payload.event === 'after') break
    }
  })
})

describe('version 1', () => {
  test.each(cases)('%s', async (_, said, expected) => {
    const raw = await realtime.raw(`?apikey=${realtime.anonKey}`)
    const object = ([join_ref, ref, topic, event, payload]: unknown[]) => ({ join_ref, ref, topic, event, payload })
    for (const message of [...said, heartbeat]) raw.say(object(message as unknown[]))
    for (const message of expected) {
      const { join_ref: __, ...without } = object(message as unknown[])
      expect(await raw.next()).toEqual(without)
    }
  })

  test('a client that names no join speaks in its channel', async () => {
    const raw = await realtime.raw(`?apikey=${realtime.anonKey}&vsn=1.0.0`)
    const payload = { config: { broadcast: { self: true } } }
    raw.say({ topic: 'realtime:old', event: 'phx_join', payload, ref: 1 })
    expect(await raw.next()).toMatchObject({ event: 'phx_reply', ref: '1' })
    raw.say({ topic: 'realtime:old', event: 'broadcast', payload: { event: 'e', more: [1] }, ref: 2 })
    expect(await raw.next()).toEqual({
      ...{ topic: 'realtime:old', event: 'broadcast', ref: null },
      payload: { event: 'e', more: [1] },
    })
  })
})

describe('connecting', () => {
  const refusals: [string, () => Promise<string> | string, number, string][] = [
    ['without a key', () => '?vsn=2.0.0', 401, 'API key is missing'],
    ['with a key that is none', () => '?apikey=x', 401, 'The token provided is not a valid JWT'],
    ['with another project’s key', () => '?apikey=sb_publishable_x', 401, 'The token provided is not a valid JWT'],
    [
      'with a key that has expired',
      async () => `?apikey=${await realtime.token({ expiresIn: -60 })}`,
      401,
      'Token has expired',
    ],
    [
      'with a key that another secret signed',
      () => `?apikey=${realtime.anonKey.replace(/[^.]{5}$/, 'AAAAA')}`,
      401,
      'Failed to validate JWT signature',
    ],
    [
      'in another version',
      () => `?apikey=${realtime.anonKey}&vsn=3.0.0`,
      403,
      'There is no such version of the protocol',
    ],
  ]
  test.each(refusals)('%s is refused', async (_, query, status, message) => {
    const url = `${realtime.url.replace('http', 'ws')}/realtime/v1/websocket${await query()}`
    expect(await refusal(new WebSocket(url))).toEqual([status, { error: message }])
  })

  test('elsewhere is refused', async () => {
    const url = `${realtime.url.replace('http', 'ws')}/realtime/v1/elsewhere?apikey=${realtime.anonKey}`
    expect((await refusal(new WebSocket(url)))[0]).toBe(404)
  })

  test('with the key in a header is fine', async () => {
    const url = `${realtime.url.replace('http', 'ws')}/realtime/v1/websocket`
    const socket = new WebSocket(url, { headers: { 'x-api-key': 'sb_publishable_test' } })
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
    socket.terminate()
  })
})

function refusal(socket: WebSocket): Promise<[number | undefined, unknown]> {
  return new Promise((resolve, reject) => {
    socket.once('open', () => reject(new Error('it was let in')))
    socket.once('unexpected-response', (_, response) => {
      let text = ''
      response.on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () => resolve([response.statusCode, JSON.parse(text)]))
    })
  })
}
