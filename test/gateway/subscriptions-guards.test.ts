import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import { administer } from '../support/administer.ts'
import { useDatabase } from '../support/database.ts'
import { sign, useLive } from '../support/live.ts'
import { greetedClient, initOf, openClient, subscribeTo } from '../support/live-client.ts'

/** What the doors to subscriptions do with clients that break the rules, ask for too much, or take nothing. */
const database = useDatabase(
  `create table thing (id int primary key, name text)`,
  `insert into thing values (1, 'one')`,
)
const live = useLive(database, ['thing'], {
  mode: 'production',
  settings: { subscriptionInterval: 0, maxSubscriptionsPerConnection: 3, maxSubscriptionsPerClient: 6 },
})

const change = (sql: string) => administer(database.connections, sql)

const eventually = <Value>(look: () => Value) => expect.poll(look)

const query = 'subscription { thingCollection { edges { node { name } } } }'

const open = () => openClient(live.door)
const greeted = (payload?: unknown) => greetedClient(live.door, payload)
const init = (payload?: unknown) => initOf(live.door, payload)
const subscribe = (id: string, text = query) => subscribeTo(id, text)

describe('a WebSocket', () => {
  test.each<[what: string, said: () => unknown[] | Promise<unknown[]>, code: number, reason: RegExp]>([
    ['an operation before it says who it is', () => [subscribe('1')], 4401, /Unauthorized/],
    ['saying twice who it is', () => [init(), init()], 4429, /Too many initialisation requests/],
    ['a key that is none', () => [init({ apikey: 'sb_publishable_other' })], 4403, /Invalid API key/],
    ['a token that is none', () => [init({ Authorization: 'Bearer nothing' })], 4403, /token/],
    [
      'a token that has expired',
      async () => [init({ apikey: live.door.key, Authorization: `Bearer ${await sign({}, -60)}` })],
      4403,
      /token/,
    ],
    ['what is no JSON', () => ['{'], 4400, /Invalid message/],
    ['what is no message', () => [{ type: 'hello' }], 4400, /Invalid message/],
  ])('is closed for %s', async (_what, said, code, reason) => {
    const client = await open()
    for (const message of await said()) client.say(message)
    const closed = await client.closed
    expect(closed.code).toBe(code)
    expect(closed.reason).toMatch(reason)
  })

  test('is closed for another protocol', async () => {
    const socket = new WebSocket(live.door.webSocketUrl, 'graphql-ws')
    const [error] = await once(socket, 'error').catch((error) => [error])
    expect(String(error)).toMatch(/no subprotocol/)
  })

  test('is told of too many subscriptions, and may have others once some have ended', async () => {
    const client = await greeted()
    for (const id of ['1', '2', '3']) {
      client.say(subscribe(id))
      expect(await client.hear(id)).toMatchObject({ type: 'next', payload: { data: {} } })
    }
    client.say(subscribe('4'))
    const refused = await client.hear('4')
    expect(refused).toMatchObject({ type: 'error', payload: [{ extensions: { code: 'TOO_MANY_SUBSCRIPTIONS' } }] })
    client.say({ id: '1', type: 'complete' })
    client.say({ type: 'ping' })
    expect(await client.hear()).toEqual({ type: 'pong' })
    client.say(subscribe('5'))
    expect(await client.hear('5')).toMatchObject({ type: 'next' })
    client.socket.close()
    await client.closed
  })

  test('of one address there are so many subscriptions, of a user so many whatever the address', async () => {
    const token = await sign({ sub: 'somebody' })
    const clients = await Promise.all(
      [1, 2, 3].map(() => greeted({ headers: { apikey: live.door.key, authorization: `Bearer ${token}` } })),
    )
    for (const [i, client] of clients.entries()) {
      for (const id of ['1', '2', '3']) {
        client.say(subscribe(id))
        const { payload } = (await client.hear(id)) as { payload: { errors?: unknown[] } }
        expect(payload.errors === undefined).toBe(i < 2)
      }
    }
    for (const client of clients) {
      client.socket.close()
      await client.closed
    }
    await eventually(() => live.changes.watched).toEqual([])
  })

  test('a flood of messages is answered, and leaves nothing behind', async () => {
    const client = await greeted()
    const before = live.statements
    for (let n = 0; n < 3000; n++)
      client.say(subscribe(`${n}`, `subscription S${n % 7} { thingCollection { edges { node { name } } } }`))
    client.say({ id: 'last', type: 'subscribe', payload: { query: '{ __typename }' } })
    expect(await client.hear('last')).toMatchObject({ type: 'error' })
    expect(live.statements - before).toBeLessThan(10)
    client.socket.close()
    await client.closed
    await eventually(() => live.changes.watched).toEqual([])
  })

  test('queries and mutations go the same way', async () => {
    const client = await greeted({ Authorization: `Bearer ${await sign({ role: 'service_role' })}` })
    client.say(
      subscribe('1', 'mutation { updatethingCollection(set: {name: "two"}, filter: {id: {eq: 1}}) { affectedCount } }'),
    )
    expect(await client.hear('1')).toMatchObject({ payload: { data: { updatethingCollection: { affectedCount: 1 } } } })
    expect(await client.hear('1')).toEqual({ id: '1', type: 'complete' })
    client.say(subscribe('2', '{ thingByPk(id: 1) { name } }'))
    expect(await client.hear('2')).toMatchObject({ payload: { data: { thingByPk: { name: 'two' } } } })
    client.say(subscribe('3', '{ thingByPk(id: "x") { name } }'))
    expect(await client.hear('3')).toMatchObject({
      type: 'error',
      payload: [{ message: expect.stringMatching(/Int/) }],
    })
    client.socket.close()
  })

  test('is closed when its token expires', async () => {
    const client = await greeted({ Authorization: `Bearer ${await sign({ sub: 'x' }, 1)}` })
    client.say(subscribe('1'))
    expect(await client.closed).toEqual({ code: 4403, reason: 'The token has expired.' })
    await eventually(() => live.changes.watched).toEqual([])
  })

  test('does nothing more for whoever stays when its token has expired', async () => {
    const authorization = `Bearer ${await sign({ role: 'service_role' }, 1)}`
    const client = await greeted({ apikey: live.door.key, authorization })
    // It takes nothing in, so that it does not answer what closes it.
    const closing = once(client.socket, 'close')
    const inner = (client.socket as unknown as { _socket: Socket })._socket
    inner.removeAllListeners('data')
    const received: Buffer[] = []
    inner.on('data', (chunk: Buffer) => received.push(chunk))
    await eventually(() => Buffer.concat(received).includes('The token has expired.')).toBe(true)
    const before = live.statements
    client.say(subscribe('1', 'mutation { insertIntothingCollection(objects: [{id: 77}]) { affectedCount } }'))
    client.say(subscribe('2'))
    await closing
    expect(live.statements).toBe(before)
  })

  test.each<[what: string, said: () => unknown]>([
    ['variables that are too large', () => subscribeTo('1', query, { junk: 'x'.repeat(100_000) })],
    ['a document that is too large', () => subscribeTo('1', `${query}${' '.repeat(100_000)}`)],
    ['an id that is too long', () => subscribe('1'.repeat(1000))],
  ])('keeps no subscription with %s', async (_what, said) => {
    const client = await greeted()
    client.say(said())
    expect(await client.hear()).toMatchObject({
      type: 'error',
      payload: [{ message: expect.stringMatching(/may have|may bring/) }],
    })
    client.socket.close()
    await client.closed
  })

  test('is answered with numbers as the database has them', async () => {
    await change(
      'create function big() returns json stable language sql as $$select \'{"n": 12345678901234567890.10}\'::json$$',
    )
    await live.gateway.refresh()
    const client = await greeted()
    const texts: string[] = []
    client.socket.on('message', (text) => texts.push(String(text)))
    client.say(subscribe('1', '{ big }'))
    expect(await client.hear('1')).toMatchObject({ type: 'next' })
    expect(await client.hear('1')).toEqual({ id: '1', type: 'complete' })
    expect(texts.join()).toContain('12345678901234567890.10')
    client.socket.close()
  })
})

