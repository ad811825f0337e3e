import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { RefusedBindings, type TableBinding, type TableChanges } from '#realtime'
import { createRealtimeFixture, heard, type RawClient, type RealtimeFixture, subscribed } from './realtime-fixture.ts'

interface Subscribed {
  readonly bindings: readonly TableBinding[]
  readonly roles: string[]
  readonly deliver: (ids: readonly number[], data: string) => void
  readonly warn: ((reason: string) => void) | undefined
  stopped: boolean
}

/** What a subscription to the table `gated` waits for. */
let gate: Promise<void>

/** Who has subscribed; a table of the name of an error is one that cannot be. */
const subscriptions: Subscribed[] = []
const tableChanges: TableChanges = {
  async subscribe(bindings, { role }, { deliver, warn }) {
    const [{ table = '' } = {}] = bindings
    if (table === 'refused') throw new RefusedBindings('There is no such table')
    if (table === 'broken') throw new Error('secret reason')
    if (table === 'never') await new Promise(() => {})
    if (table === 'gated') await gate
    const subscription: Subscribed = { bindings, roles: [role], deliver, warn, stopped: false }
    subscriptions.push(subscription)
    return {
      async renew(caller) {
        if (caller.role === 'anon') throw new RefusedBindings('no more')
        subscription.roles.push(caller.role)
      },
      stop() {
        subscription.stopped = true
      },
    }
  },
}

let realtime: RealtimeFixture
beforeAll(async () => {
  realtime = await createRealtimeFixture({ tableChanges })
})
afterAll(() => realtime?.close())

const system = (status: string, message: string) => ({ extension: 'postgres_changes', status, message, channel: 't' })

async function join(table: string, options?: object) {
  const raw = await realtime.raw()
  const postgres_changes = [{ event: '*', schema: 'public', table }]
  const config = { postgres_changes, ...(options && { postgres_changes_options: options }) }
  raw.say(['1', '1', 'realtime:t', 'phx_join', { config, access_token: await realtime.token() }])
  return { raw, reply: ((await raw.next()) as unknown[])[4] }
}

test('supabase-js is told of changes of what it listens to', async () => {
  const [inserts, all, systems] = [heard(), heard(), heard()]
  const channel = realtime.client().channel('changes')
  channel
    .on('postgres_changes', { event: 'INSERT', schema: 'public', table: 'a', filter: 'id=eq.1' }, inserts.hear)
    .on('postgres_changes', { event: '*', schema: 'public', table: 'b' }, all.hear)
    .on('system', {}, systems.hear)
  await subscribed(channel)
  await expect.poll(() => systems.all).toEqual([expect.objectContaining({ message: 'Subscribed to PostgreSQL' })])
  const { bindings, deliver } = subscriptions.at(-1) as Subscribed
  const [one, two] = bindings
  expect(bindings).toMatchObject([
    { event: 'INSERT', schema: 'public', table: 'a', filter: 'id=eq.1' },
    { event: '*', schema: 'public', table: 'b' },
  ])
  const change = { schema: 'public', commit_timestamp: '2026-01-01T00:00:00Z', errors: null }
  const columns = [{ name: 'id', type: 'int4' }]
  const insert = { ...change, table: 'a', type: 'INSERT', columns, record: { id: 1 } }
  deliver([one?.id ?? 0], JSON.stringify(insert))
  deliver([two?.id ?? 0], JSON.stringify({ ...insert, table: 'b', type: 'DELETE', old_record: { id: 2 } }))
  await expect.poll(() => inserts.all).toEqual([expect.objectContaining({ eventType: 'INSERT', new: { id: 1 } })])
  await expect.poll(() => all.all).toEqual([expect.objectContaining({ eventType: 'DELETE', old: { id: 2 } })])
})

test.each([
  ['refused', 'There is no such table'],
  ['broken', 'Unable to subscribe to changes'],
])('a subscription that is %s is told of after the join', async (table, message) => {
  const { raw, reply } = await join(table)
  expect(reply).toMatchObject({ status: 'ok' })
  expect(await raw.next()).toEqual(['1', null, 'realtime:t', 'system', system('error', message)])
  raw.socket.terminate()
})

describe('a join that waits for its tables', () => {
  test('is answered once they are subscribed to', async () => {
    const before = subscriptions.length
    const { raw, reply } = await join('a', { wait: true })
    expect(subscriptions).toHaveLength(before + 1)
    expect(reply).toMatchObject({ status: 'ok' })
    expect(await raw.next()).toEqual(['1', null, 'realtime:t', 'system', system('ok', 'Subscribed to PostgreSQL')])
  })

  test.each([
    ['refused', {}, 'There is no such table'],
    ['broken', {}, 'Unable to subscribe to changes'],
    ['never', { timeout: 20 }, 'Timed out waiting for changes to be subscribed to'],
  ])('fails where they are %s', async (table, options, reason) => {
    const { raw, reply } = await join(table, { wait: true, ...options })
    expect(reply).toEqual({ status: 'error', response: { reason } })
    raw.say(['1', '2', 'realtime:t', 'broadcast', {}])
    expect(await raw.next()).toMatchObject(['1', '2', 'realtime:t', 'phx_reply', { status: 'error' }])
  })
})

async function renew(raw: RawClient, role: string): Promise<void> {
  raw.say(['1', '2', 'realtime:t', 'access_token', { access_token: await realtime.token({ role }) }])
}

test('another token is another caller, and one that cannot be ends the subscription', async () => {
  const { raw } = await join('renewed')
  await raw.next()
  const subscription = subscriptions.at(-1) as Subscribed
  await renew(raw, 'service_role')
  await expect.poll(() => subscription.roles).toEqual(['authenticated', 'service_role'])
  await renew(raw, 'anon')
  expect(await raw.next()).toEqual(['1', null, 'realtime:t', 'system', system('error', 'no more')])
  expect(subscription.stopped).toBe(true)
  await renew(raw, 'service_role')
  expect(await raw.next()).toEqual(['1', null, 'realtime:t', 'system', system('ok', 'Subscribed to PostgreSQL')])
  expect(subscriptions.at(-1)).toMatchObject({ roles: ['service_role'], stopped: false })
})

test('a token that is replaced by a lesser one meanwhile leaves no subscription', async () => {
  const opening = Promise.withResolvers<void>()
  gate = opening.promise
  const { raw } = await join('gated')
  await renew(raw, 'anon')
  // Messages are taken one after the other.
  raw.say(['1', '3', 'realtime:t', 'presence', {}])
  expect(await raw.next()).toMatchObject(['1', '3', 'realtime:t', 'phx_reply', { status: 'ok' }])
  opening.resolve()
  expect(await raw.next()).toEqual(['1', null, 'realtime:t', 'system', system('error', 'no more')])
  expect(subscriptions.at(-1)).toMatchObject({ roles: ['authenticated'], stopped: true })
})

test('what went wrong with a subscription is said', async () => {
  const { raw } = await join('troubled')
  await raw.next()
  subscriptions.at(-1)?.warn?.('Changes may have been missed')
  expect(await raw.next()).toEqual(['1', null, 'realtime:t', 'system', system('error', 'Changes may have been missed')])
})

test('who leaves, or vanishes, has no subscription any more', async () => {
  const { raw } = await join('left')
  await raw.next()
  const subscription = subscriptions.at(-1) as Subscribed
  raw.socket.terminate()
  await expect.poll(() => subscription.stopped).toBe(true)
})
