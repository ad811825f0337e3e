import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { createRealtimeFixture, heard, type RealtimeFixture, subscribed } from './realtime-fixture.ts'

let realtime: RealtimeFixture
let token: string
beforeAll(async () => {
  realtime = await createRealtimeFixture()
  token = await realtime.token()
})
afterAll(() => realtime?.close())

const config = { private: true, broadcast: { ack: true } }

async function joined(name: string, as = token) {
  return await subscribed((await realtime.user(as)).channel(name, { config }))
}

function denied(name: string) {
  return `Unauthorized: You do not have permissions to read from this Channel topic: ${name}`
}

describe('the policies of realtime.messages', () => {
  test('let in whom they let, to hear and to speak', async () => {
    const others = heard()
    const listener = (await realtime.user(token)).channel('open-1', { config })
    await subscribed(listener.on('broadcast', { event: '*' }, others.hear))
    const speaker = await joined('open-1')
    expect(await speaker.send({ type: 'broadcast', event: 'e', payload: { n: 1 } })).toBe('ok')
    await expect.poll(() => others.all).toEqual([expect.objectContaining({ payload: { n: 1 } })])
  })

  test('let no other in', async () => {
    await expect(joined('closed-1')).rejects.toThrow(denied('closed-1'))
    await expect(joined('open-2', await realtime.token({ role: 'anon' }))).rejects.toThrow(denied('open-2'))
    await expect(subscribed(realtime.client().channel('open-2', { config }))).rejects.toThrow(denied('open-2'))
  })

  test('see the claims and the topic', async () => {
    await joined('of-ada')
    await expect(joined('of-bob')).rejects.toThrow(denied('of-bob'))
    await joined('of-bob', await realtime.token({ sub: 'bob' }))
  })

  test('let some hear and not speak', async () => {
    const others = heard()
    const listener = (await realtime.user(token)).channel('heard-1', { config })
    await subscribed(listener.on('broadcast', { event: '*' }, others.hear))
    const mute = await joined('heard-1')
    expect(await mute.send({ type: 'broadcast', event: 'e', payload: {} })).toBe('error')
    expect(await mute.track({ n: 1 })).toBe('error')
    // The service role is subject to no policy.
    const service = await joined('heard-1', realtime.serviceRoleKey)
    expect(await service.send({ type: 'broadcast', event: 'news', payload: {} })).toBe('ok')
    await expect.poll(() => others.all).toEqual([expect.objectContaining({ event: 'news' })])
  })

  test('are asked for broadcast and for presence by themselves', async () => {
    const [said, diffs] = [heard(), heard()]
    const presenceOnly = (await realtime.user(token)).channel('presence-1', { config })
    presenceOnly.on('broadcast', { event: '*' }, said.hear).on('presence', { event: 'join' }, diffs.hear)
    await subscribed(presenceOnly)
    const service = await joined('presence-1', realtime.serviceRoleKey)
    await service.send({ type: 'broadcast', event: 'e', payload: {} })
    expect(await presenceOnly.track({ n: 1 })).toBe('ok')
    await expect.poll(() => diffs.all.length).toBe(1)
    expect(said.all).toEqual([])

    const broadcastOnly = (await realtime.user(token)).channel('broadcast-1', { config })
    const seen = heard()
    await subscribed(broadcastOnly.on('presence', { event: 'join' }, seen.hear))
    const other = await joined('broadcast-1', realtime.serviceRoleKey)
    await other.track({ n: 1 })
    expect(await broadcastOnly.track({ n: 1 })).toBe('error')
    expect(seen.all).toEqual([])
  })

  test('leave no row behind', async () => {
    await joined('open-3')
    await realtime.sql(`do $$ begin
      if exists (select from realtime.messages) then raise 'a row was left'; end if;
    end $$`)
  })

  test('a policy that fails lets nobody in, and says so to the operator', async () => {
    await realtime.sql(`create policy broken on realtime.messages for select to authenticated
      using (realtime.topic() <> 'broken-1' or 1 / (length(realtime.topic()) - 8) > 0)`)
    onTestFinished(() => realtime.sql('drop policy broken on realtime.messages'))
    await expect(joined('broken-1')).rejects.toThrow(denied('broken-1'))
    expect(realtime.observed).toContainEqual(
      expect.objectContaining({ level: 'error', text: 'the policies of realtime.messages failed' }),
    )
  })

  test('a role that authenticator may not become is nobody', async () => {
    const signed = await realtime.token({ role: 'postgres' })
    await expect(joined('open-4', signed)).rejects.toThrow(denied('open-4'))
    await expect(joined('open-4', await realtime.token({ role: 'no such role' }))).rejects.toThrow(denied('open-4'))
  })
})

