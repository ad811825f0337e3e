import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createRealtimeFixture, heard, type RealtimeFixture, subscribed } from './realtime-fixture.ts'

let realtime: RealtimeFixture
beforeAll(async () => {
  realtime = await createRealtimeFixture()
})
afterAll(() => realtime?.close())

describe.each(['1.0.0', '2.0.0'])('broadcast over version %s', (vsn) => {
  test('reaches the others and not its sender', async () => {
    const [one, two] = [realtime.client({ vsn }), realtime.client({ vsn })]
    const name = `plain ${vsn} ☂`
    const [own, others] = [heard(), heard()]
    const speaker = await subscribed(one.channel(name).on('broadcast', { event: '*' }, own.hear))
    await subscribed(two.channel(name).on('broadcast', { event: 'shout' }, others.hear))
    await speaker.send({ type: 'broadcast', event: 'whisper', payload: { to: 'nobody' } })
    await speaker.send({ type: 'broadcast', event: 'shout', payload: { words: ['a', 'ü', null], n: 1.5 } })
    await expect
      .poll(() => others.all)
      .toEqual([
        expect.objectContaining({ type: 'broadcast', event: 'shout', payload: { words: ['a', 'ü', null], n: 1.5 } }),
      ])
    expect(own.all).toEqual([])
  })
})
