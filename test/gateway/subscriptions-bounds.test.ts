import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, onTestFinished, test, vi } from 'vitest'
import { administer } from '../support/administer.ts'
import { useDatabase } from '../support/database.ts'
import { sign, useLive } from '../support/live.ts'
import { greetedClient, initOf, openClient, subscribeTo } from '../support/live-client.ts'

/** What is kept for those who subscribe, and how many of them there may be. */
const database = useDatabase(
  'create table thing (id int primary key, name text)',
  `insert into thing select n, repeat('x', 8000) from generate_series(1, 100) n`,
)
const live = useLive(database, ['thing'], { settings: { maxSubscriptionsPerClient: 20, subscriptionInterval: 0 } })

const query = 'subscription { thingCollection(filter: {id: {eq: 1}}) { edges { node { id } } } }'
const padding = ' '.repeat(4 * 1024 * 1024)

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

function kept(): number {
  for (let n = 0; n < 3; n++) collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

async function streamOf(body: string | Buffer, authorization?: string): Promise<Socket> {
  const socket = connect(Number(new URL(live.door.url).port), '127.0.0.1').on('error', () => {})
  await once(socket, 'connect')
  const bearer = authorization ? `authorization: ${authorization}\r\n` : ''
  socket.write(
    `POST /graphql/v1 HTTP/1.1\r\nhost: x\r\napikey: ${live.door.key}\r\n${bearer}accept: text/event-stream\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`,
  )
  socket.write(body)
  await once(socket, 'readable')
  return socket
}

test('of what came with a subscription nothing is kept that says nothing', async () => {
  const padded = Buffer.from(`${padding}${JSON.stringify({ query })}`)
  const before = kept()
  const streams: Socket[] = []
  for (let n = 0; n < 10; n++) streams.push(await streamOf(padded))
  const client = await openClient(live.door)
  client.say(JSON.stringify({ ...initOf(live.door, { apikey: live.door.key, junk: padding }) }))
  expect(await client.hear()).toEqual({ type: 'connection_ack' })
  for (let n = 0; n < 10; n++) {
    client.say(`${JSON.stringify(subscribeTo(`${n}`, query)).slice(0, -1)}${padding},"junk":"${padding}"}`)
    expect(await client.hear(`${n}`)).toMatchObject({ type: 'next' })
  }
  expect(kept() - before).toBeLessThan(6 * padding.length)
  for (const stream of streams) stream.destroy()
  client.socket.close()
  await client.closed
  await expect.poll(() => live.changes.watched).toEqual([])
})

test('a stream whose client takes nothing is broken off when its token expires', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'], shouldAdvanceTime: true })
  onTestFinished(() => void vi.useRealTimers())
  const large = 'subscription { thingCollection(first: 100) { edges { node { name } } } }'
  const socket = await streamOf(JSON.stringify({ query: large }), `Bearer ${await sign({ sub: 'slow' }, 120)}`)
  const before = live.statements
  for (let n = 1; n <= 20; n++) {
    await administer(database.connections, `update thing set name = repeat('${n % 10}', 8000)`)
    await expect.poll(() => live.statements - before).toBeGreaterThanOrEqual(n)
  }
  vi.advanceTimersByTime(121_500)
  let end = ''
  socket.on('data', (chunk: Buffer) => {
    end = `${end}${chunk}`.slice(-100)
  })
  await new Promise((resolve) => socket.once('close', resolve))
  expect(end).not.toContain('complete')
})

test('users who come from one address are counted each', async () => {
  const of = async (sub: string) => ({ apikey: live.door.key, Authorization: `Bearer ${await sign({ sub })}` })
  const clients = []
  for (let n = 0; n < 20; n++) clients.push(await greetedClient(live.door, await of('one')))
  clients.push(await greetedClient(live.door, await of('other')))
  const more = await openClient(live.door)
  more.say(initOf(live.door, await of('one')))
  expect(await more.closed).toEqual({ code: 1013, reason: 'Too many connections' })
  for (const { socket } of clients) socket.close()
  await Promise.all(clients.map(({ closed }) => closed))
  const again = await greetedClient(live.door, await of('one'))
  again.socket.close()
})
