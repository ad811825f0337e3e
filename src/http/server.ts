import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import type { Caller, RequestInfo } from '#database'
import { PorticoError } from '#errors'
import type { Metrics, Observe } from '#observe'
import { type ApiKeys, authorizationOf, invalidKey } from './api-keys.ts'
import { corsHeaders, preflightHeaders } from './cors.ts'
import { callerOf, type Dispatch, invalidApiKey, json, refusal, type Verify } from './dispatch.ts'
import { readBody } from './read-body.ts'

/** A part of the server that speaks node:http itself. */
export interface NodeService {
  handle(
    req: IncomingMessage,
    res: ServerResponse,
    context: { caller: Caller; requestInfo: RequestInfo },
  ): Promise<void>
}

/** Services that run elsewhere: their requests and WebSockets pass through. */
export interface PassThrough {
  handles(path: string): boolean
  web(req: IncomingMessage, res: ServerResponse): void
  upgrade(req: IncomingMessage, socket: Socket, head: Buffer): void
}

export interface HttpServerOptions {
  readonly host: string
  readonly port: number
  readonly graphql: NodeService
  readonly dispatch: Dispatch
  readonly passThrough?: PassThrough
  readonly keys: ApiKeys
  readonly verify: Verify
  /** Resolves when every part can do its work; rejects or answers false otherwise. */
  readonly ready: () => Promise<boolean>
  readonly metrics: Metrics
  /** Metrics are open to all, or only to the service role. */
  readonly openMetrics: boolean
  readonly observe: Observe
  /** Bytes of a GraphQL request. */
  readonly maxOperationSize?: number
}

export interface HttpServer {
  readonly port: number
  /** Takes no new connection, finishes what is in flight, and cuts what is left after `patience` milliseconds. */
  close(patience?: number): Promise<void>
}

const graphqlPath = '/graphql/v1'

export async function createHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { graphql, dispatch, passThrough, keys, verify, metrics, observe } = options
  const viaFetch = getRequestListener((request) => dispatch(request), { overrideGlobalObjects: false })
  const fromResponse = (response: Response) => getRequestListener(() => response, { overrideGlobalObjects: false })

  async function route(req: IncomingMessage, res: ServerResponse, path: string, seen: Seen): Promise<void> {
    const answer = (response: Response) => fromResponse(response)(req, res)
    if (isAt(path, graphqlPath)) {
      setHeaders(res, corsHeaders)
      if (req.method === 'OPTIONS') return void res.writeHead(204, preflightHeaders(req.headers)).end()
      const token = authorizationOf(header(req, 'apikey'), req.headers.authorization, keys)
      if (token === invalidKey) return await answer(invalidApiKey())
      const caller = await callerOf(token, verify)
      seen.role = caller.role
      const body = req.method === 'POST' ? await readBody(req, options.maxOperationSize ?? 10 * 1024 * 1024) : undefined
      // Yoga takes a body that was read already from here.
      Object.assign(req, { body })
      return await graphql.handle(req, res, { caller, requestInfo: requestInfo(req, path) })
    }
    if (passThrough?.handles(path)) return passThrough.web(req, res)
    if (path === '/health') {
      const ready = await options.ready().catch(() => false)
      return await answer(json(ready ? 200 : 503, { status: ready ? 'ready' : 'not ready' }))
    }
    if (path === '/metrics') {
      if (!options.openMetrics) {
        const token = authorizationOf(header(req, 'apikey'), req.headers.authorization, keys)
        const caller = token === invalidKey ? undefined : await callerOf(token, verify)
        if (caller?.role !== 'service_role') return await answer(refusal(new PorticoError('UNAUTHENTICATED')))
      }
      return await answer(new Response(await metrics.text(), { headers: { 'content-type': metrics.contentType } }))
    }
    // Edge functions answer CORS themselves.
    if (!isAt(path, '/functions/v1')) {
      if (req.method === 'OPTIONS' && req.headers['access-control-request-method']) {
        return void res.writeHead(204, preflightHeaders(req.headers)).end()
      }
      setHeaders(res, corsHeaders)
    }
    return await viaFetch(req, res)
  }

  const server = createServer((req, res) => {
    const started = performance.now()
    const path = pathOf(req)
    const id = requestId(req)
    const seen: Seen = {}
    res.setHeader('x-request-id', id)
    res.once('close', () =>
      observe({
        kind: 'request',
        id,
        method: req.method ?? '',
        route: routeOf(path),
        status: res.writableFinished ? res.statusCode : 499,
        ms: performance.now() - started,
        ...seen,
      }),
    )
    route(req, res, path, seen).catch((error: unknown) => {
      if (!(error instanceof PorticoError))
        observe({ kind: 'message', level: 'error', text: 'a request failed', error })
      if (res.headersSent) res.destroy()
      else void fromResponse(refusal(error))(req, res)
    })
  })
  server.on('upgrade', (req, socket: Socket, head) => {
    if (passThrough?.handles(pathOf(req))) passThrough.upgrade(req, socket, head)
    else socket.end('HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n')
  })
  server.keepAliveTimeout = 65_000
  server.requestTimeout = 0

  await listen(server, options)
  return {
    port: (server.address() as AddressInfo).port,
    close: (patience = 4000) => close(server, patience),
  }
}

interface Seen {
  role?: string
}

function listen(server: Server, { host, port }: HttpServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE'
      const message = `Port ${port} on ${host} is taken. Set [api] port in supabase/config.toml, or --port.`
      reject(taken ? new PorticoError('PORT_IN_USE', { message, details: { host, port } }) : error)
    })
    server.listen(port, host, resolve)
  })
}

function close(server: Server, patience: number): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), patience)
    server.close(() => {
      clearTimeout(cut)
      resolve()
    })
    server.closeIdleConnections()
  })
}

function requestInfo(req: IncomingMessage, path: string): RequestInfo {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(req.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value
  }
  return { method: req.method ?? 'POST', path, headers }
}

/** A caller's own id is kept when it is harmless to log. */
function requestId(req: IncomingMessage): string {
  const given = header(req, 'x-request-id')
  return given !== undefined && /^[\w.:-]{1,128}$/.test(given) ? given : randomUUID()
}

function header(req: IncomingMessage, name: string): string | undefined {
  const value = req.headers[name]
  return Array.isArray(value) ? value[0] : value
}

function pathOf(req: IncomingMessage): string {
  const url = req.url ?? '/'
  const query = url.indexOf('?')
  return query < 0 ? url : url.slice(0, query)
}

function isAt(path: string, mount: string): boolean {
  return path === mount || path.startsWith(`${mount}/`)
}

/** The service's name: paths may hold tokens and names of people's files. */
function routeOf(path: string): string {
  return (
    /^\/(graphql|auth|storage|functions|rest|realtime)\/v1(?=\/|$)/.exec(path)?.[1] ??
    /^\/(health|metrics)$/.exec(path)?.[1] ??
    'other'
  )
}

function setHeaders(res: ServerResponse, headers: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(headers)) res.setHeader(name, String(value))
}
