import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { DatabaseMessage, DatabaseMessages } from '#realtime'
import { createRealtimeFixture, heard, type RealtimeFixture, subscribed } from './realtime-fixture.ts'

/** What the database says, as a test says it. */
const listeners = new Set<(message: DatabaseMessage) => void>()
const databaseMessages: DatabaseMessages = {
  async listen(deliver) {
    listeners.add(deliver)
    return () => listeners.delete(deliver)
  },
}
function say(message: Partial<DatabaseMessage>): void {
  const whole = { id: 'id', topic: 'open-1', event: 'e', payload: '{"n":1}', private: true, ...message }
  for (const deliver of listeners) deliver(whole)
}

let realtime: RealtimeFixture
let token: string
beforeAll(async () => {
  realtime = await createRealtimeFixture({ databaseMessages })
  token = await realtime.token()
})
afterAll(() => realtime?.close())
beforeEach(() => realtime.sql('delete from realtime.messages'))

test('what the database says is heard in its channel, public or private', async () => {
  const [inside, outside] = [heard(), heard()]
  const member = (await realtime.user(token)).channel('open-1', { config: { private: true } })
  await subscribed(member.on('broadcast', { event: '*' }, inside.hear))
  await subscribed(realtime.client().channel('open-1').on('broadcast', { event: '*' }, outside.hear))
  say({ id: 'a' })
  say({ id: 'b', private: false, event: 'public' })
  say({ id: 'c', topic: 'open-2' })
  say({ id: 'd', event: 'raw', payload: Buffer.from([7]) })
  await expect
    .poll(() => inside.all)
    .toEqual([
      { type: 'broadcast', event: 'e', payload: { n: 1 }, meta: { id: 'a' } },
      { type: 'broadcast', event: 'raw', payload: new Uint8Array([7]).buffer, meta: { id: 'd' } },
    ])
  await expect.poll(() => outside.all).toEqual([expect.objectContaining({ event: 'public', meta: { id: 'b' } })])
})

test('the database is listened to while there is anybody, and whoever asks is told that it is', async () => {
  const raw = await realtime.raw()
  await expect.poll(() => listeners.size).toBeLessThanOrEqual(1)
  raw.say(['1', '1', 'realtime:ready', 'phx_join', { config: { broadcast: { replication_ready: true } } }])
  await raw.next()
  const payload = { extension: 'system', status: 'ok', message: 'Replication connection established', channel: 'ready' }
  expect(await raw.next()).toEqual(['1', null, 'realtime:ready', 'system', payload])
  raw.socket.terminate()
})

test('earlier messages are told again, once', async () => {
  await realtime.sql(`
    insert into realtime.messages (id, topic, event, payload, private, extension, inserted_at) values
      ('00000000-0000-4000-8000-000000000001', 'open-1', 'first', '{"n":1}', true, 'broadcast', now() - interval '2 minutes'),
      ('00000000-0000-4000-8000-000000000002', 'open-1', 'second', '{"n":2}', true, 'broadcast', now() - interval '1 minute'),
      ('00000000-0000-4000-8000-000000000003', 'open-1', 'public', '{}', false, 'broadcast', now()),
      ('00000000-0000-4000-8000-000000000004', 'open-2', 'other', '{}', true, 'broadcast', now()),
      ('00000000-0000-4000-8000-000000000005', 'open-1', 'old', '{}', true, 'broadcast', now() - interval '1 hour')`)
  const messages = heard<{ event: string }>()
  const since = Date.now() - 10 * 60_000
  const config = { private: true, broadcast: { replay: { since, limit: 10 } } }
  const channel = (await realtime.user(token)).channel('open-1', { config })
  await subscribed(channel.on('broadcast', { event: '*' }, messages.hear))
  await expect.poll(() => messages.all.map(({ event }) => event)).toEqual(['first', 'second'])
  expect(messages.all[1]).toMatchObject({
    payload: { n: 2 },
    meta: { replayed: true, id: '00000000-0000-4000-8000-000000000002' },
  })
  say({ id: '00000000-0000-4000-8000-000000000002', event: 'second' })
  say({ id: 'next', event: 'third' })
  await expect.poll(() => messages.all.map(({ event }) => event)).toEqual(['first', 'second', 'third'])
})

test.each([
  ['public', { broadcast: { replay: { since: 0 } } }, 'Replay is not allowed for public channels'],
  ['text', { private: true, broadcast: { replay: { since: 'x' } } }, 'Replay params are not valid'],
  ['far', { private: true, broadcast: { replay: { since: 9e15 } } }, 'Replay params are not valid'],
  ['half', { private: true, broadcast: { replay: { since: 0, limit: 0.5 } } }, 'Replay params are not valid'],
])('a replay that cannot be (%s) is refused', async (_, config, message) => {
  const raw = await realtime.raw()
  raw.say(['1', '1', 'realtime:open-1', 'phx_join', { config, access_token: token }])
  const response = { reason: `UnableToReplayMessages: ${message}` }
  expect(await raw.next()).toEqual(['1', '1', 'realtime:open-1', 'phx_reply', { status: 'error', response }])
})

test('a replay is for those who may hear broadcasts', async () => {
  const raw = await realtime.raw()
  const config = { private: true, presence: { enabled: true }, broadcast: { replay: { since: 0 } } }
  raw.say(['1', '1', 'realtime:presence-1', 'phx_join', { config, access_token: token }])
  expect(await raw.next()).toMatchObject([
    ...['1', '1', 'realtime:presence-1', 'phx_reply'],
    { status: 'error', response: { reason: expect.stringContaining('Unauthorized') } },
  ])
})
