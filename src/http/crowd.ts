import type { Server } from 'node:http'
import type { Socket } from 'node:net'

/** What the clients of a server may take. */
export interface Room {
  /** Files and sockets that may be open for clients: their connections, and what is opened to answer them. */
  readonly files: number
  /** How many of these a WebSocket takes: two where it is passed on. */
  readonly perSocket: 1 | 2
}

/** A request's connection, and the file or the socket that it is answered from. */
const perRequest = 2

/** Milliseconds. */
const pause = 100

/** Milliseconds in which who connects has asked something, where there are too many to wait for more. */
const grace = 1000

/**
 * Sees to it that enough files are left to answer those who are connected: without any, each read of an object and each
 * connection to the database would fail. Where there are too many, the ones that ask nothing go first, and what is beyond
 * the room is not let in at all.
 *
 * @param sockets those of the connections that have become WebSockets
 * @param hasAsked whether there was a request on a connection that is open
 * @returns whether a request has to be refused
 */
export function watchCrowd(
  server: Server,
  { files, perSocket }: Room,
  sockets: ReadonlySet<Socket>,
  hasAsked: (socket: Socket) => boolean,
): () => boolean {
  /** When each came, which is the order that they are in. */
  const open = new Map<Socket, number>()
  let relieved = false
  const isTooMany = () => perRequest * (open.size - sockets.size) + perSocket * sockets.size > files

  function relieve(): void {
    server.closeIdleConnections()
    // Those on which nothing was ever asked Node takes for busy.
    const late = performance.now() - grace
    for (const [socket, since] of open) {
      if (since > late) break
      if (!sockets.has(socket) && !hasAsked(socket)) socket.destroy()
    }
  }

  server.maxConnections = files
  server.on('connection', (socket: Socket) => {
    open.set(socket, performance.now())
    socket.once('close', () => open.delete(socket))
    if (relieved || !isTooMany()) return
    relieved = true
    setTimeout(() => {
      relieved = false
    }, pause).unref()
    relieve()
  })
  return isTooMany
}
