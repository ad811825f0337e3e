import type { Duplex } from 'node:stream'
import type pg from 'pg'
import { isPooled } from '../pooled.ts'
import { cancelRequest, type Session } from './cancel-request.ts'
import { databaseError, isOutOfStep } from './database-error.ts'
import type { Exchange } from './exchange.ts'
import { type MessageHandler, MessageReader } from './message-reader.ts'
import { MessageWriter } from './message-writer.ts'
import { PreparedStatements } from './prepared-statements.ts'
import { createWireClient, type Receive, type WireClient } from './wire-client.ts'

const writer = new MessageWriter()

export interface LineEvents {
  readonly onFree: (line: Line) => void
  /** @param left what was under way behind the one that the end made fail, to be asked again */
  readonly onEnd: (line: Line, left: readonly Exchange[]) => void
}

/**
 * One connection to Postgres. node-postgres logs in (TLS, SCRAM …); the socket is then ours, so that answers stay bytes
 * and a round trip is one write, of several exchanges where they are brief. Each has its own Sync, and so its own
 * transaction; the server takes them one after the other.
 */
export class Line {
  /** What it has prepared; none behind a transaction-mode pooler. */
  readonly prepared: PreparedStatements | undefined
  readonly #config: pg.ClientConfig
  readonly #session: Session
  readonly #socket: Duplex
  readonly #events: LineEvents
  /** The first is what the server is at. */
  #underWay: Exchange[] = []
  #error: Error | undefined
  /** When the server came to the first, or had no more to do, in milliseconds of `performance.now()`. */
  #since = performance.now()
  #stuck = false
  #cancelling: Promise<void> | undefined
  #usable = true
  #ended = false

  /** @throws what node-postgres says of a login that failed */
  static async open(config: pg.ClientConfig, options: LineEvents & { readonly prepared: boolean }): Promise<Line> {
    const [client, takeOver] = createWireClient(config)
    client.on('error', () => {})
    try {
      await client.connect()
      const prepared = options.prepared && !(await isPooled(client))
      return new Line(client, takeOver, config, prepared, options)
    } catch (error) {
      await client.end().catch(() => {})
      throw error
    }
  }

