import type { IncomingMessage, ServerResponse } from 'node:http'
import { readMessage } from '#bodies'
import type { Caller } from '#database'
import type { Observe } from '#observe'
import { type Authorizer, type Hub, type Others, roomOf } from '../channels/index.ts'
import type { Limits } from '../limits.ts'
import { SharedMessage } from '../protocol/index.ts'
import { clientOf, readToken, TokenRefused, type Verify } from '../token.ts'
import { createHttpAllowance } from './allowance.ts'
import { type HttpMessage, readMessages, readSingle } from './messages.ts'
import { HttpRefusal, reply, unauthorized } from './reply.ts'

export interface BroadcastApiOptions {
  readonly hub: Hub
  readonly others: Others
  readonly authorizer: Authorizer
  readonly verify: Verify
  readonly limits: Limits
  readonly observe: Observe
}

/** A request below `/realtime/v1`. */
export interface Asked {
  /** What follows it, with the query. */
  readonly path: string
  /** What `Authorization` or the API key says, once it is settled which. */
  readonly token: string | undefined
  /** Where the client is, as far as that is known. */
  readonly address?: string | undefined
}

/** Bytes of a body: what Plug.Parsers reads of one. */
const bodyBytes = 8_000_000

const refusals = {
  tooLarge: () => new HttpRefusal(413, { message: 'Request Entity Too Large' }),
  gone: () => new HttpRefusal(400, { message: 'Bad Request' }),
}

const single = /^\/api\/broadcast\/([^/]+)\/events\/([^/]+)$/

/** Broadcasts by HTTP: `POST /api/broadcast`, several messages, and `POST /api/broadcast/TOPIC/events/EVENT`, one. */
export function createBroadcastApi(options: BroadcastApiOptions) {
  const { verify, limits, observe } = options
  const allowance = createHttpAllowance(limits)

  async function answer(req: IncomingMessage, { path, token, address }: Asked): Promise<void> {
    const url = new URL(`http://localhost${path}`)
    const [, topic, event] = single.exec(url.pathname) ?? []
    const isSingle = topic !== undefined && event !== undefined
    if (url.pathname === '/websocket') throw new HttpRefusal(426, { message: 'Upgrade Required' })
    if (!isSingle && url.pathname !== '/api/broadcast') throw new HttpRefusal(404, { message: 'Not Found' })
    if (req.method !== 'POST') throw new HttpRefusal(405, { message: 'Method Not Allowed' })
    const caller = await callerOf(token, verify)
    const type = req.headers['content-type'] ?? ''
    if (!isSingle) {
      const messages = readMessages(json(await readMessage(req, bodyBytes, refusals)), limits)
      const from = clientsOf(caller, address)
      charge(caller, from, messages.length)
      return await tellAll(messages, caller, from)
    }
    if (type !== '' && !/^application\/(json|octet-stream)\s*(;|$)/i.test(type)) {
      const error = 'Unsupported Media Type. Use application/json or application/octet-stream'
      throw new HttpRefusal(415, { error })
    }
    const isPrivate = url.searchParams.get('private') === 'true'
    const named = { topic: decoded(topic), event: decoded(event), private: isPrivate }
    const body = await readMessage(req, bodyBytes, refusals)
    const message = readSingle(named, body, type, limits)
    if (message.broadcast.encoding === 'json') json(body)
    const from = clientsOf(caller, address)
    charge(caller, from, 1)
    if (isPrivate && !(await maySpeak(message.topic, caller))) throw new HttpRefusal(403, { message: 'Unauthorized' })
    await options.others.awake()
    tell(message, caller, from)
  }

  /** Before anybody hears of them, and before the policies are asked, which is work as well. */
  function charge({ role }: Caller, from: readonly string[], messages: number): void {
    if (role === 'service_role') return
    if (!allowance.take(from)) throw new HttpRefusal(429, { message: 'You have exceeded your rate limit' })
    allowance.charge(from, messages - 1)
  }

  /** Messages to private channels that the caller may not speak in are left out, as supabase/realtime does. */
  async function tellAll(messages: readonly HttpMessage[], caller: Caller, from: readonly string[]): Promise<void> {
    await options.others.awake()
    const allowed = new Map<string, boolean>()
    for (const message of messages) {
      const { topic } = message
      if (message.private && !allowed.has(topic)) allowed.set(topic, await maySpeak(topic, caller))
      if (!message.private || allowed.get(topic)) tell(message, caller, from)
    }
  }

  async function maySpeak(topic: string, caller: Caller): Promise<boolean> {
    try {
      return await options.authorizer.maySpeak({ topic, caller, headers: {} }, 'broadcast')
    } catch (error) {
      observe({ kind: 'message', level: 'error', text: 'the policies of realtime.messages failed', error })
      return false
    }
  }

  function tell(
    { topic, broadcast, private: isPrivate, id }: HttpMessage,
    { role }: Caller,
    from: readonly string[],
  ): void {
    const meta = id === undefined ? undefined : { id }
    const message = new SharedMessage({ kind: 'broadcast', topic: `realtime:${topic}`, broadcast, meta })
    const room = roomOf(topic, isPrivate)
    const { cost } = options.hub.tell(room, 'broadcast', message)
    const more = options.others.broadcast(room, message)
    if (role !== 'service_role') allowance.charge(from, cost + more)
  }

  return async (req: IncomingMessage, res: ServerResponse, asked: Asked): Promise<void> => {
    try {
      await answer(req, asked)
      reply(res, 202)
    } catch (error) {
      if (!(error instanceof HttpRefusal)) throw error
      reply(res, error.status, error.body)
    }
  }
}

/** A user, and the address as well: whoever makes a hundred users is one of them. */
function clientsOf(caller: Caller, address: string | undefined): readonly string[] {
  const client = clientOf(caller, address)
  return address === undefined ? [client] : [...new Set([client, `address ${address}`])]
}

async function callerOf(token: string | undefined, verify: Verify): Promise<Caller> {
  if (token === undefined) throw unauthorized()
  try {
    return (await readToken(token, verify)).caller
  } catch (error) {
    if (error instanceof TokenRefused) throw unauthorized()
    throw error
  }
}

function json(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString())
  } catch {
    throw new HttpRefusal(400, { message: 'Bad Request' })
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw new HttpRefusal(400, { message: 'Bad Request' })
  }
}
