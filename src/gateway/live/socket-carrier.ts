import type { Socket } from 'node:net'
import { CloseCode } from 'graphql-ws'
import type { WebSocket } from 'ws'

/** A WebSocket as graphql-ws takes one, with a way to send events whose JSON is written already. */
export interface Carrier {
  readonly protocol: string
  send(text: string): Promise<void>
  sendEvent(id: string, event: Buffer): Promise<void>
  close(code: number, reason: string): void
  onMessage(handle: (text: string) => Promise<void>): void
  /** Messages whose handling is under way: each subscription is one until it ends. */
  pending(): number
}

/** Milliseconds in which a client has to show that it is there: by answering a ping, or by taking some of what waits for it. */
const pingEvery = 12_000

/** Bytes that wait for a client, beyond which nothing more is read from it. */
const mostWaiting = 1024 * 1024

/** Milliseconds that a client has to answer a close, after which its connection is cut. */
const lastWords = 1000

/** Characters up to which a message is kept as it is. */
const small = 16 * 1024

export function carry(socket: WebSocket, raw: Socket, failed: (error: unknown) => void): Carrier {
  let pending = 0
  watchOver(socket, raw)
  // It closes itself, with the code that says why.
  socket.on('error', () => {})

  function sending(send: (done: (error?: Error | null) => void) => void): Promise<void> {
    if (socket.readyState !== socket.OPEN) return Promise.resolve()
    // Where the connection breaks meanwhile, all its subscriptions end.
    return new Promise<void>((resolve) => send(() => resolve())).then(() => {
      if (socket.isPaused && socket.bufferedAmount < mostWaiting) socket.resume()
    })
  }

  function close(code: number, reason: string): void {
    socket.close(code, reason)
    const late = setTimeout(() => socket.terminate(), lastWords)
    socket.once('close', () => clearTimeout(late))
  }

  return {
    protocol: socket.protocol,
    send: (text) => sending((done) => socket.send(text, done)),
    // In three frames, so that the event's bytes are not copied: all who are told the same share them.
    sendEvent: (id, event) =>
      sending((done) => {
        socket.send(`{"id":${JSON.stringify(id)},"type":"next","payload":`, { fin: false })
        socket.send(event, { binary: false, fin: false })
        socket.send('}', { fin: true }, done)
      }),
    close,
    onMessage(handle) {
      socket.on('message', (data) => {
        // What comes when it is closed already is not listened to.
        if (socket.readyState !== socket.OPEN) return
        pending++
        if (socket.bufferedAmount > mostWaiting) socket.pause()
        handle(compact(String(data)))
          .catch((error: unknown) => {
            failed(error)
            close(CloseCode.InternalServerError, 'Internal server error')
          })
          .finally(() => pending--)
      })
    },
    pending: () => pending,
  }
}

/** graphql-ws keeps a message as long as its operation goes on: a large one without white space and unknown keys. */
function compact(text: string): string {
  if (text.length <= small) return text
  try {
    const { id, type, payload } = JSON.parse(text) as Record<string, unknown>
    return JSON.stringify({ id, type, payload })
  } catch {
    return text
  }
}

/** Cuts a connection whose client has vanished, or takes nothing. */
function watchOver(socket: WebSocket, raw: Socket): void {
  let heard = true
  let sent = 0
  socket.on('pong', () => {
    heard = true
  })
  socket.on('message', () => {
    heard = true
  })
  const watch = setInterval(() => {
    const now = raw.bytesWritten - raw.writableLength
    if (!heard && now === sent) return socket.terminate()
    heard = false
    sent = now
    socket.ping()
  }, pingEvery)
  socket.once('close', () => clearInterval(watch))
}
