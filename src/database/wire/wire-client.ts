import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import pg from 'pg'

/** The parts of node-postgres' client that its types leave out. */
export type WireClient = pg.Client & {
  readonly connection: { readonly stream: Duplex }
  readonly processID: number
  readonly secretKey: number
}

/** Takes what a socket has received: so many bytes from the start of a buffer, which is another's when it returns. */
export type Receive = (bytes: Buffer, size: number) => void

/** What all sockets read into: one at a time is read from, and what is to be kept of it is copied. */
const received = Buffer.allocUnsafeSlow(256 * 1024)

/**
 * A client of node-postgres that is to log in (TLS, SCRAM …), and what hands its socket over to `receive` afterwards. Where
 * no TLS is, the socket does not make a new buffer for each piece that it reads.
 */
export function createWireClient(config: pg.ClientConfig): [WireClient, takeOver: (receive: Receive) => Duplex] {
  let receive: Receive | undefined
  const stream = () => {
    const callback = (size: number) => {
      if (receive) receive(received, size)
      else socket.emit('data', Buffer.from(received.subarray(0, size)))
      return true
    }
    const socket = new Socket({ onread: { buffer: received, callback } })
    return socket
  }
  const client = new pg.Client({ ...config, ...(!config.ssl && { stream }) }) as WireClient
  const takeOver = (taker: Receive) => {
    receive = taker
    const { stream } = client.connection
    stream.removeAllListeners('data')
    // Somebody must listen, or the end would not be noticed; without TLS nothing comes this way.
    stream.on('data', (chunk: Buffer) => taker(chunk, chunk.length))
    return stream
  }
  return [client, takeOver]
}
