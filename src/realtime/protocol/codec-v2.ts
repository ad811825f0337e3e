import { readBroadcastPush, writeBroadcast } from './binary-frames.ts'
import { jsonPayload } from './codec-v1.ts'
import { parseJson, refOf, textOf } from './json.ts'
import { type Codec, type Frame, MalformedMessage, type ServerMessage } from './message.ts'

/** `vsn=2.0.0`: each message a JSON array, and broadcasts as binary frames (realtime-js `lib/serializer.ts`). */
export const codecV2: Codec = {
  decode(data, isBinary) {
    if (isBinary) return readBroadcastPush(data)
    const message = parseJson(data.toString())
    if (!Array.isArray(message) || message.length < 5) {
      throw new MalformedMessage('A message of version 2 is an array of five.')
    }
    const [joinRef, ref, topic, event, payload] = message
    return {
      joinRef: refOf(joinRef),
      ref: refOf(ref),
      topic: textOf(topic, 'topic'),
      event: textOf(event, 'event'),
      payload,
      size: data.length,
    }
  },

  encode(message: ServerMessage): Frame | undefined {
    const { topic } = message
    switch (message.kind) {
      case 'reply': {
        const { joinRef, ref, status, response } = message
        return JSON.stringify([joinRef, ref, topic, 'phx_reply', { status, response }])
      }
      case 'push':
        return JSON.stringify([message.joinRef, message.ref, topic, message.event, message.payload])
      case 'written':
        return inVersion2(topic, message.event, message.payload)
      case 'broadcast': {
        const frame = writeBroadcast(message)
        // Names that are too long for a binary frame's one byte of length have room in an array.
        if (frame || message.broadcast.encoding === 'binary') return frame
        return inVersion2(topic, 'broadcast', jsonPayload(message))
      }
    }
  },
}

function inVersion2(topic: string, event: string, payload: string): string {
  return `[null,null,${JSON.stringify(topic)},${JSON.stringify(event)},${payload}]`
}
