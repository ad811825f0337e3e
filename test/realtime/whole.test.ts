import { createClient } from '@supabase/supabase-js'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { createTestApp, type TestApp } from '../support/app.ts'
import { heard, subscribed } from './realtime-fixture.ts'

const files = {
  'supabase/config.toml': 'project_id = "chat"\n[auth]\nenable_anonymous_sign_ins = true\n',
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
