import type { RealtimeChannel } from '@supabase/supabase-js'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createRealtimeFixture, heard, type RealtimeFixture, subscribed } from './realtime-fixture.ts'

let realtime: RealtimeFixture
beforeAll(async () => {
  realtime = await createRealtimeFixture()
})
afterAll(() => realtime?.close())

interface Event {
  readonly event: string
  readonly key: string
  readonly newPresences?: readonly object[]
  readonly leftPresences?: readonly object[]
}

/** A channel that shows who is there. */
async function watching(name: string, key: string, vsn = '2.0.0') {
  const { all, hear } = heard<Event>()
  const client = realtime.client({ vsn })
  const channel = client
    .channel(name, { config: { presence: { key } } })
    .on('presence', { event: 'sync' }, () => {})
    .on('presence', { event: 'join' }, (event) => hear(event as unknown as Event))
    .on('presence', { event: 'leave' }, (event) => hear(event as unknown as Event))
  return { client, channel: await subscribed(channel), all }
}

/** Who is there, without the references. */
function there(channel: RealtimeChannel) {
  return Object.fromEntries(
    Object.entries(channel.presenceState()).map(([key, metas]) => [
      key,
      metas.map(({ presence_ref: _, ...meta }) => meta),
    ]),
  )
}

test.each(['1.0.0', '2.0.0'])('version %s: who comes, changes and goes is seen by all', async (vsn) => {
  const name = `lobby ${vsn}`
  const ada = await watching(name, 'ada', vsn)
  expect(await ada.channel.track({ at: 'desk' })).toBe('ok')
  await expect.poll(() => there(ada.channel)).toEqual({ ada: [{ at: 'desk' }] })

  // Who comes later is told who was there.
  const bob = await watching(name, 'bob', vsn)
  await expect.poll(() => there(bob.channel)).toEqual({ ada: [{ at: 'desk' }] })
  await bob.channel.track({ at: 'door' })
  await expect.poll(() => there(ada.channel)).toEqual({ ada: [{ at: 'desk' }], bob: [{ at: 'door' }] })
  expect(there(bob.channel)).toEqual(there(ada.channel))

  await bob.channel.track({ at: 'window' })
  await expect.poll(() => there(ada.channel).bob).toEqual([expect.objectContaining({ at: 'window' })])
  await bob.channel.untrack()
  await expect.poll(() => there(ada.channel)).toEqual({ ada: [{ at: 'desk' }] })
  await bob.channel.track({ at: 'roof' })
  await expect.poll(() => Object.keys(there(ada.channel))).toEqual(['ada', 'bob'])
  await bob.client.removeChannel(bob.channel)
  await expect.poll(() => Object.keys(there(ada.channel))).toEqual(['ada'])
  expect(ada.all.filter(({ event }) => event === 'leave').map(({ key }) => key)).toContain('bob')
})

test('one key of two members holds both', async () => {
  const [one, two] = [await watching('shared', 'x'), await watching('shared', 'x')]
  await one.channel.track({ n: 1 })
  await two.channel.track({ n: 2 })
  await expect.poll(() => there(one.channel)).toEqual({ x: [{ n: 1 }, { n: 2 }] })
  await one.client.removeAllChannels()
  await expect.poll(() => there(two.channel)).toEqual({ x: [{ n: 2 }] })
})

test('a key may be called anything', async () => {
  const one = await watching('odd', '__proto__')
  await one.channel.track({ constructor: 1 })
  const two = await realtime.raw()
  two.say(['1', '1', 'realtime:odd', 'phx_join', { config: { presence: { enabled: true } } }])
  await two.next()
  const [, , , event, payload] = (await two.next()) as [null, null, string, string, Record<string, unknown>]
  expect(event).toBe('presence_state')
  expect(Object.entries(payload)).toEqual([['__proto__', { metas: [{ constructor: 1, phx_ref: expect.any(String) }] }]])
})

test('a client that vanishes is gone for the others', async () => {
  const ada = await watching('vanishing', 'ada')
  const raw = await realtime.raw()
  raw.say(['1', '1', 'realtime:vanishing', 'phx_join', { config: { presence: { key: 'ghost', enabled: true } } }])
  raw.say(['1', '2', 'realtime:vanishing', 'presence', { type: 'presence', event: 'TRACK', payload: { n: 1 } }])
  await expect.poll(() => there(ada.channel)).toEqual({ ghost: [{ n: 1 }] })
  raw.socket.terminate()
  await expect.poll(() => there(ada.channel)).toEqual({})
})

test('what could not be shown to others is not tracked', async () => {
  const raw = await realtime.raw()
  raw.say(['1', '1', 'realtime:deep', 'phx_join', {}])
  await raw.next()
  for (const depth of [101, 50_000]) {
    const deep = `${'['.repeat(depth)}${']'.repeat(depth)}`
    raw.socket.send(`["1","2","realtime:deep","presence",{"event":"track","payload":{"deep":${deep}}}]`)
    const response = { reason: 'Presence track payload is too deep' }
    expect(await raw.next()).toEqual(['1', '2', 'realtime:deep', 'phx_reply', { status: 'error', response }])
  }
})

test('the same again changes nothing, a change names what it replaces', async () => {
  const raw = await realtime.raw()
  const topic = 'realtime:refs'
  const track = (ref: string, payload: unknown) => raw.say(['1', ref, topic, 'presence', { event: 'track', payload }])
  raw.say(['1', '1', topic, 'phx_join', { config: { presence: { key: 'k', enabled: true } } }])
  expect(await raw.next()).toEqual(['1', '1', topic, 'phx_reply', { status: 'ok', response: { postgres_changes: [] } }])
  expect(await raw.next()).toEqual([null, null, topic, 'presence_state', {}])
  track('2', { n: 1 })
  const first = (await raw.next()) as [
    unknown,
    unknown,
    unknown,
    unknown,
    { joins: { k: { metas: [{ phx_ref: string }] } } },
  ]
  const ref = first[4].joins.k.metas[0].phx_ref
  expect(first).toEqual([
    null,
    null,
    topic,
    'presence_diff',
    { joins: { k: { metas: [{ n: 1, phx_ref: ref }] } }, leaves: {} },
  ])
  expect(await raw.next()).toEqual(['1', '2', topic, 'phx_reply', { status: 'ok', response: {} }])
  track('3', { n: 1 })
  expect(await raw.next()).toEqual(['1', '3', topic, 'phx_reply', { status: 'ok', response: {} }])
  track('4', { n: 2, phx_ref: 'forged' })
  expect(await raw.next()).toEqual([
    ...[null, null, topic, 'presence_diff'],
    {
      joins: { k: { metas: [{ n: 2, phx_ref: expect.not.stringMatching(/^forged$/), phx_ref_prev: ref }] } },
      leaves: { k: { metas: [{ n: 1, phx_ref: ref }] } },
    },
  ])
  await raw.next()
  track('5', 'text')
  const response = { reason: 'Presence track payload must be a map' }
  expect(await raw.next()).toEqual(['1', '5', topic, 'phx_reply', { status: 'error', response }])
  track('6', { n: 3 })
  await raw.next()
  await raw.next()
  // Five within half a minute are many.
  track('7', { n: 4 })
  expect(await raw.next()).toEqual([
    ...['1', null, topic, 'system'],
    { extension: 'system', status: 'error', message: 'Client presence rate limit exceeded', channel: 'refs' },
  ])
})
