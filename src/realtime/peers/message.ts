import type { ServerMessage } from '../protocol/index.ts'

/** What one member of a room tracks, as `metas` show it. */
export interface Presented {
  readonly key: string
  readonly meta: { readonly phx_ref: string }
}

/** Who is present in the rooms of one process. */
export type Present = readonly (readonly [room: string, present: readonly Presented[]])[]

/** What processes tell one another. */
export type PeerMessage =
  | { readonly kind: 'broadcast'; readonly room: string; readonly message: ServerMessage }
  | { readonly kind: 'presence'; readonly room: string; readonly joins: Presented[]; readonly leaves: Presented[] }
  /** The first word to a process: what the others are sealed with from a number on, and who is here. */
  | {
      readonly kind: 'introduction'
      /** The same for all connections of one process. */
      readonly process: string
      readonly key: string
      readonly number: number
      /** Whether the other one's has come. */
      readonly isAnswer: boolean
      readonly present: Present
    }

/** Length of the head, a head of JSON, and the payload of a broadcast as it is. */
export function writeMessage(message: PeerMessage): Buffer {
  const [head, body] = partsOf(message)
  const text = Buffer.from(JSON.stringify(head))
  const length = Buffer.alloc(4)
  length.writeUInt32BE(text.length)
  return Buffer.concat([length, text, body])
}

function partsOf(given: PeerMessage): [object, Buffer] {
  if (given.kind !== 'broadcast') return [given, Buffer.alloc(0)]
  const { room, message } = given
  const { kind, topic } = message
  if (kind === 'broadcast') {
    const { broadcast, meta } = message
    const { event, encoding, payload } = broadcast
    return [{ kind, room, topic, event, encoding, meta }, payload]
  }
  if (kind === 'reply') throw new TypeError('A reply is for one.')
  const payload = kind === 'push' ? JSON.stringify(message.payload) : message.payload
  return [{ kind: 'written', room, topic, event: message.event }, Buffer.from(payload)]
}

/** Of a message that another process has sealed. */
export function readMessage(bytes: Buffer): PeerMessage {
  const end = 4 + bytes.readUInt32BE(0)
  const head = JSON.parse(bytes.toString('utf8', 4, end))
  const { kind, room, topic, event, encoding, meta } = head
  const payload = bytes.subarray(end)
  if (kind === 'written') {
    return { kind: 'broadcast', room, message: { kind, topic, event, payload: payload.toString() } }
  }
  if (kind === 'broadcast') {
    return { kind, room, message: { kind, topic, broadcast: { event, encoding, payload }, meta } }
  }
  return head
}
