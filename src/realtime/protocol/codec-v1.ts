import { isRecord, parseJson, refOf, textOf } from './json.ts'
import { type Codec, type Frame, MalformedMessage, type ServerMessage } from './message.ts'

/** `vsn=1.0.0`: each message a JSON object (Phoenix.Socket.V1.JSONSerializer). It cannot carry bytes. */
export const codecV1: Codec = {
  decode(data, isBinary) {
    if (isBinary) throw new MalformedMessage('Version 1 has no binary messages.')
    const message = parseJson(data.toString())
    if (!isRecord(message)) throw new MalformedMessage('A message of version 1 is an object.')
    const { topic, event, payload, ref, join_ref } = message
    return {
      joinRef: refOf(join_ref),
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
        const { ref, status, response } = message
        return JSON.stringify({ event: 'phx_reply', payload: { status, response }, ref, topic })
      }
      case 'push': {
        const { event, payload, ref } = message
        return JSON.stringify({ event, payload, ref, topic })
      }
      case 'written':
        return inVersion1(topic, message.event, message.payload)
      case 'broadcast':
        if (message.broadcast.encoding === 'binary') return undefined
        return inVersion1(topic, 'broadcast', jsonPayload(message))
    }
  },
}

function inVersion1(topic: string, event: string, payload: string): string {
  return `{"event":${JSON.stringify(event)},"payload":${payload},"ref":null,"topic":${JSON.stringify(topic)}}`
}

/** What a broadcast is in JSON, around the payload as its sender wrote it. */
export function jsonPayload({ broadcast, meta }: Extract<ServerMessage, { kind: 'broadcast' }>): string {
  const tail = meta === undefined ? '' : `,"meta":${JSON.stringify(meta)}`
  return `{"event":${JSON.stringify(broadcast.event)},"payload":${broadcast.payload.toString()},"type":"broadcast"${tail}}`
}
