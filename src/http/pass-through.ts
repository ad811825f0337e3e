import { Agent as HttpAgent, type IncomingMessage, type ServerResponse } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type { Socket } from 'node:net'
import { createProxyServer } from 'httpxy'
import { catalogue } from '#errors'
import type { Observe } from '#observe'
import { createClientAddress, saidByClients } from './client-address.ts'
import { corsHeaders } from './cors.ts'
import { keepEndToEnd } from './end-to-end.ts'
import { isAt } from './request.ts'
import type { PassThrough } from './routes.ts'

export interface PassThroughOptions {
  /** `https://PROJECT.supabase.co`, without a trailing slash. */
  readonly target: string
  /** What clients call this server: `https://api.example.com`, without a trailing slash. */
  readonly externalUrl: string
  /** What is passed on: `/auth/v1`. */
  readonly paths: readonly string[]
  /** Addresses and networks of the proxies in front. */
  readonly trustedProxies?: readonly string[]
  readonly observe: Observe
}

/**
 * Passes requests and WebSockets for these paths on to a Supabase elsewhere: bodies are streamed both ways, redirects
 * are the client's to follow, and keys and tokens stay what they are.
 */
export function createPassThrough(options: PassThroughOptions): PassThrough {
  const { target, externalUrl, paths, observe } = options
  const addressOf = createClientAddress(options.trustedProxies ?? [])
  // The other side may close a connection that idles; it is better closed here before a request goes out on it.
  const idle = { keepAlive: true, timeout: 15_000 }
  const agent = target.startsWith('https:') ? new HttpsAgent(idle) : new HttpAgent(idle)
  const proxy = createProxyServer({ target, agent, changeOrigin: true })
  const sockets = createProxyServer({ target, changeOrigin: true })
  const outside = new URL(externalUrl)

  proxy.on('proxyRes', ({ headers }, _req, res) => {
    keepEndToEnd(headers)
    delete headers['transfer-encoding']
    headers.connection = res.shouldKeepAlive ? 'keep-alive' : 'close'
    // Ours is in the log, and the one that the request went on with.
    if (res.hasHeader('x-request-id')) delete headers['x-request-id']
    if (headers.location !== undefined) headers.location = comeBack(headers.location)
  })
  proxy.on('error', (error, _req, res) => {
    failed(error)
    badGateway(res as ServerResponse)
  })
  sockets.on('error', (error, _req, socket) => {
    failed(error)
    const open = socket as Socket
    if (open.bytesWritten === 0)
      open.write('HTTP/1.1 502 Bad Gateway\r\nconnection: close\r\ncontent-length: 0\r\n\r\n')
  })

  const comeBack = createComeBack(options)

  function failed(error: unknown): void {
    observe({ kind: 'message', level: 'warn', text: 'a request to the managed services failed', error })
  }

  /** What the other side is told of the way the request took; nothing of it is what a client wrote. */
  function sayWhence(req: IncomingMessage): void {
    const { headers } = req
    keepEndToEnd(headers)
    // Whom a server with the secret key asks for, the other side believes by that key.
    const { 'sb-forwarded-for': named } = headers
    for (const name of [...saidByClients, 'expect']) delete headers[name]
    if (named !== undefined) headers['sb-forwarded-for'] = named
    headers['x-forwarded-for'] = addressOf(req) ?? 'unknown'
    headers['x-forwarded-host'] = outside.host
    headers['x-forwarded-proto'] = outside.protocol.slice(0, -1)
    headers['x-forwarded-port'] = outside.port || (outside.protocol === 'https:' ? '443' : '80')
  }

  return {
    handles: (path) => paths.some((mount) => isAt(path, mount)) && !leadsElsewhere(path),
    web(req, res) {
      sayWhence(req)
      req.headers['x-request-id'] = String(res.getHeader('x-request-id'))
      proxy.web(req, res).catch(() => res.destroy())
    },
    upgrade(req, socket, head) {
      sayWhence(req)
      Object.assign(req.headers, { connection: 'Upgrade', upgrade: 'websocket' })
      sockets.ws(req, socket, {}, head).catch(() => socket.destroy())
    },
    close: () => agent.destroy(),
  }
}

/**
 * Where a redirect or an upload goes on, as clients of this server reach it. Services make such URLs of the host that they
 * were asked at or told of, and of a scheme of their own: Storage says https whatever the way was.
 */
function createComeBack({ target, externalUrl, paths }: PassThroughOptions): (location: string) => string {
  const [there, here] = [new URL(target), new URL(externalUrl)]
  const base = there.pathname.replace(/\/$/, '')
  const isOurs = (path: string) => paths.some((mount) => isAt(path, mount))
  return (location) => {
    const url = URL.parse(location)
    if (url === null || !/^https?:$/.test(url.protocol)) return location
    if (url.host === here.host && isOurs(url.pathname)) return here.origin + url.pathname + url.search + url.hash
    const path = url.pathname.slice(base.length)
    const isThere = url.host === there.host && url.pathname.startsWith(base) && isOurs(path)
    return isThere ? externalUrl + path + url.search + url.hash : location
  }
}

/** `/auth/v1/../../pg`, in any spelling: what is not for everybody may be on the same host. */
function leadsElsewhere(path: string): boolean {
  return path.split(/[/\\]|%2f|%5c/i).some((segment) => /^(\.|%2e){1,2}$/i.test(segment))
}

function badGateway(res: ServerResponse): void {
  if (res.headersSent) return void res.destroy()
  const { status, message } = catalogue.BAD_GATEWAY
  res.writeHead(status, { ...corsHeaders, 'content-type': 'application/json' })
  res.end(JSON.stringify({ code: 'BAD_GATEWAY', message }))
}
