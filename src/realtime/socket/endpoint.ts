import { type IncomingMessage, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { WebSocketServer } from 'ws'
import { isPorticoError } from '#errors'
import type { Observe } from '#observe'
import type { Channels } from '../channels/index.ts'
import type { Limits } from '../limits.ts'
import { type Codec, codecV1, codecV2 } from '../protocol/index.ts'
import type { Tally } from '../tally.ts'
import { readToken, TokenRefused, type Verify } from '../token.ts'
import { Backlog } from './backlog.ts'
import { Connection } from './connection.ts'

export interface EndpointOptions {
  readonly channels: Channels
  readonly verify: Verify
  readonly limits: Limits
  readonly observe: Observe
  readonly tally: Tally
}

export interface Upgrade {
  readonly req: IncomingMessage
  readonly socket: Socket
  readonly head: Buffer
  /** `/websocket?vsn=2.0.0` */
  readonly path: string
  /** The token that the API key stands for. */
  readonly token: string | undefined
  /** Where the client is, as far as that is known. */
  readonly address?: string | undefined
}

/** Where clients connect to; whoever may not is told why in the words of supabase/realtime (`UserSocket.handle_error`). */
export function createEndpoint({ channels, verify, limits, observe, tally }: EndpointOptions) {
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: true,
    maxPayload: limits.frameBytes,
    perMessageDeflate: false,
    autoPong: false,
  })
  const backlog = new Backlog(limits, tally)
  const ofAddresses = new Map<string | undefined, number>()

  function count(address: string | undefined, more: number): void {
    const open = (ofAddresses.get(address) ?? 0) + more
    if (open > 0) ofAddresses.set(address, open)
    else ofAddresses.delete(address)
  }

  return {
    async upgrade({ req, socket, head, path, token, address }: Upgrade): Promise<void> {
      const url = new URL(`http://localhost${path}`)
      if (url.pathname !== '/websocket') return refuse(socket, 404, 'There is nothing at this address')
      const codec = codecOf(url.searchParams.get('vsn'))
      if (!codec) return refuse(socket, 403, 'There is no such version of the protocol')
      if (token === undefined) return refuse(socket, 401, 'API key is missing')
      if (server.clients.size >= limits.connections) return refuse(socket, 429, 'Too many connected users')
      if ((ofAddresses.get(address) ?? 0) >= limits.connectionsPerAddress) {
        return refuse(socket, 429, 'Too many connections of one address')
      }
      try {
        await readToken(token, verify)
      } catch (error) {
        if (error instanceof TokenRefused) return refuse(socket, 401, refusalOf(error))
        if (isPorticoError(error)) return refuse(socket, error.status, error.message)
        throw error
      }
      if (socket.destroyed) return
      server.handleUpgrade(req, socket, head, (client) => {
        count(address, 1)
        client.once('close', () => count(address, -1))
        const headers = headersOf(req)
        new Connection({ socket: client, codec, token, address, headers, channels, backlog, limits, observe, tally })
      })
    },
    get connections() {
      return server.clients.size
    },
    get backlogBytes() {
      return backlog.bytes
    },
    close(): void {
      for (const client of server.clients) client.close(1001)
      server.close()
    },
  }
}

function codecOf(version: string | null): Codec | undefined {
  if (version === null || /^1\.0\.\d+$/.test(version)) return codecV1
  return /^2\.0\.\d+$/.test(version) ? codecV2 : undefined
}

/** How long ago it was is only said in channels. */
function refusalOf({ message }: TokenRefused): string {
  return message.startsWith('Token has expired') ? 'Token has expired' : message
}

/** Those that policies may look at, without the key. */
function headersOf({ headers }: IncomingMessage): Readonly<Record<string, string>> {
  const told = Object.entries(headers).filter(([name]) => name.startsWith('x-') && name !== 'x-api-key')
  return Object.fromEntries(told.map(([name, value]) => [name, String(value)]))
}

function refuse(socket: Socket, status: number, error: string): void {
  const body = JSON.stringify({ error })
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'connection: close',
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
  socket.resume()
  const late = setTimeout(() => socket.destroy(), 5_000)
  socket.once('close', () => clearTimeout(late))
}
