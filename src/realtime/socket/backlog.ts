import type { WebSocket } from 'ws'
import type { Limits } from '../limits.ts'
import type { Frame } from '../protocol/index.ts'

/**
 * Sends to clients, and bounds what waits for those who read too slowly: one who is too far behind is cut off, and if all
 * together are, whoever is furthest. A client that was cut off connects again and joins anew.
 */
export class Backlog {
  readonly #limits: Limits
  /** Bytes that wait, of those for whom any do. */
  readonly #waiting = new Map<WebSocket, number>()
  /** Of those who had not read what was before: what is on its way to many at once is no backlog. */
  #behind = 0

  constructor(limits: Limits) {
    this.#limits = limits
  }

  send(socket: WebSocket, frame: Frame): void {
    if (socket.readyState !== socket.OPEN) return
    const before = this.#waiting.get(socket) ?? 0
    if (before > this.#limits.backlogBytesPerConnection) return void socket.terminate()
    const size = Buffer.byteLength(frame)
    const behind = before > 0 ? size : 0
    this.#add(socket, size)
    this.#behind += behind
    socket.send(frame, () => {
      this.#add(socket, -size)
      this.#behind -= behind
    })
    if (this.#behind > this.#limits.backlogBytes) this.#furthest()?.terminate()
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
      if (bytes <= most || socket.readyState !== socket.OPEN) continue
      most = bytes
      furthest = socket
    }
    return furthest
  }
}
