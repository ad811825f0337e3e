import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { answer } from './answer.ts'
import { type ApiKeys, authorizationOf, invalidKey } from './api-keys.ts'
import { type ClientAddress, saidByClients } from './client-address.ts'
import { invalidApiKey } from './dispatch.ts'
import { apiKey, below, isAt } from './request.ts'
import { sayGoodbye } from './say-goodbye.ts'

interface Asked {
  /** What follows `/realtime/v1`, with the query. */
  readonly path: string
  /** What key and `Authorization` come to. */
  readonly token: string | undefined
  readonly address: string | undefined
}

/** Realtime: a part that answers requests and WebSockets below a path of its own, and knows tokens itself. */
export interface RealtimeFront {
  handle(req: IncomingMessage, res: ServerResponse, asked: Asked): Promise<void>
  upgrade(
    upgrade: Asked & { readonly req: IncomingMessage; readonly socket: Socket; readonly head: Buffer },
  ): Promise<void>
}

const mount = '/realtime/v1'

export const isRealtimePath = (path: string) => isAt(path, mount)

export function createRealtimeRoute(realtime: RealtimeFront, keys: ApiKeys, addressOf: ClientAddress) {
  return {
    async handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
      const token = authorizationOf(apiKey(req), req.headers.authorization, keys)
      if (token === invalidKey) return await answer(req, res, invalidApiKey())
      await realtime.handle(req, res, { path: below(req, mount), token, address: addressOf(req) })
    },
    async upgrade(req: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
      // Browsers can send no header with a WebSocket: the key is all there is, and it is in the URL.
      const { 'x-api-key': named } = req.headers
      // Policies may look at where a client is, which it cannot have made up.
      const address = addressOf(req)
      for (const name of saidByClients) delete req.headers[name]
      if (address !== undefined) req.headers['x-forwarded-for'] = address
      const token = authorizationOf(typeof named === 'string' ? named : apiKey(req), undefined, keys)
      // supabase/realtime says itself of what is no token that it is none.
      const asked = token === invalidKey ? 'invalid' : token
      try {
        await realtime.upgrade({ req, socket, head, path: below(req, mount), token: asked, address })
      } catch {
        sayGoodbye(socket, 'HTTP/1.1 500 Internal Server Error\r\nconnection: close\r\ncontent-length: 0\r\n\r\n')
      }
    },
  }
}