  private constructor(
    client: WireClient,
    takeOver: (receive: Receive) => Duplex,
    config: pg.ClientConfig,
    prepared: boolean,
    events: LineEvents,
  ) {
    this.#config = config
    this.#session = { processId: client.processID, secretKey: client.secretKey }
    this.prepared = prepared ? new PreparedStatements() : undefined
    this.#events = events
    const reader = new MessageReader(this.#handler())
    this.#socket = takeOver((bytes, size) => {
      try {
        reader.push(bytes, size)
      } catch (error) {
        this.#error ??= error as Error
        this.destroy()
      }
    })
    this.#socket.on('error', (error) => {
      this.#error ??= error
    })
    this.#socket.once('close', () => this.#close())
  }

  /** Milliseconds of `performance.now()`; for a line that is free. */
  get freeSince(): number {
    return this.#since
  }

  get isBusy(): boolean {
    return this.#underWay.length > 0
  }

  /** Whether it serves brief exchanges, and goes on with them. Behind a pooler they go one by one. */
  get flows(): boolean {
    return this.prepared !== undefined && this.#underWay[0]?.brief === true && !this.#stuck
  }

  /** Whether others are behind the one that the server is at. */
  get isFollowed(): boolean {
    return this.#underWay.length > 1
  }

  /** Whether there is something that `relieve` may have to look at. */
  get isWatched(): boolean {
    return this.isFollowed || this.#underWay[0]?.dropped === true
  }

  /**
   * Sends an exchange, and behind it those that `next` gives, in one write. False where none was sent, each having been
   * told why.
   */
  send(first: Exchange, next: () => Exchange | undefined): boolean {
    for (let exchange: Exchange | undefined = first; exchange; exchange = next()) {
      const before = this.prepared?.count
      if (this.#write(exchange)) this.#underWay.push(exchange)
      // Nobody relies on what an error before it may leave unprepared.
      if (this.prepared?.count !== before) break
    }
    if (this.#underWay.length === 0) return false
    this.#since = performance.now()
    this.#socket.write(writer.take())
    return true
  }

  #write(exchange: Exchange): boolean {
    const { size } = writer
    try {
      exchange.write(writer, this.prepared)
      writer.sync()
      return true
    } catch (error) {
      writer.rewind(size)
      exchange.failed(error as Error)
      return false
    }
  }

  /**
   * Ends what an exchange does, if it is this line's. One behind others is dropped, and runs in vain.
   *
   * @returns what is to be asked elsewhere, since it might be ended by mistake
   */
  cancel(exchange: Exchange, reason: Error): readonly Exchange[] {
    const at = this.#underWay.indexOf(exchange)
    if (at < 0) return none
    if (at > 0) {
      exchange.renew()?.failed(reason)
      return none
    }
    // A server that waits for its answer to be taken hears of nothing else.
    if (this.#socket.isPaused()) this.destroy()
    else this.#cancel()
    return this.#takeBack()
  }

  /** The line is not free before the server is known to have been told. */
  #cancel(): void {
    this.#cancelling ??= cancelRequest(this.#config, this.#session).then((told) => {
      this.#cancelling = undefined
      this.#usable &&= told
    })
  }

  /**
   * Where the server has been at one exchange for `patience` milliseconds, those behind it are to be asked elsewhere:
   * they only read. What nobody waits for is ended.
   */
  relieve(now: number, patience: number): readonly Exchange[] {
    const [first] = this.#underWay
    if (!first || this.#stuck) return none
    first.late(now - this.#since)
    if (now - this.#since < patience) return none
    this.#stuck = true
    const left = this.#takeBack()
    if (first.dropped) this.#cancel()
    return left
  }

  #takeBack(): readonly Exchange[] {
    return this.#underWay.slice(1).flatMap((exchange) => exchange.renew() ?? [])
  }

  /** No bytes of the answer are wanted for now. */
  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  /** Says goodbye; for a line that is free. */
  async end(): Promise<void> {
    if (this.#ended) return
    const closed = new Promise((resolve) => this.#socket.once('close', resolve))
    this.#ended = true
    this.#socket.end(terminate)
    await closed
  }

  /** @param error what the exchange under way is told */
  destroy(error?: Error): void {
    this.#error ??= error
    this.#socket.destroy()
  }

  #handler(): MessageHandler {
    const line = this
    return {
      get wanted() {
        return line.#underWay[0]?.wanted ?? 'nothing'
      },
      row: (fields) => line.#underWay[0]?.row(fields),
      value: (size) => line.#underWay[0]?.value(size, line),
      bytes: (from, start, end) => line.#underWay[0]?.bytes(from, start, end),
      commandComplete: () => line.#underWay[0]?.commandComplete(),
      error: (fields) => {
        line.#error = databaseError(fields)
      },
      ready: () => line.#ready(),
    }
  }

  #ready(): void {
    const exchange = this.#underWay.shift()
    if (!exchange) return
    // A slow client's answer was read to its end; what comes now is another's.
    if (this.#socket.isPaused()) this.#socket.resume()
    const error = this.#error
    const now = performance.now()
    const took = now - this.#since
    this.#error = undefined
    this.#since = now
    this.#stuck = false
    if (this.prepared && isOutOfStep(error)) this.#usable = false
    // Before the next one is written, which is to know what was not prepared.
    if (error) exchange.failed(error)
    else exchange.done(took)
    if (this.#underWay.length > 0) return
    if (this.#cancelling) void this.#cancelling.then(() => this.#release())
    else this.#release()
  }

  #release(): void {
    if (!this.#usable) this.destroy()
    else if (!this.#ended) this.#events.onFree(this)
  }

  #close(): void {
    this.#ended = true
    const left = this.#takeBack()
    const [first] = this.#underWay
    this.#underWay = []
    this.#events.onEnd(this, left)
    first?.failed(this.#error ?? new Error('Connection terminated unexpectedly'))
  }
}

const none: readonly Exchange[] = []
const terminate = Buffer.from([0x58, 0, 0, 0, 4])
