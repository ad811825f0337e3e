import { createClient } from '@supabase/supabase-js'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { createTestApp, type TestApp } from '../support/app.ts'
import { heard, subscribed } from './realtime-fixture.ts'

const files = {
  'supabase/config.toml':
    'project_id = "chat"\n[auth]\nenable_anonymous_sign_ins = true\n[realtime]\nmax_channels_per_client = 2\n',
  'supabase/migrations/20260101000000_chat.sql': `
    create policy "to oneself" on realtime.messages for select to authenticated
      using (realtime.topic() = 'user:' || (select auth.uid()));
    create policy "from oneself" on realtime.messages for insert to authenticated
      with check (realtime.topic() = 'user:' || (select auth.uid()));`,
}

let backend: TestApp
beforeAll(async () => {
  backend = await createTestApp({ files })
})
afterAll(() => backend?.close())

async function signedIn() {
  const client = createClient(backend.app.url, backend.app.config.keys.publishableKey, {
    auth: { persistSession: false, autoRefreshToken: false },
    realtime: { transport: WebSocket as never, timeout: 60_000 },
  })
  const { data } = await client.auth.signInAnonymously()
  await client.realtime.setAuth()
  return { client, id: data.user?.id ?? '' }
}

test('a user of this project has a private channel, and nobody else has it', async () => {
  const [ada, bob] = [await signedIn(), await signedIn()]
  const config = { private: true, broadcast: { self: true } }
  const own = heard()
  const channel = ada.client.channel(`user:${ada.id}`, { config })
  await subscribed(channel.on('broadcast', { event: 'note' }, own.hear))
  await expect(subscribed(bob.client.channel(`user:${ada.id}`, { config }))).rejects.toThrow('Unauthorized')
  await channel.send({ type: 'broadcast', event: 'note', payload: { n: 1 } })
  await expect.poll(() => own.all).toEqual([expect.objectContaining({ payload: { n: 1 } })])
  // What a session that was renewed brings is as good.
  await ada.client.auth.refreshSession()
  await channel.send({ type: 'broadcast', event: 'note', payload: { n: 2 } })
  await expect.poll(() => own.all.length).toBe(2)
  for (const { client } of [ada, bob]) await client.removeAllChannels()
})

test('config.toml says how many channels a client may have, and metrics how many there are', async () => {
  const { client } = await signedIn()
  const changes = { event: '*', schema: 'public', table: 'none' } as const
  await subscribed(client.channel('a').on('postgres_changes', changes, () => {}))
  await subscribed(client.channel('b'))
  await expect(subscribed(client.channel('c'))).rejects.toThrow('Too many channels')
  const { secretKey } = backend.app.config.keys
  const measured = async () => {
    const response = await fetch(`${backend.app.url}/metrics`, { headers: { apikey: secretKey } })
    const lines = (await response.text()).matchAll(/^portico_(realtime|live)_(\w+) (\d+)/gm)
    return Object.fromEntries([...lines].map(([, room, name, value]) => [`${room} ${name}`, Number(value)]))
  }
  expect(await measured()).toMatchObject({
    ...{ 'realtime connections': 1, 'realtime channels': 2, 'realtime peers': 0, 'realtime backlog_bytes': 0 },
    ...{ 'realtime table_subscriptions': 0, 'realtime changes_lag_seconds': 0, 'live subscriptions': 0 },
    ...{ 'realtime connections_cut_off_total': 0, 'realtime channels_ended_total': 0, 'live runs_total': 0 },
  })
  const { 'realtime messages_received_total': received } = await measured()
  await client.channel('b').unsubscribe()
  await client.removeAllChannels()
  await expect.poll(measured).toMatchObject({ 'realtime channels': 0 })
  expect((await measured())['realtime messages_received_total']).toBeGreaterThan(received ?? 0)
  await client.realtime.disconnect()
})

test('a page of another origin may broadcast by HTTP', async () => {
  const url = `${backend.app.url}/realtime/v1/api/broadcast`
  const asked = { origin: 'https://app.example', 'access-control-request-method': 'POST' }
  const preflight = await fetch(url, { method: 'OPTIONS', headers: asked })
  expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([204, '*'])
  const { publishableKey } = backend.app.config.keys
  const body = JSON.stringify({ messages: [{ topic: 't', event: 'e', payload: {} }] })
  const response = await fetch(url, { method: 'POST', body, headers: { apikey: publishableKey } })
  expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([202, '*'])
})

test('a backend that stops lets its clients go', async () => {
  const files = { 'supabase/config.toml': 'project_id = "stops"\n' }
  const other = await createTestApp({ files })
  const { publishableKey } = other.app.config.keys
  const url = `${other.app.url.replace('http', 'ws')}/realtime/v1/websocket?apikey=${publishableKey}`
  const socket = new WebSocket(url)
  await new Promise((resolve) => socket.once('open', resolve))
  const closed = new Promise((resolve) => socket.once('close', resolve))
  await other.close()
  await closed
})

test('where it is turned off, that is said', async () => {
  const files = { 'supabase/config.toml': 'project_id = "off"\n[realtime]\nenabled = false\n' }
  const other = await createTestApp({ files })
  const response = await fetch(`${other.app.url}/realtime/v1/websocket`)
  expect([response.status, await response.json()]).toEqual([
    404,
    { code: 'NOT_FOUND', message: 'Realtime is turned off by [realtime] enabled in supabase/config.toml.' },
  ])
  await other.close()
})
