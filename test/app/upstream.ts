import { createHash } from 'node:crypto'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { WebSocketServer } from 'ws'
import { serveOnLoopback } from '../support/loopback-server.ts'

export interface Seen {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
}

/** A server that plays the managed services: it tells what it was asked, and does what a path says. */
export interface Upstream {
  readonly url: string
  readonly seen: Seen[]
  /** Lets `/rest/v1/halves` send its second half. */
  go(): void
  /** Resolves when the first bytes of a body have come to `/rest/v1/upload`. */
  readonly begun: Promise<void>
  close(): Promise<void>
}

export async function startUpstream(): Promise<Upstream> {
  const seen: Seen[] = []
  const go = Promise.withResolvers<void>()
  const begun = Promise.withResolvers<void>()
  const http = await serveOnLoopback((req, res) => {
    seen.push({ method: req.method ?? '', url: req.url ?? '', headers: req.headers })
    const [, path = ''] = /^\/base\/\w+\/v1\/([^?]*)/.exec(req.url ?? '') ?? []
    // Whoever asked may have gone.
    behave(path, req, res).catch(() => res.destroy())
  })

  async function behave(path: string, req: IncomingMessage, res: ServerResponse): Promise<void> {
    if (path === 'halves') {
      res.write('one ')
      await go.promise
      res.end('two')
    } else if (path === 'upload') {
      const hash = createHash('sha256')
      let size = 0
      for await (const chunk of req as AsyncIterable<Buffer>) {
        size += chunk.length
        hash.update(chunk)
        begun.resolve()
      }
      res.end(JSON.stringify({ size, sha256: hash.digest('hex') }))
    } else if (path === 'early') {
      res.writeHead(413, { 'content-type': 'application/json' }).end('{"message":"too large"}')
    } else if (path === 'cut') {
      res.writeHead(200, { 'content-length': '100' })
      res.write('half', () => res.destroy())
    } else if (path === 'hop') {
      res.writeHead(200, {
        connection: 'x-hop',
        'x-hop': 'mine',
        'keep-alive': 'timeout=1',
        'proxy-authenticate': 'Basic',
        'x-end': 'yours',
        'set-cookie': ['a=1', 'b=2'],
        'access-control-allow-origin': '*',
        'x-request-id': 'upstream',
      })
      res.end('hop')
    } else if (path.startsWith('location/')) {
      res.writeHead(302, { location: decodeURIComponent(path.slice('location/'.length)) }).end()
    } else if (path.startsWith('status/')) {
      const status = Number(path.slice('status/'.length))
      res.writeHead(status).end(status === 204 || status === 304 ? undefined : '{"code":"PGRST000"}')
    } else {
      req.resume()
      res.setHeader('content-type', 'application/json')
      res.end(JSON.stringify({ path: req.url }))
    }
  }

  const sockets = new WebSocketServer({ noServer: true })
  http.server.on('upgrade', (req, socket, head) => {
    socket.on('error', () => {})
    seen.push({ method: 'upgrade', url: req.url ?? '', headers: req.headers })
    if (req.url?.includes('refuse')) {
      return void socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\nconnection: close\r\n\r\nno')
    }
    sockets.handleUpgrade(req, socket, head, (client) => {
      client.on('message', (data, isBinary) =>
        String(data) === 'bye' ? client.close(4000, 'so long') : client.send(data, { binary: isBinary }),
      )
    })
  })
  return {
    url: `${http.url}/base`,
    seen,
    go: go.resolve,
    begun: begun.promise,
    async close() {
      for (const client of sockets.clients) client.terminate()
      await http[Symbol.asyncDispose]()
    },
  }
}