describe('what is said in private', () => {
  test('is not heard by who joins the topic in public, nor the other way round', async () => {
    const [inside, outside] = [heard<{ event: string }>(), heard<{ event: string }>()]
    const member = (await realtime.user(token)).channel('open-5', { config })
    await subscribed(member.on('broadcast', { event: '*' }, inside.hear).on('presence', { event: 'sync' }, () => {}))
    const eavesdropper = realtime.client().channel('open-5')
    eavesdropper.on('broadcast', { event: '*' }, outside.hear).on('presence', { event: 'sync' }, () => {})
    await subscribed(eavesdropper)
    const speaker = await joined('open-5')
    await speaker.track({ secret: true })
    await speaker.send({ type: 'broadcast', event: 'secret', payload: {} })
    await subscribed(realtime.client().channel('open-5')).then((channel) => channel.httpSend('public', {}))
    await expect.poll(() => outside.all.map(({ event }) => event)).toEqual(['public'])
    await expect.poll(() => Object.keys(member.presenceState())).toHaveLength(1)
    await expect.poll(() => inside.all.map(({ event }) => event)).toEqual(['secret'])
    expect(eavesdropper.presenceState()).toEqual({})
  })

  test('by HTTP goes in only from who may speak', async () => {
    const others = heard<{ event: string }>()
    const listener = (await realtime.user(token)).channel('open-6', { config })
    await subscribed(listener.on('broadcast', { event: '*' }, others.hear))
    const stranger = realtime.client().channel('open-6', { config })
    await stranger.send({ type: 'broadcast', event: 'stranger', payload: {} })
    await expect(stranger.httpSend('stranger', {})).rejects.toThrow('Unauthorized')
    const client = await realtime.user(token)
    await client.channel('open-6', { config }).send({ type: 'broadcast', event: 'batch', payload: {} })
    await client.channel('open-6', { config }).httpSend('single', {})
    await expect.poll(() => others.all.map(({ event }) => event)).toEqual(['batch', 'single'])
  })
})

describe('a token that is renewed', () => {
  const system = (message: unknown, channel: string) => ({ extension: 'system', status: 'error', message, channel })

  async function renewed(name: string, next: string, isPrivate = true) {
    const raw = await realtime.raw()
    const topic = `realtime:${name}`
    raw.say(['1', '1', topic, 'phx_join', { config: { private: isPrivate }, access_token: token }])
    expect(await raw.next()).toMatchObject(['1', '1', topic, 'phx_reply', { status: 'ok' }])
    raw.say(['1', '2', topic, 'access_token', { access_token: next }])
    raw.say([null, '3', 'phoenix', 'heartbeat', {}])
    return { raw, topic }
  }

  test('may be good for the same', async () => {
    const { raw } = await renewed('open-7', await realtime.token({ sub: 'eve' }))
    expect(await raw.next()).toEqual([null, '3', 'phoenix', 'phx_reply', { status: 'ok', response: {} }])
  })

  test.each([
    ['a role without rights', { role: 'anon' }, 'You do not have permissions to read from this Channel topic: of-ada'],
    ['another user', { sub: 'bob' }, 'You do not have permissions to read from this Channel topic: of-ada'],
    ['one that has expired', { expiresIn: -60 }, expect.stringMatching(/^Token has expired 6\d seconds ago$/)],
  ])('to %s ends the channel', async (_, signed, message) => {
    const { raw, topic } = await renewed('of-ada', await realtime.token(signed))
    expect(await raw.next()).toEqual(['1', null, topic, 'system', system(message, 'of-ada')])
    expect(await raw.next()).toEqual(['1', '1', topic, 'phx_close', {}])
  })

  test('to nonsense ends a public channel too', async () => {
    const { raw, topic } = await renewed('anything', 'non.sen.se', false)
    expect(await raw.next()).toEqual([
      ...['1', null, topic, 'system'],
      system('The token provided is not a valid JWT', 'anything'),
    ])
  })

  test('and one that ends, ends the channel', async () => {
    const raw = await realtime.raw()
    const access_token = await realtime.token({ expiresIn: 4 })
    raw.say(['1', '1', 'realtime:ending', 'phx_join', { access_token }])
    await raw.next()
    expect(await raw.next()).toEqual([
      ...['1', null, 'realtime:ending', 'system'],
      system(expect.stringMatching(/^Token has expired \d seconds ago$/), 'ending'),
    ])
    expect(await raw.next()).toEqual(['1', '1', 'realtime:ending', 'phx_close', {}])
  })
})
