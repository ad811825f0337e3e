import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import type { Caller, RequestInfo } from '#database'
import { isPorticoError, PorticoError } from '#errors'
import type { Metrics } from '#observe'
import { answer } from './answer.ts'
import { type ApiKeys, authorizationOf, invalidKey } from './api-keys.ts'
import { createClientAddress } from './client-address.ts'
import { corsList, preflightHeaders } from './cors.ts'
import { callerOf, type Dispatch, invalidApiKey, json, refusal, type Verify } from './dispatch.ts'
import type { DoorResponse } from './door-response.ts'
import { createFunctionRoutes, type FunctionsFront, isFunctionPath } from './function-routes.ts'
import { readBody } from './read-body.ts'
import { apiKey, isAt, requestInfo, settleHost } from './request.ts'
import { writeResponse } from './write-response.ts'

/** A part of the server that speaks node:http itself. */
export interface NodeService {
  handle(req: IncomingMessage, res: ServerResponse, who: { caller: Caller; requestInfo: RequestInfo }): Promise<void>
}

/** The Data API: a part that finds out by itself whom a token stands for, and says in its own words if nobody. */
export interface DataApi {
  /**
   * @param asked the URL below `/rest/v1`, `Authorization` once it is settled what the API key means, and the client's address
   * @returns the role that asked
   */
  handle(
    req: IncomingMessage,
    res: ServerResponse,
    asked: {
      readonly url: string
      readonly authorization: string | undefined
      readonly address: string | undefined
    },
  ): Promise<string | undefined>
}

/** Services that run elsewhere: their requests and WebSockets pass through. */
export interface PassThrough {
  handles(path: string): boolean
  web(req: IncomingMessage, res: ServerResponse): void
  upgrade(req: IncomingMessage, socket: Socket, head: Buffer): void
  close(): void
}

export interface RoutesOptions {
  readonly graphql: NodeService
  /** Bytes of a GraphQL request, files apart. */
  readonly maxOperationSize: number
  readonly dispatch: Dispatch
  readonly passThrough?: PassThrough
  readonly functions?: FunctionsFront
  /** Answers below `/portico/v1`, to the service role alone. */
  readonly operator?: (request: Request) => Promise<Response>
  /** Undefined where `[api]` turns it off, or where it runs elsewhere. */
  readonly rest?: DataApi
  readonly keys: ApiKeys
  readonly verify: Verify
  /** Resolves to true when every part can do its work. */
  readonly ready: () => Promise<boolean>
  readonly metrics: Metrics
  /** Metrics are open to all, or only to the service role. */
  readonly openMetrics: boolean
  /** What people see who open the root in a browser. */
  readonly frontPage?: string | undefined
  /** Addresses and networks of the proxies in front. */
  readonly trustedProxies?: readonly string[]
}

/** What is learnt of a request while it is answered. */
export interface Seen {
  /** What the request is called, in its answer as in the log. */
  readonly id: string
  role?: string
  /** An edge function was called, which is observed by itself. */
  invoked?: boolean
}

export interface Routes {
  handle(req: IncomingMessage, res: DoorResponse, path: string, seen: Seen): Promise<void>
  upgrade?(req: IncomingMessage, socket: Socket, head: Buffer, path: string): boolean
}

/** Clients try again for ever; whoever looks why finds out. */
function noRealtime(): Response {
  const message = 'Realtime is not part of Portico yet. In front of a Supabase elsewhere it is passed through.'
  return json(404, { code: 'NOT_FOUND', message })
}

const operatorPath = '/portico/v1'
const restPath = '/rest/v1'

/** With the headers that it has anyway set, for who looks at them. */
function settled(res: DoorResponse): ServerResponse {
  res.settle()
  return res
}

