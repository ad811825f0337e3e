import type { RealtimeChannel, SupabaseClient } from '@supabase/supabase-js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createRealtimeFixture, heard, type RealtimeFixture, subscribed } from './realtime-fixture.ts'

let realtime: RealtimeFixture
beforeAll(async () => {
  realtime = await createRealtimeFixture({ feeds: true })
  await realtime.sql(`
    create table public.notes (id bigint primary key, owner text, body text, tags text[], at timestamptz, doc jsonb);
    alter table public.notes enable row level security;
    create policy own on public.notes for select to authenticated using (owner = auth.jwt()->>'sub');
    create policy open on public.notes for select to anon using (owner is null);
    alter publication supabase_realtime add table public.notes`)
})
afterAll(() => realtime?.close())

type Anything = ReturnType<typeof JSON.parse>

/** Joins, and waits for the word that changes are told from now on. */
async function listening(channel: RealtimeChannel): Promise<Anything> {
  const word = new Promise<Anything>((resolve) => {
    channel.on('system', {}, (payload: Anything) => {
      if (payload.extension === 'postgres_changes') resolve(payload)
    })
  })
  await subscribed(channel)
  return await word
}

const notes = { schema: 'public', table: 'notes' } as const

test('what is written as soon as the first channel is joined is heard', async () => {
  const channel = realtime.client().channel('first')
  const { all, hear } = heard<Anything>()
  await subscribed(channel.on('postgres_changes', { event: 'INSERT', ...notes }, hear))
  await realtime.sql('insert into notes (id) values (77)')
  await expect.poll(() => all).toEqual([expect.objectContaining({ new: expect.objectContaining({ id: 77 }) })])
})

describe.each(['1.0.0', '2.0.0'])('supabase-js over version %s', (vsn) => {
  let client: SupabaseClient
  beforeAll(() => {
    client = realtime.client({ vsn })
  })

  test('hears each event by the callback that asked for it', async () => {
    await realtime.sql('truncate notes')
    const [all, inserts, filtered] = [heard<Anything>(), heard<Anything>(), heard<Anything>()]
    const channel = client
      .channel(`events ${vsn}`)
      .on('postgres_changes', { event: '*', ...notes }, all.hear)
      .on('postgres_changes', { event: 'INSERT', ...notes }, inserts.hear)
      .on('postgres_changes', { event: 'UPDATE', ...notes, filter: 'body=eq.two' }, filtered.hear)
    expect(await listening(channel)).toEqual({
      extension: 'postgres_changes',
      status: 'ok',
      message: 'Subscribed to PostgreSQL',
      channel: `events ${vsn}`,
    })
    const values = `'{a,b}', '2026-01-02 03:04:05+02', '{"a": [1]}'`
    await realtime.sql(`insert into notes values (1, null, 'one', ${values})`)
    await expect.poll(() => all.all.length).toBe(1)
    await realtime.sql(`update notes set body = 'two'`)
    await expect.poll(() => all.all.length).toBe(2)
    await realtime.sql('delete from notes')
    await expect.poll(() => all.all.length).toBe(3)
    expect(all.all[0]).toEqual({
      ...notes,
      eventType: 'INSERT',
      commit_timestamp: expect.stringMatching(/Z$/),
      errors: null,
      old: {},
      new: {
        ...{ id: 1, owner: null, body: 'one', tags: ['a', 'b'], at: '2026-01-02T01:04:05+00:00' },
        doc: { a: [1] },
      },
    })
    expect(all.all.slice(1)).toEqual([
      expect.objectContaining({ eventType: 'UPDATE', old: { id: 1 } }),
      expect.objectContaining({ eventType: 'DELETE', old: { id: 1 }, new: {} }),
    ])
    expect(inserts.all).toHaveLength(1)
    expect(filtered.all).toEqual([expect.objectContaining({ new: expect.objectContaining({ body: 'two' }) })])
    await client.removeChannel(channel)
  })

  test('is told why a subscription cannot be had', async () => {
    const channel = client
      .channel(`refused ${vsn}`)
      .on('postgres_changes', { event: '*', schema: 'public', table: 'nowhere' }, () => {})
    expect(await listening(channel)).toMatchObject({
      status: 'error',
      message: expect.stringContaining('Please check Realtime is enabled for the given connect parameters'),
    })
    await client.removeChannel(channel)
  })
})

test('everybody hears of what they may see, and no more after the token says otherwise', async () => {
  await realtime.sql('truncate notes')
  const ada = realtime.client({ token: await realtime.token({ sub: 'ada' }) })
  const bob = realtime.client({ token: await realtime.token({ sub: 'bob' }) })
  const people = [ada, bob, realtime.client()].map((client) => ({ client, ...heard<Anything>() }))
  for (const { client, hear } of people) {
    await listening(client.channel('own').on('postgres_changes', { event: 'INSERT', ...notes }, hear))
  }
  await realtime.sql(`insert into notes (id, owner) values (1, 'ada'), (2, 'bob'), (3, null), (4, 'ada')`)
  await expect.poll(() => people.map(({ all }) => all.map((one) => one.new.id))).toEqual([[1, 4], [2], [3]])
})

test('the database speaks to public and private channels', async () => {
  await realtime.sql(`create policy rooms on realtime.messages for select using (realtime.topic() = 'room')`)
  const client = realtime.client({ token: await realtime.token() })
  const [open, secret] = [heard<Anything>(), heard<Anything>()]
  await subscribed(client.channel('room').on('broadcast', { event: '*' }, open.hear))
  const other = realtime.client({ token: await realtime.token() })
  await subscribed(other.channel('room', { config: { private: true } }).on('broadcast', { event: '*' }, secret.hear))
  await realtime.sql(`select realtime.send('{"n": 1}', 'open', 'room', false)`)
  await realtime.sql(`select realtime.send('{"n": 2}', 'secret', 'room')`)
  await expect
    .poll(() => open.all)
    .toEqual([expect.objectContaining({ event: 'open', payload: expect.objectContaining({ n: 1 }) })])
  await expect
    .poll(() => secret.all)
    .toEqual([expect.objectContaining({ event: 'secret', payload: expect.objectContaining({ n: 2 }) })])
})
