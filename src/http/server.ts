import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { PorticoError } from '#errors'
import { continued, type Observe } from '#observe'
import { answer } from './answer.ts'
import { type Room, watchCrowd } from './crowd.ts'
import { refusal } from './dispatch.ts'
import { DoorResponse } from './door-response.ts'
import { pathOf, requestId, routeName } from './request.ts'
import type { Routes, Seen } from './routes.ts'
import { sayGoodbye } from './say-goodbye.ts'
import { endStalled } from './stalled.ts'
import { maxHeaderSize, refuseUnread } from './unread.ts'

/** A server that listens before anything can be answered. */
export interface HttpServer {
  readonly port: number
  /** Answers by these routes from now on. Until then every request is told that the backend is not ready. */
  serve(routes: Routes): void
  /** Takes no new connection, finishes what is in flight, and cuts what is left after `patience` milliseconds. */
  close(patience?: number): Promise<void>
}

export interface HttpServerOptions {
  readonly host: string
  readonly port: number
  readonly observe: Observe
  /** Milliseconds that a client may keep a connection waiting in the middle of a request. */
  readonly patience?: number
  /** What clients may take of the files that this process may open; without it they are as many as they are. */
  readonly room?: Room
}

const starting = refusing('The backend is starting.')
const stopping = refusing('The backend is stopping.')
const crowded = refusing('Too many clients are connected.')

function refusing(message: string): Routes {
  return { handle: () => Promise.reject(new PorticoError('NOT_READY', { message })) }
}

/**
 * Listens, so that the port is known (and taken) before anything is built on it.
 *
 * @throws PorticoError PORT_IN_USE
 */
export async function openHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { observe, patience = 30_000, room = { files: Number.POSITIVE_INFINITY, perSocket: 1 } } = options
  let routes = starting
  const upgraded = new Set<Socket>()

  // Some clients offer HTTP/2 with every request (`Upgrade: h2c`); those are answered as the plain requests they are.
  const shouldUpgradeCallback = (req: IncomingMessage) => req.headers.upgrade?.toLowerCase() === 'websocket'
  const settings = {
    ...{ shouldUpgradeCallback, ServerResponse: DoorResponse, maxHeaderSize },
    // A request that says of no body has none: spared are the events of a stream that nobody reads.
    optimizeEmptyRequests: true,
    // Uploads take as long as they take, if they go on; headers have a time in all.
    ...{ requestTimeout: 0, headersTimeout: patience, connectionsCheckingInterval: patience / 10 },
  }
  const server = createServer(settings, (req, res) => {
    const seen: Seen = { id: requestId(req) }
    const path = pathOf(req)
    res.always(['x-request-id', seen.id])
    begins(req, res)
    observed(req, res, path, seen, observe)
    const routes = routesNow()
    // What a refused client does next it does on another connection, to whoever takes it.
    if (routes === stopping || routes === crowded) res.shouldKeepAlive = false
    continued(req.headers, () => routes.handle(req, res, path, seen)).catch(async (error: unknown) => {
      if (!(error instanceof PorticoError)) {
        // A client that goes away makes whoever reads or answers its request fail.
        const level = req.socket.destroyed ? 'debug' : 'error'
        observe({ kind: 'message', level, text: 'a request failed', error })
      }
      if (res.headersSent) res.destroy()
      else await answer(req, res, refusal(error))
    })
  })
  server.on('clientError', refuseUnread)
  const { begins, hasAsked, finish } = endStalled(server, patience)
  const isCrowded = watchCrowd(server, room, upgraded, hasAsked)
  const routesNow = () => (routes !== stopping && isCrowded() ? crowded : routes)
  server.on('upgrade', (req, socket: Socket, head) => {
    upgraded.add(socket)
    // Node takes its own hands off it, and an error that nobody listens to ends the process.
    socket.on('error', () => socket.destroy())
    socket.setTimeout(0)
    // One whose client has vanished without a word is found out in the end.
    socket.setKeepAlive(true, 60_000)
    socket.once('close', () => upgraded.delete(socket))
    const now = routesNow()
    if (now.upgrade?.(req, socket, head, pathOf(req))) return
    const status = now.upgrade ? 404 : 503
    observe({ kind: 'request', id: requestId(req), method: 'GET', route: routeName(pathOf(req)), status, ms: 0 })
    const line = status === 404 ? '404 Not Found' : '503 Service Unavailable\r\nretry-after: 1'
    sayGoodbye(socket, `HTTP/1.1 ${line}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`)
  })
  server.keepAliveTimeout = 65_000

  await listen(server, options)
  return {
    port: (server.address() as AddressInfo).port,
    serve: (ready) => {
      routes = ready
    },
    close(time = 4000) {
      routes = stopping
      finish()
      return close(server, upgraded, time)
    },
  }
}

function observed(req: IncomingMessage, res: DoorResponse, path: string, seen: Seen, observe: Observe): void {
  const started = performance.now()
  res.on('close', () => {
    const status = res.writableFinished ? res.statusCode : 499
    const ms = performance.now() - started
    observe({ kind: 'request', method: req.method ?? '', route: routeName(path), status, ms, ...seen })
  })
}

function listen(server: Server, { host, port }: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE'
      const message = `Port ${port} on ${host} is taken. Set [api] port in supabase/config.toml, or --port.`
      reject(taken ? new PorticoError('PORT_IN_USE', { message, details: { host, port } }) : error)
    })
    server.listen(port, host, resolve)
  })
}

function close(server: Server, upgraded: ReadonlySet<Socket>, patience: number): Promise<void> {
  // A WebSocket has no end to wait for, and the server would.
  const cutSockets = () => {
    for (const socket of upgraded) socket.destroy()
  }
  return new Promise((resolve) => {
    const cut = setTimeout(() => {
      server.closeAllConnections()
      cutSockets()
    }, patience)
    // One whose answer had begun before stays open behind it.
    const sweep = setInterval(() => server.closeIdleConnections(), 50)
    server.close(() => {
      clearTimeout(cut)
      clearInterval(sweep)
      resolve()
    })
    server.closeIdleConnections()
    cutSockets()
  })
}