describe('an event stream', () => {
  const ask = async (init: RequestInit & { search?: string }) =>
    await fetch(`${live.door.url}${init.search ?? ''}`, {
      ...init,
      headers: {
        apikey: live.door.key,
        accept: 'text/event-stream',
        'content-type': 'application/json',
        ...init.headers,
      },
    })

  test('is what a subscription is asked as', async () => {
    const response = await ask({
      method: 'POST',
      headers: { accept: 'application/json' },
      body: JSON.stringify({ query }),
    })
    expect(response.status).toBe(406)
    expect(JSON.stringify(await response.json())).toContain('text/event-stream')
  })

  test('may be asked for in a URL, by whoever cannot set headers, from anywhere', async () => {
    const response = await fetch(`${live.door.url}?apikey=${live.door.key}&query=${encodeURIComponent(query)}`, {
      headers: { accept: 'text/event-stream', origin: 'https://elsewhere.example' },
    })
    expect(response.status).toBe(200)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'access-control-allow-origin': '*',
      'cache-control': 'private, no-store, no-transform',
    })
    await response.body?.cancel()
    await eventually(() => live.changes.watched).toEqual([])
  })

  test('changes nothing by a link', async () => {
    const mutation = encodeURIComponent('mutation { deleteFromthingCollection { affectedCount } }')
    const response = await ask({ search: `?query=${mutation}` })
    expect(await response.text()).toMatch(/Can only perform a mutation operation from a POST request|must.*POST/)
  })

  test('refuses a key that is none', async () => {
    expect(
      (await ask({ method: 'POST', headers: { apikey: 'sb_secret_x' }, body: JSON.stringify({ query }) })).status,
    ).toBe(401)
  })

  test('ends when its token expires, and says so', async () => {
    const authorization = `Bearer ${await sign({ sub: 'y' }, 1)}`
    const text = await (
      await ask({ method: 'POST', headers: { authorization }, body: JSON.stringify({ query }) })
    ).text()
    expect(text).toMatch(
      /\n\nevent: next\ndata: {"errors":\[{"message":"The token has expired.","extensions":{"code":"UNAUTHENTICATED"}}\]}\n\nevent: complete\ndata:\n\n$/s,
    )
    await eventually(() => live.changes.watched).toEqual([])
  })

  test('of a client that takes nothing keeps one answer for a while, and no statement waits for it', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'], shouldAdvanceTime: true })
    onTestFinished(() => void vi.useRealTimers())
    const large = 'x'.repeat(300_000)
    await change(`insert into thing values (2, '${large}')`)
    const { port } = new URL(live.door.url)
    const asked = async () => {
      const socket = connect(Number(port), '127.0.0.1').on('error', () => {})
      await once(socket, 'connect')
      const body = JSON.stringify({ query })
      socket.write(
        `POST /graphql/v1 HTTP/1.1\r\nhost: x\r\napikey: ${live.door.key}\r\naccept: text/event-stream\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
      )
      await once(socket, 'readable')
      return socket
    }
    const socket = await asked()
    const before = live.statements
    for (let n = 1; n <= 60; n++) {
      await change(`update thing set name = '${n} ${large}' where id = 2`)
      await eventually(() => live.statements - before).toBeGreaterThanOrEqual(n)
    }
    // Far less than all of the answers were on their way; the newest is among those that come.
    let [received, end] = [0, '']
    for await (const chunk of socket) {
      received += chunk.length
      end = (end + String(chunk)).slice(-large.length * 2)
      if (end.includes('60 xxx')) break
    }
    expect(received).toBeLessThan(60 * large.length * 0.8)
    socket.destroy()
    const another = await asked()
    for (let n = 1; n <= 60; n++) {
      await change(`update thing set name = '${large} ${n}' where id = 2`)
      await eventually(() => live.statements - before).toBeGreaterThanOrEqual(61 + n)
    }
    vi.advanceTimersByTime(60_000)
    await eventually(() => live.changes.watched).toEqual([])
    another.destroy()
    await change('delete from thing where id = 2')
    await eventually(() => live.changes.watched).toEqual([])
  })
})

test('what has not changed is not told, however often something else does', async () => {
  const client = await greeted()
  client.say(subscribe('1', 'subscription { thingCollection(filter: {id: {eq: 1}}) { edges { node { id } } } }'))
  await client.hear('1')
  const before = live.statements
  for (let n = 10; n < 15; n++) {
    await change(`insert into thing values (${n}, 'other')`)
    await eventually(() => live.statements - before).toBeGreaterThanOrEqual(n - 9)
  }
  await change('delete from thing')
  expect(await client.hear('1')).toMatchObject({ payload: { data: { thingCollection: { edges: [] } } } })
  client.socket.close()
})
