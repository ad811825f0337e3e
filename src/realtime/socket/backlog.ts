import type { WebSocket } from 'ws'
import type { Limits } from '../limits.ts'
import type { Frame, SharedFrame } from '../protocol/index.ts'
import type { Tally } from '../tally.ts'

/**
 * Sends to clients, and bounds what waits for those who read too slowly: one who is too far behind is cut off, and if all
 * together are, whoever is furthest. A client that was cut off connects again and joins anew.
 */
export class Backlog {
  readonly #limits: Limits
  readonly #tally: Tally
  /** Bytes that wait, of those for whom any do. */
  readonly #waiting = new Map<WebSocket, number>()
  /** Bytes that are kept for whoever they wait for: those of a frame for many count once. */
  #kept = 0

  constructor(limits: Limits, tally: Tally) {
    this.#limits = limits
    this.#tally = tally
  }

  /** Bytes that are kept. */
  get bytes(): number {
    return this.#kept
  }

  /** Ends a connection whose client is not worth waiting for. */
  cutOff(socket: WebSocket | undefined): void {
    if (!socket) return
    this.#tally.cutOff++
    socket.terminate()
  }

  send(socket: WebSocket, frame: Frame): void {
    const size = Buffer.byteLength(frame)
    this.#send(socket, frame, typeof frame !== 'string', size, {
      kept: () => this.#keep(size),
      sent: () => this.#keep(-size),
    })
  }

  /** The same bytes to another client. */
  share(socket: WebSocket, frame: SharedFrame): void {
    const { bytes, isBinary } = frame
    this.#send(socket, bytes, isBinary, bytes.length, {
      kept: () => {
        if (frame.waiting++ === 0) this.#keep(bytes.length)
      },
      sent: () => {
        if (--frame.waiting === 0) this.#keep(-bytes.length)
      },
    })
  }

  #send(
    socket: WebSocket,
    data: Frame,
    binary: boolean,
    size: number,
    { kept, sent }: { kept(): void; sent(): void },
  ): void {
    if (socket.readyState !== socket.OPEN) return
    if ((this.#waiting.get(socket) ?? 0) > this.#limits.backlogBytesPerConnection) return void this.cutOff(socket)
    this.#tally.sent++
    this.#add(socket, size)
    kept()
    socket.send(data, { binary }, () => {
      this.#add(socket, -size)
      sent()
    })
    if (this.#kept > this.#limits.backlogBytes) this.cutOff(this.#furthest())
  }

  #keep(bytes: number): void {
    this.#kept += bytes
  }

  #add(socket: WebSocket, bytes: number): void {
    const waiting = (this.#waiting.get(socket) ?? 0) + bytes
    if (waiting > 0) this.#waiting.set(socket, waiting)
    else this.#waiting.delete(socket)
  }

  #furthest(): WebSocket | undefined {
    let most = 0
    let furthest: WebSocket | undefined
    for (const [socket, bytes] of this.#waiting) {
      // What waited for somebody who was cut off is about to be given back.
      if (socket.readyState !== socket.OPEN) return undefined
      if (bytes <= most) continue
      most = bytes
      furthest = socket
    }
    return furthest
  }
}
