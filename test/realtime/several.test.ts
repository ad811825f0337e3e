import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { RealtimeChannel } from '@supabase/supabase-js'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createRealtimeFixture, heard, type RealtimeFixture, subscribed } from './realtime-fixture.ts'

/** Two processes on one database. */
let here: RealtimeFixture
let there: RealtimeFixture
beforeAll(async () => {
  here = await createRealtimeFixture({ among: 'new' })
  there = await createRealtimeFixture({ among: here })
})
afterAll(async () => {
  await there?.close()
  await here?.close()
})

interface Said {
  readonly payload: unknown
}

async function listening(process: RealtimeFixture, name: string, config: object = {}) {
  const { all, hear } = heard<Said>()
  const channel = process.client().channel(name, { config })
  await subscribed(channel.on('broadcast', { event: '*' }, hear as never))
  return { channel, all, payloads: () => all.map(({ payload }) => payload) }
}

async function watching(process: RealtimeFixture, name: string, key: string) {
  const { all, hear } = heard<unknown>()
  const channel = process.client().channel(name, { config: { presence: { key } } })
  channel.on('presence', { event: 'join' }, (event) => hear(['join', event.key, event.newPresences.length]))
  channel.on('presence', { event: 'leave' }, (event) => hear(['leave', event.key, event.leftPresences.length]))
  await subscribed(channel)
  const state = (): Record<string, unknown[]> =>
    Object.fromEntries(
      Object.entries(channel.presenceState()).map(([key, metas]) => [
        key,
        metas.map(({ presence_ref: _, ...meta }) => meta),
      ]),
    )
  return { channel, all, state }
}

const sending = (channel: RealtimeChannel, payload: unknown) =>
  channel.send({ type: 'broadcast', event: 'said', payload: payload as never })

describe('clients of two processes', () => {
  test('hear each other, in order, whatever the size', async () => {
    const one = await listening(here, 'both')
    const other = await listening(there, 'both')
    const large = { text: 'ä'.repeat(700_000) }
    await sending(one.channel, large)
    for (let i = 0; i < 20; i++) await sending(one.channel, { i })
    await sending(other.channel, { back: true })
    const expected = [large, ...Array.from({ length: 20 }, (_, i) => ({ i }))]
    await expect.poll(() => other.all.length).toBe(21)
    expect(other.payloads()).toEqual(expected)
    await expect.poll(one.payloads).toEqual([{ back: true }])
  })

  test('hear bytes, and what is said by HTTP where nobody listens', async () => {
    const third = await createRealtimeFixture({ among: here })
    const { channel, payloads } = await listening(here, 'by http')
    await sending((await listening(there, 'by http')).channel, new Uint8Array([1, 2, 3]).buffer)
    await expect.poll(() => payloads().length).toBe(1)
    expect(new Uint8Array(payloads()[0] as ArrayBuffer)).toEqual(new Uint8Array([1, 2, 3]))
    const sent = await third.client().channel('by http').httpSend('said', { by: 'http' })
    expect(sent).toMatchObject({ success: true })
    await expect.poll(payloads).toContainEqual({ by: 'http' })
    await channel.unsubscribe()
    await third.close()
  })

  test('hear in private what was said in private, by the policies of each', async () => {
    const name = 'team:private'
    await here.sql(`create policy "the team of ada" on realtime.messages to authenticated
      using (realtime.topic() = '${name}' and auth.jwt()->>'sub' = 'ada')
      with check (realtime.topic() = '${name}' and auth.jwt()->>'sub' = 'ada')`)
    const openly = await listening(there, name)
    const member = async (process: RealtimeFixture) => {
      const { all, hear } = heard<Said>()
      const client = await process.user(await process.token({ sub: 'ada' }))
      const channel = client.channel(name, { config: { private: true } }).on('broadcast', { event: '*' }, hear as never)
      return { channel: await subscribed(channel), payloads: () => all.map(({ payload }) => payload) }
    }
    const [one, other] = [await member(here), await member(there)]
    await sending(one.channel, { to: 'members' })
    await sending((await listening(here, name)).channel, { to: 'all' })
    await expect.poll(openly.payloads).toEqual([{ to: 'all' }])
    await expect.poll(other.payloads).toEqual([{ to: 'members' }])
  })

  test('see who is there, wherever they are', async () => {
    const ada = await watching(here, 'lobby', 'ada')
    await ada.channel.track({ at: 'desk' })
    const bob = await watching(there, 'lobby', 'bob')
    await expect.poll(bob.state).toEqual({ ada: [{ at: 'desk' }] })
    await bob.channel.track({ at: 'door' })
    await expect.poll(ada.state).toEqual({ ada: [{ at: 'desk' }], bob: [{ at: 'door' }] })
    await ada.channel.track({ at: 'roof' })
    await expect.poll(() => bob.state().ada).toEqual([expect.objectContaining({ at: 'roof' })])
    const again = await watching(there, 'lobby', 'ada')
    await again.channel.track({ at: 'home' })
    await expect.poll(() => ada.state().ada?.length).toBe(2)
    await again.channel.unsubscribe()
    await expect.poll(() => ada.state().ada).toEqual([expect.objectContaining({ at: 'roof' })])
    await bob.channel.untrack()
    await expect.poll(ada.state).toEqual({ ada: [expect.objectContaining({ at: 'roof' })] })
  })
})