/** Which part answers which path. */
export function createRoutes(options: RoutesOptions): Routes {
  const { graphql, dispatch, passThrough, functions, operator, rest, keys, verify, metrics } = options
  const addressOf = createClientAddress(options.trustedProxies ?? [])
  const viaFetch = getRequestListener(
    async (request, { incoming, outgoing }) => {
      const response = await dispatch(request, addressOf(incoming), incoming as IncomingMessage)
      return writeResponse(response, outgoing as ServerResponse)
    },
    { overrideGlobalObjects: false },
  )

  const functionRoutes = functions && createFunctionRoutes(functions, keys, addressOf)

  async function handleGraphql(req: IncomingMessage, res: DoorResponse, path: string, seen: Seen): Promise<void> {
    res.always(corsList)
    if (req.method === 'OPTIONS') return void res.writeHead(204, preflightHeaders(req.headers)).end()
    const caller = await whoAsks(req)
    if (!caller) return await answer(req, res, invalidApiKey())
    seen.role = caller.role
    // Yoga takes a body that was read already from here. Files are for the gateway to receive.
    const files = /^multipart\/form-data(;|$)/i.test(req.headers['content-type'] ?? '')
    if (req.method === 'POST' && !files) Object.assign(req, { body: await readBody(req, options.maxOperationSize) })
    try {
      await graphql.handle(req, res, { caller, requestInfo: requestInfo(req, path, addressOf(req)) })
    } catch (error) {
      if (!isPorticoError(error)) throw error
      const { status, message, code } = error
      await answer(req, res, json(status, { errors: [{ message, extensions: { code } }] }))
    }
  }

  async function handleRest(req: IncomingMessage, res: ServerResponse, api: DataApi, seen: Seen): Promise<void> {
    const { authorization } = req.headers
    const token = authorizationOf(apiKey(req), authorization, keys)
    if (token === invalidKey) return await answer(req, res, invalidApiKey())
    const url = (req.url ?? '').slice(restPath.length)
    const role = await api.handle(req, res, {
      url: url.startsWith('/') ? url : `/${url}`,
      authorization: token === undefined ? authorization : `Bearer ${token}`,
      address: addressOf(req),
    })
    if (role !== undefined) seen.role = role
  }

  async function handleMetrics(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const allowed = options.openMetrics || (await whoAsks(req))?.role === 'service_role'
    if (!allowed) return await answer(req, res, refusal(new PorticoError('UNAUTHENTICATED')))
    await answer(req, res, new Response(await metrics.text(), { headers: { 'content-type': metrics.contentType } }))
  }

  const viaOperator = getRequestListener(
    (request) => operator?.(new Request(request.url.replace(operatorPath, ''), request)) ?? invalidApiKey(),
    { overrideGlobalObjects: false },
  )

  async function handleOperator(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const allowed = (await whoAsks(req))?.role === 'service_role'
    if (!allowed) return await answer(req, res, refusal(new PorticoError('UNAUTHENTICATED')))
    await viaOperator(req, res)
  }

  async function handleHealth(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const ready = await options.ready().catch(() => false)
    await answer(req, res, json(ready ? 200 : 503, { status: ready ? 'ready' : 'not ready' }))
  }

  /** Undefined where the API key is not one of the project's. */
  async function whoAsks(req: IncomingMessage): Promise<Caller | undefined> {
    const token = authorizationOf(apiKey(req), req.headers.authorization, keys)
    return token === invalidKey ? undefined : await callerOf(token, verify)
  }

  return {
    async handle(req, res, path, seen) {
      settleHost(req)
      // No fetch API has a request of it, and its answer would show a client's own headers to whoever runs in its page.
      if (req.method === 'TRACE') return void res.writeHead(405, { 'content-length': '0' }).end()
      if (isAt(path, '/graphql/v1')) return await handleGraphql(req, res, path, seen)
      if (passThrough?.handles(path)) return passThrough.web(req, settled(res))
      if (path === '/' && options.frontPage !== undefined && req.headers.accept?.includes('text/html')) {
        return void res.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(options.frontPage)
      }
      if (isAt(path, '/realtime/v1')) return await answer(req, res, noRealtime())
      if (path === '/health') return await handleHealth(req, res)
      if (path === '/metrics') return await handleMetrics(req, res)
      if (operator && isAt(path, operatorPath)) return await handleOperator(req, res)
      if (functionRoutes && isFunctionPath(path)) return await functionRoutes.handle(req, res, path, seen)
      const preflight = req.method === 'OPTIONS' && req.headers['access-control-request-method'] !== undefined
      if (preflight) return void res.writeHead(204, preflightHeaders(req.headers)).end()
      res.always(corsList)
      if (rest && isAt(path, restPath)) return await handleRest(req, res, rest, seen)
      await viaFetch(req, res)
    },
    upgrade(req, socket, head, path) {
      if (functionRoutes?.upgrade(req, socket, head, path)) return true
      if (!passThrough?.handles(path)) return false
      passThrough.upgrade(req, socket, head)
      return true
    },
  }
}
