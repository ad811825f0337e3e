import type { RawData, WebSocket } from 'ws'
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
import type { Backlog } from './backlog.ts'

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
}

/** The code that a connection is closed with whose client does what nobody may. */
const policyViolation = 1008

/** So many messages may wait for one before them, to a database for example; then the client is read no further. */
const mostWaiting = 16
const mostWaitingBytes = 1_000_000

/**
 * One client's WebSocket: reads its messages one after the other, in the order they came, and hands each to the channel
 * that it is for. What Phoenix.Socket does.
 */
export class Connection implements Peer {
  readonly token: string
  readonly address: string | undefined
  readonly headers: Readonly<Record<string, string>>
  readonly messages: Allowance
  readonly presence: Allowance
  joinBytes = 0
  presenceBytes = 0
  readonly #options: ConnectionOptions
  readonly #joined = new Map<string, Channel>()
  readonly #joins: Allowance
  readonly #frames: Allowance
  readonly #waiting: { data: Buffer; isBinary: boolean }[] = []
  #waitingBytes = 0
  #busy = false
  #silence: NodeJS.Timeout

  constructor(options: ConnectionOptions) {
    const { socket, limits, token, address, headers } = options
    this.#options = options
    this.token = token
    this.address = address
    this.headers = headers
    this.messages = new Allowance(limits.messagesPerSecond)
    this.presence = new Allowance(limits.presencePerSecond)
    this.#frames = new Allowance(limits.framesPerSecond)
    this.#joins = new Allowance(limits.joinsPerSecond)
    this.#silence = setTimeout(() => socket.terminate(), limits.silenceMs)
    socket.on('message', (data: RawData, isBinary) => this.#receive(data as Buffer, isBinary))
    // The library has closed it, with the code that says why.
    socket.on('error', () => {})
    socket.on('ping', (data: Buffer) => this.#pong(data))
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

  #receive(data: Buffer, isBinary: boolean): void {
    this.#silence.refresh()
    // Nobody means anything by that many: what cannot be read costs time as well.
    if (!this.#frames.take()) return void this.#options.socket.close(policyViolation)
    this.#waiting.push({ data, isBinary })
    this.#waitingBytes += data.length
    if (this.#isFull) this.#options.socket.pause()
    if (!this.#busy) void this.#work()
  }

  get #isFull(): boolean {
    return this.#waiting.length >= mostWaiting || this.#waitingBytes >= mostWaitingBytes
  }

  async #work(): Promise<void> {
    this.#busy = true
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
      try {
        const done = this.#take(next.data, next.isBinary)
        if (done) await done
      } catch (error) {
        this.#report(error)
      }
      const { socket } = this.#options
      this.#waitingBytes -= next.data.length
      if (socket.isPaused && !this.#isFull) socket.resume()
    }
    this.#busy = false
  }

  /** By hand: whoever pings and does not read would have answers kept without end. */
  #pong(data: Buffer): void {
    const { socket, limits } = this.#options
    this.#silence.refresh()
    if (!this.#frames.take()) return void socket.close(policyViolation)
    if (socket.bufferedAmount > limits.backlogBytesPerConnection) return void socket.terminate()
    socket.pong(data)
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
    if (this.#options.socket.readyState !== this.#options.socket.OPEN) return undefined
    const message = this.#options.codec.decode(data, isBinary)
    const { topic, event, joinRef } = message
    if (topic === 'phoenix' && event === 'heartbeat') return void this.#reply(message, 'ok')
    const channel = this.#joined.get(topic)
    if (event === 'phx_join') return this.#join(message, channel)
    if (!channel) {
      if (event === 'phx_leave') return void this.#reply(message, 'ok')
      return void this.#reply(message, 'error', { reason: 'unmatched topic' })
    }
    // Meant for a join that is over.
    if (channel.joinRef !== null && channel.joinRef !== joinRef) return undefined
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
      return void socket.close(policyViolation)
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
    clearTimeout(this.#silence)
    this.#waiting.length = 0
    for (const channel of [...this.#joined.values()]) channel.close()
  }
}
