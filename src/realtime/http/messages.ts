import type { Limits } from '../limits.ts'
import { isDeeper, isRecord, type UserBroadcast } from '../protocol/index.ts'
import { HttpRefusal } from './reply.ts'

/** A message to be broadcast, checked. */
export interface HttpMessage {
  /** The channel's name, without `realtime:`. */
  readonly topic: string
  readonly broadcast: UserBroadcast
  readonly private: boolean
  readonly id?: string | undefined
}

/** Levels of a payload. */
const deepest = 1000

const blank = "can't be blank"
const invalid = 'is invalid'
const tooLarge = 'Payload size exceeds tenant limit'

type Errors = Record<string, string[]>

/**
 * The messages of `{ "messages": [{ topic, event, payload, private }] }`.
 *
 * @throws HttpRefusal 422 with what is wrong with each (Realtime.Tenants.BatchBroadcast), 429
 */
export function readMessages(body: unknown, limits: Limits): HttpMessage[] {
  const messages = isRecord(body) ? body.messages : undefined
  if (messages === undefined || messages === null || (Array.isArray(messages) && messages.length === 0)) {
    throw new HttpRefusal(422, { errors: { messages: [blank] } })
  }
  if (!Array.isArray(messages)) throw new HttpRefusal(422, { errors: { messages: [invalid] } })
  if (messages.length > limits.messagesPerSecond) {
    throw new HttpRefusal(429, { message: 'Too many messages to broadcast, please reduce the batch size' })
  }
  if (!messages.every(isRecord)) throw new HttpRefusal(422, { errors: { messages: [invalid] } })
  const read = messages.map((message) => readMessage(message, limits))
  if (read.some(({ errors }) => Object.keys(errors).length > 0)) {
    throw new HttpRefusal(422, { errors: { messages: read.map(({ errors }) => errors) } })
  }
  return read.map(({ message }) => message)
}

function readMessage(given: Readonly<Record<string, unknown>>, limits: Limits) {
  const { topic, event, payload, private: isPrivate, id } = given
  const errors: Errors = {}
  const named = { topic: name(topic, 'topic', errors), event: name(event, 'event', errors) }
  const isPayload = isRecord(payload) && !isDeeper(payload, deepest)
  const text = Buffer.from(isPayload ? JSON.stringify(payload) : '{}')
  if (payload === undefined || payload === null) errors.payload = [blank]
  else if (!isPayload) errors.payload = [invalid]
  else if (text.length > limits.payloadBytes) errors.payload = [tooLarge]
  if (isPrivate !== undefined && isPrivate !== null && typeof isPrivate !== 'boolean') errors.private = [invalid]
  const message: HttpMessage = {
    topic: named.topic,
    broadcast: { event: named.event, encoding: 'json', payload: text },
    private: isPrivate === true,
    ...(typeof id === 'string' && { id }),
  }
  return { message, errors }
}

function name(value: unknown, key: string, errors: Errors): string {
  if (typeof value === 'string' && value.trim() !== '') return value
  errors[key] = [typeof value === 'string' || value === undefined || value === null ? blank : invalid]
  return ''
}

/**
 * The one message of `POST /api/broadcast/TOPIC/events/EVENT`, whose payload is the body.
 *
 * @throws HttpRefusal 415, 422
 */
export function readSingle(
  { topic, event, private: isPrivate }: { topic: string; event: string; private: boolean },
  payload: Buffer,
  contentType: string,
  limits: Limits,
): HttpMessage {
  const isBinary = /^application\/octet-stream\b/i.test(contentType)
  const errors: Errors = {}
  name(topic, 'topic', errors)
  name(event, 'event', errors)
  if (payload.length > limits.payloadBytes) errors.payload = [tooLarge]
  if (Object.keys(errors).length > 0) throw new HttpRefusal(422, { errors })
  return { topic, private: isPrivate, broadcast: { event, encoding: isBinary ? 'binary' : 'json', payload } }
}
