import { parseJson } from './json.ts'
import { type ClientMessage, MalformedMessage, type ServerMessage } from './message.ts'

/** The first byte says what a frame is. Kinds 0 to 2 are Phoenix's own, 3 and 4 are Realtime's. */
const kinds = { push: 0, userBroadcastPush: 3, userBroadcast: 4 }
const encodings = { binary: 0, json: 1 }

/**
 * Reads what a client sends to have broadcast: kind, then the lengths in bytes of join reference, reference, topic, event and
 * metadata, then the payload's encoding, then each of these, then the payload.
 *
 * @throws MalformedMessage
 */
export function readBroadcastPush(frame: Buffer): ClientMessage {
  const kind = frame[0]
  if (kind === kinds.push) return readPush(frame)
  if (kind !== kinds.userBroadcastPush) throw new MalformedMessage(`There is no binary message of kind ${kind}.`)
  const [joinRef = '', ref = '', topic = '', event = '', , payload = Buffer.alloc(0)] = parts(frame, 5, 1)
  const encoding = frame[6] === encodings.binary ? 'binary' : 'json'
  // Those who hear it would stumble over what is none.
  if (encoding === 'json') parseJson(payload.toString())
  return {
    joinRef: joinRef.toString() || null,
    ref: ref.toString() || null,
    topic: topic.toString(),
    event: 'broadcast',
    payload: undefined,
    size: frame.length,
    broadcast: { event: event.toString(), encoding, payload },
  }
}

/** Any event with bytes for its payload; there is none that takes them, and whoever asks is told so. */
function readPush(frame: Buffer): ClientMessage {
  const [joinRef = '', ref = '', topic = '', event = '', payload] = parts(frame, 4, 0)
  return {
    joinRef: joinRef.toString() || null,
    ref: ref.toString() || null,
    topic: topic.toString(),
    event: event.toString(),
    payload,
    size: frame.length,
  }
}

/** What stands behind a kind and `count` lengths, and the rest. */
function parts(frame: Buffer, count: number, flags: number): Buffer[] {
  let offset = 1 + count + flags
  const found: Buffer[] = []
  for (let i = 0; i < count; i++) {
    const end = offset + (frame[1 + i] ?? 0)
    found.push(frame.subarray(offset, end))
    offset = end
  }
  if (offset > frame.length) throw new MalformedMessage('A binary message ends too early.')
  return [...found, frame.subarray(offset)]
}

/** Undefined where a name is longer than its length can say. */
export function writeBroadcast(message: Extract<ServerMessage, { kind: 'broadcast' }>): Buffer | undefined {
  const { topic, broadcast, meta } = message
  const names = [topic, broadcast.event, meta === undefined ? '' : JSON.stringify(meta)].map((name) =>
    Buffer.from(name),
  )
  if (names.some(({ length }) => length > 255)) return undefined
  const lengths = names.map(({ length }) => length)
  const head = Buffer.from([kinds.userBroadcast, ...lengths, encodings[broadcast.encoding]])
  return Buffer.concat([head, ...names, broadcast.payload])
}
