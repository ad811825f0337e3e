import type { WebSocket } from 'ws'
import type { Observe } from '#observe'
import { Allowance } from '../allowance.ts'
import type { Channel, Channels, Peer } from '../channels/index.ts'
import type { Limits } from '../limits.ts'
import {
  type ClientMessage,
  type Codec,
  MalformedMessage,
  type ServerMessage,
  type SharedMessage,
} from '../protocol/index.ts'
import type { Tally } from '../tally.ts'
import type { Backlog } from './backlog.ts'
import { Inbox } from './inbox.ts'

export interface ConnectionOptions {
  readonly socket: WebSocket
  readonly codec: Codec
  /** The token of the API key that the client connected with. */
  readonly token: string
  /** Where the client is, as far as that is known. */
  readonly address: string | undefined
  /** Of the request that became the connection, as policies may look at them. */
  readonly headers: Readonly<Record<string, string>>
  readonly channels: Channels
  readonly backlog: Backlog
  readonly limits: Limits
  readonly observe: Observe
  readonly tally: Tally
}

/**
 * One client's WebSocket: hands each of its messages to the channel that it is for. What Phoenix.Socket does.
 */
export class Connection implements Peer {
  readonly token: string
  readonly address: string | undefined
  readonly headers: Readonly<Record<string, string>>
  readonly messages: Allowance
  readonly bytes: Allowance
  readonly presence: Allowance
  joinBytes = 0
  presenceBytes = 0
  readonly #options: ConnectionOptions
  readonly #joined = new Map<string, Channel>()
  readonly #joins: Allowance
  readonly #inbox: Inbox

  constructor(options: ConnectionOptions) {
    const { socket, limits, token, address, headers, tally } = options
    this.#options = options
    this.token = token
    this.address = address
    this.headers = headers
    this.messages = new Allowance(limits.messagesPerSecond)
    this.bytes = new Allowance(limits.bytesPerSecond)
    this.presence = new Allowance(limits.presencePerSecond)
    this.#joins = new Allowance(limits.joinsPerSecond)
    this.#inbox = new Inbox({
      ...{ socket, limits, tally },
      take: (data, isBinary) => this.#take(data, isBinary),
      failed: (error) => this.#report(error),
    })
    socket.once('close', () => this.#ended())
  }

  send(message: ServerMessage): void {
    const { codec, backlog, socket } = this.#options
    const frame = codec.encode(message)
    if (frame !== undefined) backlog.send(socket, frame)
  }

  deliver(message: SharedMessage): void {
    const { codec, backlog, socket } = this.#options
    const frame = message.frame(codec)
    if (frame !== undefined) backlog.share(socket, frame)
  }

  closed(channel: Channel): void {
    const { topic, joinRef } = channel
    if (this.#joined.get(topic) !== channel) return
    this.#joined.delete(topic)
    this.send({ kind: 'push', joinRef, ref: joinRef, topic, event: 'phx_close', payload: {} })
  }

  /** A message that cannot be read, or not be answered, is passed over, as supabase/realtime does. */
  #report(error: unknown): void {
    const { observe } = this.#options
    // JSON may be nested deeper than it can be written again.
    const isClients = error instanceof MalformedMessage || error instanceof RangeError
    if (isClients)
      observe({ kind: 'message', level: 'debug', text: `a realtime message was not read: ${error.message}` })
    else observe({ kind: 'message', level: 'error', text: 'a realtime message failed', error })
  }

  #take(data: Buffer, isBinary: boolean): Promise<void> | undefined {
    const message = this.#options.codec.decode(data, isBinary)
    const { topic, event, joinRef } = message
    if (topic === 'phoenix' && event === 'heartbeat') return void this.#reply(message, 'ok')
    const channel = this.#joined.get(topic)
    if (event === 'phx_join') return this.#join(message, channel)
    if (!channel) {
      if (event === 'phx_leave') return void this.#reply(message, 'ok')
      return void this.#reply(message, 'error', { reason: 'unmatched topic' })
    }
    // Meant for a join that is over. Kotlin's and C#'s clients name a join only when they make it.
    if (joinRef !== null && channel.joinRef !== null && channel.joinRef !== joinRef) return undefined
    if (event !== 'phx_leave') return channel.take(message)
    this.#reply(message, 'ok')
    channel.close()
    return undefined
  }

  async #join(message: ClientMessage, before: Channel | undefined): Promise<void> {
    const { channels, limits, socket } = this.#options
    before?.close()
    if (!message.topic.startsWith('realtime:')) return this.#reply(message, 'error', { reason: 'unmatched topic' })
    if (!this.#joins.take()) {
      this.#reply(message, 'error', { reason: 'ClientJoinRateLimitReached: Too many joins per second' })
      return void this.#inbox.refuse()
    }
    if (this.#joined.size >= limits.channelsPerConnection) {
      return this.#reply(message, 'error', { reason: 'ChannelRateLimitReached: Too many channels' })
    }
    const joined = await channels.join(this, message)
    if ('reason' in joined) return this.#reply(message, 'error', { reason: joined.reason })
    const { channel, response } = joined
    // The client may have gone while it was looked up what it may do, or its token have ended.
    if (socket.readyState !== socket.OPEN) return channel.close()
    if (channel.isClosed) return this.#reply(message, 'error', { reason: 'InvalidJWTToken: Token has expired' })
    this.#joined.set(channel.topic, channel)
    this.#reply(message, 'ok', response)
    channel.begin()
  }

  #reply({ joinRef, ref, topic }: ClientMessage, status: 'ok' | 'error', response: object = {}): void {
    this.send({ kind: 'reply', joinRef, ref, topic, status, response })
  }

  #ended(): void {
    for (const channel of [...this.#joined.values()]) channel.close()
  }
}
