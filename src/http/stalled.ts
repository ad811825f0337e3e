import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

interface Exchange {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  /** What the connection had carried before this exchange; of what was received, before the present window. */
  before: Carried
  /** Milliseconds of the window in which the next step was the client's. */
  waited: number
}

/** Bytes. */
interface Carried {
  readonly received: number
  readonly sent: number
}

/** Bytes a second, counted over the time for which the client was waited for. */
const leastRate: Carried = { received: 500, sent: 4096 }

/**
 * Ends connections whose client neither sends the rest of its request nor takes its answer for `patience` milliseconds,
 * or does either a drop at a time: each would hold memory and a file descriptor for as long as it likes. How long it takes
 * to answer is not the client's doing, nor is an upload that waits to be read.
 *
 * The least rate of a body is that of Apache's mod_reqtimeout; no network that carries an upload is as slow. An answer is
 * taken as fast as by a telephone of the second generation.
 *
 * @returns `begins`, to be told of each exchange; `hasAsked`, whether there was one on a connection; and `finish`, after which
 * those under way are the last of their connections
 */
export function endStalled(server: Server, patience: number) {
  const exchanges = new Map<Socket, Exchange>()
  // Node starts this clock anew with each byte that is received, or gone.
  server.timeout = patience
  server.on('timeout', (socket) => {
    const exchange = exchanges.get(socket)
    if (exchange === undefined || exchange.res.writableFinished || isForClient(exchange, socket)) socket.destroy()
    else socket.setTimeout(patience)
  })

  const pace = patience / 10
  const watch = setInterval(() => {
    for (const [socket, exchange] of exchanges) {
      if (!isForClient(exchange, socket)) continue
      exchange.waited += pace
      if (exchange.waited <= patience) continue
      const now = carriedBy(socket)
      const { before } = exchange
      const { receiving, sending } = timesFor(before, now)
      if (exchange.waited > patience + receiving + sending) socket.destroy()
      // Another window begins: what was sent at once before buys no time for the rest.
      else if (exchange.waited <= receiving) {
        exchange.before = { received: now.received, sent: before.sent }
        exchange.waited = 0
      }
    }
  }, pace).unref()
  server.once('close', () => clearInterval(watch))
  // What a WebSocket's client sends, and when, is between it and whom it talks to.
  server.on('upgrade', (_req, socket: Socket) => exchanges.delete(socket))

  return {
    begins(req: IncomingMessage, res: ServerResponse): void {
      const { socket } = req
      if (!exchanges.has(socket)) socket.once('close', () => exchanges.delete(socket))
      exchanges.set(socket, { req, res, before: carriedBy(socket), waited: 0 })
    },
    hasAsked: (socket: Socket) => exchanges.has(socket),
    finish(): void {
      for (const { res } of exchanges.values()) res.shouldKeepAlive = false
    },
  }
}

/** Whether the next step is the client's: the rest of a request, or taking what is written. */
function isForClient({ req }: Exchange, socket: Socket): boolean {
  const awaitsBody = !req.complete && req.readableLength === 0
  return awaitsBody || socket.writableLength > 0
}

function carriedBy({ bytesRead, bytesWritten }: Socket): Carried {
  return { received: bytesRead, sent: bytesWritten }
}

/** Milliseconds that what was carried between these two may have taken. */
function timesFor(before: Carried, now: Carried) {
  return {
    receiving: ((now.received - before.received) / leastRate.received) * 1000,
    sending: ((now.sent - before.sent) / leastRate.sent) * 1000,
  }
}