test('whoever is killed is missed by the others', async () => {
  const { all, state } = await watching(here, 'mortals', 'ada')
  const login = JSON.stringify(here.database.connections.for('supabase_admin'))
  const script = fileURLToPath(new URL('./serve-peer.ts', import.meta.url))
  const child = spawn(process.execPath, [script, login, 'public:mortals'], { stdio: 'ignore' })
  await expect.poll(state).toEqual({ mortal: [{}] })
  child.kill('SIGKILL')
  await expect.poll(state).toEqual({})
  expect(all).toEqual([
    ['join', 'mortal', 1],
    ['leave', 'mortal', 1],
  ])
})

test('a connection that breaks is made again, and each process knows again who is there', async () => {
  const ada = await watching(here, 'broken', 'ada')
  const bob = await watching(there, 'broken', 'bob')
  await ada.channel.track({ n: 1 })
  await bob.channel.track({ n: 2 })
  await expect
    .poll(() => [ada.state(), bob.state()])
    .toEqual([
      { ada: [{ n: 1 }], bob: [{ n: 2 }] },
      { ada: [{ n: 1 }], bob: [{ n: 2 }] },
    ])
  const seen = ada.all.length
  await here.sql(`select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and application_name = 'portico realtime peers'`)
  await bob.channel.track({ n: 3 })
  await expect.poll(() => ada.state().bob).toEqual([expect.objectContaining({ n: 3 })])
  // Nobody was missed meanwhile.
  expect(ada.all.slice(seen)).toEqual([
    ['join', 'bob', 1],
    ['leave', 'bob', 1],
  ])
  const { channel } = await listening(here, 'after')
  const { payloads } = await listening(there, 'after')
  await sending(channel, { still: true })
  await expect.poll(payloads).toEqual([{ still: true }])
})

test('SQL of the project understands nothing of it, and says nothing that is believed', async () => {
  const one = await listening(here, 'secret')
  const other = await listening(there, 'secret')
  const sql = new pg.Client(here.database.connections.for('postgres'))
  await sql.connect()
  const overheard: string[] = []
  sql.on('notification', ({ payload = '' }) => void overheard.push(payload))
  await sql.query('listen portico_realtime')
  await sending(one.channel, { word: 'swordfish' })
  await expect.poll(other.payloads).toEqual([{ word: 'swordfish' }])
  await expect.poll(() => overheard.length).toBeGreaterThan(0)
  const texts = overheard.map((text) => Buffer.from(text, 'base64').toString('latin1'))
  for (const text of [...overheard, ...texts]) expect(text).not.toMatch(/swordfish|secret/)
  const forged = overheard.map((text) => {
    const bytes = Buffer.from(text, 'base64')
    bytes[14] = 99
    return bytes.toString('base64')
  })
  for (const text of [...overheard, ...forged, 'junk', '', Buffer.alloc(40, 1).toString('base64')]) {
    await sql.query('select pg_notify($1, $2)', ['portico_realtime', text])
  }
  await sending(one.channel, { word: 'last' })
  await expect.poll(other.payloads).toEqual([{ word: 'swordfish' }, { word: 'last' }])
  for (const statement of [
    'delete from portico.realtime_peers',
    'update portico.realtime_peers set public_key = id',
    `insert into portico.realtime_peers values ('', '', 1, now())`,
  ]) {
    await expect(sql.query(statement)).rejects.toThrow('permission denied')
  }
  await sql.end()
})
