import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { PorticoError } from '#errors'
import type { Metrics } from '#observe'
import { answer } from './answer.ts'
import type { ApiKeys } from './api-keys.ts'
import { createClientAddress } from './client-address.ts'
import { corsList, preflightHeaders } from './cors.ts'
import { createCountPassing } from './count-passing.ts'
import { createDataApiRoute, type DataApi, isDataApiPath } from './data-api-route.ts'
import { type Dispatch, json, refusal, type Verify } from './dispatch.ts'
import type { DoorResponse } from './door-response.ts'
import { createFunctionRoutes, type FunctionsFront, isFunctionPath } from './function-routes.ts'
import { createGraphqlRoute, createGraphqlUpgrade, isGraphqlPath, type NodeService } from './graphql-route.ts'
import { createOperatorRoute, isOperatorPath, type Operator } from './operator-route.ts'
import type { CountRequests } from './rate-limit.ts'
import { createRealtimeRoute, isRealtimePath, type RealtimeFront } from './realtime-route.ts'
import { settleHost, settleRepeated } from './request.ts'
import { createWhoAsks } from './who-asks.ts'
import { writeResponse } from './write-response.ts'

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
  /** Counts what passes through to a Data API elsewhere; one here counts by itself. */
  readonly count?: CountRequests | undefined
  readonly functions?: FunctionsFront
  /** Answers below `/portico/v1`. */
  readonly operator?: Operator
  /** Undefined where `[api]` turns it off, or where it runs elsewhere. */
  readonly rest?: DataApi
  /** Undefined where `[realtime]` turns it off, or where it runs elsewhere. */
  readonly realtime?: RealtimeFront
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

/** Everything that the server answers, by path. */
export interface Routes {
  handle(req: IncomingMessage, res: DoorResponse, path: string, seen: Seen): Promise<void>
  upgrade?(req: IncomingMessage, socket: Socket, head: Buffer, path: string): boolean
}

/** Clients try again for ever; whoever looks why finds out. */
function noRealtime(): Response {
  const message = 'Realtime is turned off by [realtime] enabled in supabase/config.toml.'
  return json(404, { code: 'NOT_FOUND', message })
}

/** With the headers that it has anyway set, for who looks at them. */
function settled(res: DoorResponse): ServerResponse {
  res.settle()
  return res
}

/** Which part answers which path. */
export function createRoutes(options: RoutesOptions): Routes {
  const { graphql, dispatch, passThrough, functions, operator, rest, realtime, keys, verify, metrics } = options
  const addressOf = createClientAddress(options.trustedProxies ?? [])
  const viaFetch = getRequestListener(
    async (request, { incoming, outgoing }) => {
      const response = await dispatch(request, addressOf(incoming), incoming as IncomingMessage)
      return writeResponse(response, outgoing as ServerResponse)
    },
    { overrideGlobalObjects: false },
  )

  const whoAsks = createWhoAsks(keys, verify)
  const { maxOperationSize } = options
  const handleGraphql = createGraphqlRoute({ graphql, maxOperationSize, whoAsks, addressOf })
  const realtimeRoute = realtime && createRealtimeRoute(realtime, keys, addressOf)
  const upgradeGraphql = createGraphqlUpgrade({ graphql, whoAsks, addressOf })
  const countPassing = options.count && createCountPassing({ count: options.count, whoAsks, addressOf })
  const handleRest = rest && createDataApiRoute(rest, keys, addressOf)
  const handleOperator = operator && createOperatorRoute(operator)
  const functionRoutes = functions && createFunctionRoutes(functions, keys, addressOf)

  async function handleMetrics(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const allowed = options.openMetrics || (await whoAsks(req))?.role === 'service_role'
    if (!allowed) return await answer(req, res, refusal(new PorticoError('UNAUTHENTICATED')))
    await answer(req, res, new Response(await metrics.text(), { headers: { 'content-type': metrics.contentType } }))
  }

  async function handleHealth(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const ready = await options.ready().catch(() => false)
    await answer(req, res, json(ready ? 200 : 503, { status: ready ? 'ready' : 'not ready' }))
  }

  return {
    async handle(req, res, path, seen) {
      settleHost(req)
      settleRepeated(req)
      // No fetch API has a request of it, and its answer would show a client's own headers to whoever runs in its page.
      if (req.method === 'TRACE') return void res.writeHead(405, { 'content-length': '0' }).end()
      if (isGraphqlPath(path)) return await handleGraphql(req, res, path, seen)
      if (passThrough?.handles(path)) {
        const refusal = isDataApiPath(path) ? await countPassing?.(req) : undefined
        if (refusal) return await answer(req, res, refusal)
        // Whoever left meanwhile would leave a request open there that never ends.
        return req.socket.destroyed ? void res.destroy() : passThrough.web(req, settled(res))
      }
      if (path === '/' && options.frontPage !== undefined && req.headers.accept?.includes('text/html')) {
        return void res.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(options.frontPage)
      }
      if (!realtimeRoute && isRealtimePath(path)) return await answer(req, res, noRealtime())
      if (path === '/health') return await handleHealth(req, res)
      if (path === '/metrics') return await handleMetrics(req, res)
      if (handleOperator && isOperatorPath(path)) return await handleOperator(req, res)
      if (functionRoutes && isFunctionPath(path)) return await functionRoutes.handle(req, res, path, seen)
      const preflight = req.method === 'OPTIONS' && req.headers['access-control-request-method'] !== undefined
      if (preflight) return void res.writeHead(204, preflightHeaders(req.headers)).end()
      res.always(corsList)
      if (realtimeRoute && isRealtimePath(path)) return await realtimeRoute.handle(req, settled(res))
      if (handleRest && isDataApiPath(path)) return await handleRest(req, res, seen)
      await viaFetch(req, res)
    },
    upgrade(req, socket, head, path) {
      if (functionRoutes?.upgrade(req, socket, head, path)) return true
      if (realtimeRoute && isRealtimePath(path)) {
        void realtimeRoute.upgrade(req, socket, head)
        return true
      }
      if (upgradeGraphql(req, socket, head, path)) return true
      if (!passThrough?.handles(path)) return false
      passThrough.upgrade(req, socket, head)
      return true
    },
  }
}
