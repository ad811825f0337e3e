import { type ClientMessage, isRecord, SharedMessage } from '../protocol/index.ts'
import type { Channel } from './channel.ts'

/** Tells a channel what one of its members says. Who may not is passed over, and told so where answers were asked for. */
export function speak(channel: Channel, message: ClientMessage): Promise<void> | undefined {
  const { request, observe } = channel.options
  if (!message.broadcast && !isRecord(message.payload)) return undefined
  if (!request.isPrivate) return void tell(channel, message)
  return channel.permissions.maySpeak('broadcast').then(
    (may) => {
      if (may) tell(channel, message)
      else answer(channel, message, 'unauthorized')
    },
    (error) => {
      observe({ kind: 'message', level: 'error', text: 'the policies of realtime.messages failed', error })
      answer(channel, message, 'unauthorized')
    },
  )
}

function tell(channel: Channel, message: ClientMessage): void {
  if (channel.isClosed) return
  const { hub, others, room, limits, request, peer } = channel.options
  const fits = sizeOf(message) <= limits.payloadBytes
  if (fits) {
    const shared = sharedOf(message)
    const { cost } = hub.tell(room, 'broadcast', shared, request.broadcast.self ? undefined : channel)
    peer.messages.charge(cost + others.broadcast(room, shared))
  }
  answer(channel, message, fits ? undefined : 'payload_size_exceeded')
}

function answer(channel: Channel, message: ClientMessage, reason?: string): void {
  if (!channel.options.request.broadcast.ack) return
  if (reason === undefined) channel.reply(message, 'ok')
  else channel.reply(message, 'error', { reason })
}

function sizeOf({ broadcast, size }: ClientMessage): number {
  return broadcast ? broadcast.payload.length : size
}

function sharedOf({ topic, broadcast, payload }: ClientMessage): SharedMessage {
  if (broadcast) return new SharedMessage({ kind: 'broadcast', topic, broadcast })
  const event = 'broadcast'
  return new SharedMessage({ kind: 'push', joinRef: null, ref: null, topic, event, payload: payload as object })
}
