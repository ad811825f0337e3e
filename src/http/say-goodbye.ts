import type { Socket } from 'node:net'

/** How long, in milliseconds, a client has to close its side too. */
const patience = 5_000

/** Ends a connection with a response. What the client still sends is thrown away: left unread, it would cut it off. */
export function sayGoodbye(socket: Socket, response: string): void {
  socket.end(response)
  socket.resume()
  const late = setTimeout(() => socket.destroy(), patience)
  socket.once('close', () => clearTimeout(late))
}
