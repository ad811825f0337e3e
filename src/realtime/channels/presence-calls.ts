import { type ClientMessage, isDeeper, isRecord } from '../protocol/index.ts'
import type { Channel } from './channel.ts'
import { roomFor } from './presence-room.ts'

/** Levels of what is tracked. */
const deepest = 100

const tooMuch = 'Track message size exceeded'

/** What one channel has to do with presence: `track` and `untrack` of its client, and what it is shown. */
export interface PresenceCalls {
  begin(): void
  take(message: ClientMessage): Promise<void>
  end(): void
}

export function createPresenceCalls(channel: Channel): PresenceCalls {
  const { presence, request, room, peer, limits, observe } = channel.options
  let calls = 0
  let windowEnds = 0
  let tracked = 0

  function mayCall(): boolean {
    const now = performance.now()
    if (now > windowEnds) {
      calls = 0
      windowEnds = now + limits.presenceWindowMs
    }
    calls += 1
    return calls <= limits.presenceCalls
  }

  function count(bytes: number): void {
    peer.presenceBytes += bytes - tracked
    tracked = bytes
  }

  function madeRoom(bytes: number): boolean {
    if (presence.hasRoom(room, bytes - tracked, limits)) return true
    const wanted = { room, member: channel, client: channel.client, bytes }
    const ended = roomFor(wanted, presence.holdings(channel), limits)
    for (const member of ended ?? []) member.shutDown(tooMuch)
    return ended !== undefined
  }

  async function track(message: ClientMessage, payload: unknown): Promise<void> {
    if (!isRecord(payload)) {
      return channel.reply(message, 'error', { reason: 'Presence track payload must be a map' })
    }
    // It is written again, among others', for everybody who comes.
    if (isDeeper(payload, deepest))
      return channel.reply(message, 'error', { reason: 'Presence track payload is too deep' })
    if (!(await channel.permissions.maySpeak('presence'))) return channel.reply(message, 'error')
    await channel.permissions.alsoHear('presence')
    if (channel.isClosed) return
    const { key } = request.presence
    const text = JSON.stringify(payload)
    const bytes = Buffer.byteLength(text) + Buffer.byteLength(key)
    if (
      bytes > limits.payloadBytes ||
      peer.presenceBytes - tracked + bytes > limits.presenceBytesPerConnection ||
      !madeRoom(bytes)
    ) {
      return channel.shutDown(tooMuch)
    }
    if (!peer.presence.take()) return channel.shutDown('Too many presence messages per second')
    count(bytes)
    presence.track({ room, member: channel, client: channel.client, key }, payload, { text, bytes })
    channel.reply(message, 'ok')
  }

  return {
    begin() {
      if (!request.presence.enabled || !channel.mayHear('presence')) return
      channel.deliver(presence.state(room))
    },
    async take(message) {
      const { event, payload } = isRecord(message.payload) ? message.payload : {}
      if (typeof event !== 'string') return channel.reply(message, 'ok')
      if (!mayCall()) return channel.shutDown('Client presence rate limit exceeded')
      switch (event.toLowerCase()) {
        case 'track':
          try {
            return await track(message, payload ?? {})
          } catch (error) {
            observe({ kind: 'message', level: 'error', text: 'presence could not be tracked', error })
            return channel.reply(message, 'error')
          }
        case 'untrack':
          presence.untrack(room, channel)
          count(0)
          return channel.reply(message, 'ok')
        default:
          return channel.reply(message, 'error')
      }
    },
    end() {
      presence.untrack(room, channel)
      count(0)
    },
  }
}
