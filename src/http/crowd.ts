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

/**
 * Sees to it that enough files are left to answer those who are connected: without any, each read of an object and each
 * connection to the database would fail. Where there are too many, the ones that ask nothing go first, and what is beyond
 * the room is not let in at all.
 *
 * @param sockets those of the connections that have become WebSockets
 * @returns whether a request has to be refused
 */
export function watchCrowd(server: Server, { files, perSocket }: Room, sockets: ReadonlySet<Socket>): () => boolean {
  let open = 0
  let relieved = false
  const isTooMany = () => perRequest * (open - sockets.size) + perSocket * sockets.size > files

  server.maxConnections = files
  server.on('connection', (socket: Socket) => {
    open++
    socket.once('close', () => open--)
    if (relieved || !isTooMany()) return
    relieved = true
    setTimeout(() => {
      relieved = false
    }, pause).unref()
    server.closeIdleConnections()
  })
  return isTooMany
}
