import type { RawData, WebSocket } from 'ws'
import { Allowance } from '../allowance.ts'
import type { Limits } from '../limits.ts'
import type { Tally } from '../tally.ts'

/** The code that a connection is closed with whose client does what nobody may. */
const policyViolation = 1008

/** So many messages may wait for one before them, to a database for example; then the client is read no further. */
const mostWaiting = 16
const mostWaitingBytes = 1_000_000

export interface InboxOptions {
  readonly socket: WebSocket
  readonly limits: Limits
  readonly tally: Tally
  /** Takes the next message when it is done with this one. */
  readonly take: (data: Buffer, isBinary: boolean) => Promise<void> | undefined
  readonly failed: (error: unknown) => void
}

/** Reads a client's messages one after the other, in the order they came, and notices when it is gone. */
export class Inbox {
  readonly #options: InboxOptions
  readonly #frames: Allowance
  readonly #waiting: { data: Buffer; isBinary: boolean }[] = []
  readonly #silence: NodeJS.Timeout
  #waitingBytes = 0
  #busy = false

  constructor(options: InboxOptions) {
    const { socket, limits } = options
    this.#options = options
    this.#frames = new Allowance(limits.framesPerSecond)
    this.#silence = setTimeout(() => socket.terminate(), limits.silenceMs)
    socket.on('message', (data: RawData, isBinary) => this.#receive(data as Buffer, isBinary))
    // The library has closed it, with the code that says why.
    socket.on('error', () => {})
    socket.on('ping', (data: Buffer) => this.#pong(data))
    socket.once('close', () => {
      clearTimeout(this.#silence)
      this.#waiting.length = 0
    })
  }

  /** The client did what nobody may. */
  refuse(): void {
    const { socket, tally } = this.#options
    if (socket.readyState === socket.OPEN) tally.cutOff++
    socket.close(policyViolation)
  }

  #receive(data: Buffer, isBinary: boolean): void {
    this.#silence.refresh()
    this.#options.tally.received++
    // Nobody means anything by that many: what cannot be read costs time as well.
    if (!this.#frames.take()) return void this.refuse()
    this.#waiting.push({ data, isBinary })
    this.#waitingBytes += data.length
    if (this.#isFull) this.#options.socket.pause()
    if (!this.#busy) void this.#work()
  }

  get #isFull(): boolean {
    return this.#waiting.length >= mostWaiting || this.#waitingBytes >= mostWaitingBytes
  }

  async #work(): Promise<void> {
    const { socket, take, failed } = this.#options
    this.#busy = true
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
      try {
        const done = socket.readyState === socket.OPEN ? take(next.data, next.isBinary) : undefined
        if (done) await done
      } catch (error) {
        failed(error)
      }
      this.#waitingBytes -= next.data.length
      if (socket.isPaused && !this.#isFull) socket.resume()
    }
    this.#busy = false
  }

  /** By hand: whoever pings and does not read would have answers kept without end. */
  #pong(data: Buffer): void {
    const { socket, limits, tally } = this.#options
    this.#silence.refresh()
    if (!this.#frames.take()) this.refuse()
    else if (socket.bufferedAmount <= limits.backlogBytesPerConnection) socket.pong(data)
    else {
      tally.cutOff++
      socket.terminate()
    }
  }
}
