import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { readMessage } from '#bodies'
import { type Caller, ClientGone, type RequestInfo } from '#database'
import { isPorticoError, PorticoError } from '#errors'
import { answer } from './answer.ts'
import type { ClientAddress } from './client-address.ts'
import { corsList, preflightHeaders } from './cors.ts'
import { invalidApiKey, json } from './dispatch.ts'
import type { DoorResponse } from './door-response.ts'
import { isAt, requestInfo } from './request.ts'
import type { Seen } from './routes.ts'
import type { Credentials, WhoAsks } from './who-asks.ts'

/** A part of the server that speaks node:http itself. */
export interface NodeService {
  handle(req: IncomingMessage, res: ServerResponse, who: { caller: Caller; requestInfo: RequestInfo }): Promise<void>
  /** Takes over a WebSocket, whose client says there who it is. */
  upgrade(
    req: IncomingMessage,
    socket: Socket,
    head: Buffer,
    visitor: { identify(given: Credentials): Promise<Caller | undefined>; requestInfo: RequestInfo },
  ): void
}

export interface GraphqlRouteOptions {
  readonly graphql: NodeService
  /** Bytes of a GraphQL request, files apart. */
  readonly maxOperationSize: number
  readonly whoAsks: WhoAsks
  readonly addressOf: ClientAddress
}

const refusals = {
  tooLarge: () => new PorticoError('PAYLOAD_TOO_LARGE'),
  gone: () => new ClientGone('the client went away'),
}

export const isGraphqlPath = (path: string) => isAt(path, '/graphql/v1')

export function createGraphqlRoute({ graphql, maxOperationSize, whoAsks, addressOf }: GraphqlRouteOptions) {
  return async (req: IncomingMessage, res: DoorResponse, path: string, seen: Seen): Promise<void> => {
    res.always(corsList)
    if (req.method === 'OPTIONS') return void res.writeHead(204, preflightHeaders(req.headers)).end()
    const caller = await whoAsks(req)
    if (!caller) return await answer(req, res, invalidApiKey())
    seen.role = caller.role
    // Yoga takes a body that was read already from here. Files are for the gateway to receive.
    const files = /^multipart\/form-data(;|$)/i.test(req.headers['content-type'] ?? '')
    if (req.method === 'POST' && !files) {
      Object.assign(req, { body: await readMessage(req, maxOperationSize, refusals) })
    }
    try {
      await graphql.handle(req, res, { caller, requestInfo: requestInfo(req, path, addressOf(req)) })
    } catch (error) {
      if (!isPorticoError(error)) throw error
      const { status, message, code, details } = error
      const response = json(status, { errors: [{ message, extensions: { code } }] })
      if (code === 'RATE_LIMITED') response.headers.set('retry-after', String(details.retryAfter))
      await answer(req, res, response)
    }
  }
}

/** Any origin may open one, as any may ask: what a client may do is said by its token, and never by a cookie. */
export function createGraphqlUpgrade({ graphql, whoAsks, addressOf }: Omit<GraphqlRouteOptions, 'maxOperationSize'>) {
  return (req: IncomingMessage, socket: Socket, head: Buffer, path: string): boolean => {
    if (!isGraphqlPath(path)) return false
    graphql.upgrade(req, socket, head, {
      identify: (given) => whoAsks(req, given),
      requestInfo: requestInfo(req, path, addressOf(req)),
    })
    return true
  }
}
