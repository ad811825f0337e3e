import type { Duplex } from 'node:stream'
import type pg from 'pg'
import { isPooled } from '../pooled.ts'
import { cancelRequest, type Session } from './cancel-request.ts'
import { databaseError, isOutOfStep } from './database-error.ts'
import { type MessageHandler, MessageReader, type TextRow, type Wanted } from './message-reader.ts'
import { MessageWriter } from './message-writer.ts'
import { PreparedStatements } from './prepared-statements.ts'
import { createWireClient, type Receive, type WireClient } from './wire-client.ts'

/** What is sent up to one Sync, and what is made of the answer. */
export interface Exchange {
  readonly wanted: Wanted
  /** Writes its messages, without the Sync. */
  write(out: MessageWriter, prepared: PreparedStatements | undefined): void
  row(fields: TextRow): void
  value(size: number | null, line: Line): void
  bytes(from: Buffer, start: number, end: number): void
  commandComplete(): void
  failed(error: Error): void
  /** The line is free for the next; after an error, too. */
  done(): void
}

const writer = new MessageWriter()

/**
 * One connection to Postgres, for one exchange at a time. node-postgres logs in (TLS, SCRAM …); the socket is then ours,
 * so that answers stay bytes and a round trip is one write.
 */
export class Line {
  /** What it has prepared; none behind a transaction-mode pooler. */
  readonly prepared: PreparedStatements | undefined
  readonly #config: pg.ClientConfig
  readonly #session: Session
  readonly #socket: Duplex
  readonly #onFree: (line: Line) => void
  readonly #onEnd: (line: Line) => void
  #exchange: Exchange | undefined
  #error: Error | undefined
  #cancelling: Promise<boolean> | undefined
  #ended = false
  /** Milliseconds of `performance.now()`. */
  freeSince = 0

  /** @throws what node-postgres says of a login that failed */
  static async open(
    config: pg.ClientConfig,
    options: { prepared: boolean; onFree: (line: Line) => void; onEnd: (line: Line) => void },
  ): Promise<Line> {
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
    { onFree, onEnd }: { onFree: (line: Line) => void; onEnd: (line: Line) => void },
  ) {
    this.#config = config
    this.#session = { processId: client.processID, secretKey: client.secretKey }
    this.prepared = prepared ? new PreparedStatements() : undefined
    this.#onFree = onFree
    this.#onEnd = onEnd
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

  send(exchange: Exchange): void {
    this.#exchange = exchange
    this.#error = undefined
    try {
      exchange.write(writer, this.prepared)
      writer.sync()
    } catch (error) {
      // Nothing was sent; what was counted as prepared is not.
      writer.take()
      this.#error = error as Error
      return void this.destroy()
    }
    this.#socket.write(writer.take())
  }

  /** Ends what the exchange under way does. The line is not free before the server is known to have been told. */
  cancel(exchange: Exchange): void {
    if (this.#exchange !== exchange || this.#cancelling) return
    // A server that waits for its answer to be taken hears of nothing else.
    if (this.#socket.isPaused()) return void this.destroy()
    this.#cancelling = cancelRequest(this.#config, this.#session)
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
        return line.#exchange?.wanted ?? 'nothing'
      },
      row: (fields) => line.#exchange?.row(fields),
      value: (size) => line.#exchange?.value(size, line),
      bytes: (from, start, end) => line.#exchange?.bytes(from, start, end),
      commandComplete: () => line.#exchange?.commandComplete(),
      error: (fields) => {
        line.#error = databaseError(fields)
      },
      ready: () => line.#ready(),
    }
  }

  #ready(): void {
    const exchange = this.#exchange
    if (!exchange) return
    const error = this.#error
    const cancelling = this.#cancelling
    this.#exchange = undefined
    this.#error = undefined
    // Before the next one is written, which is to know what was not prepared.
    if (error) exchange.failed(error)
    else exchange.done()
    if (cancelling) {
      this.#cancelling = undefined
      void cancelling.then((told) => this.#release(told))
    } else this.#release(!(this.prepared && isOutOfStep(error)))
  }

  #release(usable: boolean): void {
    if (!usable) this.destroy()
    else if (!this.#ended) this.#onFree(this)
  }

  #close(): void {
    this.#ended = true
    this.#onEnd(this)
    const exchange = this.#exchange
    this.#exchange = undefined
    exchange?.failed(this.#error ?? new Error('Connection terminated unexpectedly'))
  }
}

const terminate = Buffer.from([0x58, 0, 0, 0, 4])
