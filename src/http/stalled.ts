import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

interface Exchange {
  readonly req: IncomingMessage
  readonly res: ServerResponse
}

/**
 * Ends connections whose client neither sends the rest of its request nor takes its answer for `patience` milliseconds:
 * each would hold memory and a file descriptor for as long as it likes. How long it takes to answer is not the client's
 * doing, nor is an upload that waits to be read.
 *
 * @returns told of each exchange as it begins
 */
export function endStalled(server: Server, patience = 30_000): (req: IncomingMessage, res: ServerResponse) => void {
  const exchanges = new WeakMap<Socket, Exchange>()
  // Node starts this clock anew with each byte that is received, or gone.
  server.timeout = patience
  server.on('timeout', (socket) => {
    const exchange = exchanges.get(socket)
    if (exchange === undefined || isForClient(exchange, socket)) socket.destroy()
    else socket.setTimeout(patience)
  })
  return (req, res) => void exchanges.set(req.socket, { req, res })
}

/** Whether the next step is the client's: a request, the rest of one, or taking what is written. */
function isForClient({ req, res }: Exchange, socket: Socket): boolean {
  const awaitsBody = !req.complete && req.readableLength === 0
  return res.writableFinished || awaitsBody || socket.writableLength > 0
}
