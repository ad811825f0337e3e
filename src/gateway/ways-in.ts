import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { Readable } from 'node:stream'
import type { GraphQLSchema } from 'graphql'
import type { GraphqlConfig } from '#config'
import type { Caller } from '#database'
import { type Observe, traced } from '#observe'
import type { RequestContext } from './context.ts'
import type { Visitor } from './live/index.ts'
import type { LiveOnDemand } from './live-on-demand.ts'
import type { Pipeline } from './pipeline.ts'
import { operationsIn, operationsOf, readMultipart } from './requests/index.ts'
import type { createLane, LaneRequest } from './run/index.ts'

export interface WaysInOptions {
  readonly settings: GraphqlConfig
  readonly lane: ReturnType<typeof createLane>
  readonly pipeline: Pipeline
  readonly live: LiveOnDemand
  readonly schemaOf: (role: string) => Promise<GraphQLSchema>
  /** In development, called before each request: takes over what was edited since. */
  readonly followEdits: (() => Promise<void>) | undefined
  /** Counts operations, and refuses those that are too many. */
  readonly count: ((caller: Caller, address: string | undefined, operations?: number) => Promise<void>) | undefined
  readonly observe: Observe
}

/** How a request reaches the gateway: over HTTP, from within this process, or over a WebSocket. */
export interface WaysIn {
  handle(req: LaneRequest, res: ServerResponse, context: RequestContext): Promise<void>
  /** The same through the Fetch API, for whoever is in this process. */
  fetch(request: Request, context: RequestContext): Promise<Response>
  /** Speaks GraphQL over a WebSocket. */
  upgrade(req: IncomingMessage, socket: Socket, head: Buffer, visitor: Visitor): void
}

/**
 * Chooses who answers a request: the lane where the operation is known and needs no code, an event stream where the
 * client asks for one, and otherwise Yoga's pipeline, which knows every kind of request.
 */
export function createWaysIn(options: WaysInOptions): WaysIn {
  const { settings, lane, pipeline, live, schemaOf, followEdits, count, observe } = options

  return {
    handle: (req, res, context) =>
      traced('graphql', { kind: 'server', attributes: { 'portico.role': context.caller.role } }, async () => {
        if (followEdits) await followEdits()
        const { address } = context.requestInfo
        if (count) await count(context.caller, address, operationsIn(req, settings.maxBatch))
        const schema = await schemaOf(context.caller.role)
        const { 'content-type': type = '' } = req.headers
        if (req.method === 'POST' && isMultipart(type)) {
          await using upload = await readMultipart(req, type, settings)
          // One is counted by now, before its files are taken in.
          const further = operationsOf(upload.params, settings.maxBatch) - 1
          if (further > 0) await count?.(context.caller, address, further)
          return await pipeline.handle(req, res, { ...context, schema, uploaded: upload.params })
        }
        if (await lane.answer(req, res, schema, context)) return
        if (req.headers.accept?.includes('text/event-stream')) {
          const { eventStreams } = await live.start()
          if (await eventStreams.answer(req, res, schema, context)) return
        }
        await pipeline.handle(req, res, { ...context, schema })
      }),

    async fetch(request, context) {
      if (followEdits) await followEdits()
      const schema = await schemaOf(context.caller.role)
      const type = request.headers.get('content-type') ?? ''
      if (request.method !== 'POST' || !request.body || !isMultipart(type)) {
        return await pipeline.fetch(request, { ...context, schema })
      }
      await using upload = await readMultipart(Readable.fromWeb(request.body as never), type, settings)
      return await pipeline.fetch(request, { ...context, schema, uploaded: upload.params })
    },

    upgrade(req, socket, head, visitor) {
      Promise.resolve(followEdits?.())
        .then(() => live.start())
        .then(({ webSockets }) => webSockets())
        .then((webSockets) => webSockets.accept(req, socket, head, visitor))
        .catch((error: unknown) => {
          observe({ kind: 'message', level: 'error', text: 'a WebSocket failed', error })
          socket.destroy()
        })
    },
  }
}

function isMultipart(contentType: string): boolean {
  return /^multipart\/form-data(;|$)/i.test(contentType)
}
