import { expect, test } from 'vitest'
import { Hub } from '../../src/realtime/channels/hub.ts'
import { Presence } from '../../src/realtime/channels/presence.ts'

const room = 'public:lobby'
const ada = { key: 'ada', meta: { phx_ref: 'a' } }

/** Each who comes would have all of it written again, megabytes perhaps. */
test('who is there is written once until it changes, also where all are in other processes', () => {
  const presence = new Presence(new Hub(), () => {})
  presence.applyOf('other', { room, joins: [ada], leaves: [] })
  const state = presence.state(room)
  expect(state.message).toMatchObject({ payload: { ada: { metas: [{ phx_ref: 'a' }] } } })
  expect(presence.state(room)).toBe(state)
  presence.applyOf('other', { room, joins: [], leaves: [ada] })
  expect(presence.state(room).message).toMatchObject({ payload: {} })
})
