import type { IncomingMessage, ServerResponse } from 'node:http'
import { createProxyServer } from 'httpxy'
import type { PassThrough } from './routes.ts'

/** Passes requests and WebSockets for these paths on to a Supabase elsewhere, bodies streamed both ways. */
export function createPassThrough(target: string, paths: readonly string[]): PassThrough {
  const proxy = createProxyServer({ target, changeOrigin: true, xfwd: true, ws: true })
  return {
    handles: (path) => paths.some((mount) => path === mount || path.startsWith(`${mount}/`)),
    web(req, res) {
      proxy.web(req, res).catch(() => unreachable(req, res))
    },
    upgrade(req, socket, head) {
      proxy.ws(req, socket, {}, head).catch(() => socket.destroy())
    },
  }
}

function unreachable(_req: IncomingMessage, res: ServerResponse): void {
  if (res.headersSent) return void res.destroy()
  res.writeHead(502, { 'content-type': 'application/json' })
  res.end(JSON.stringify({ code: 'BAD_GATEWAY', message: 'The managed service cannot be reached.' }))
}
