import type { IncomingMessage, ServerResponse } from 'node:http'
import type { DocumentNode, GraphQLSchema } from 'graphql'
import type { RequestContext, ResolverContext } from '../context.ts'
import { type Body, jsonBody, streamedEnd } from './body.ts'
import { departureOf } from './departure.ts'
import type { Documents } from './documents.ts'
import type { Executor } from './execute.ts'
import { respond, respondInPieces } from './respond.ts'
import type { TellError } from './tell-error.ts'

/**
 * The fast lane: an operation that was parsed and validated before is answered without the framework's per-request
 * pipeline, which costs more than the query. Everything else is the pipeline's.
 */
export interface Lane {
  /** Remembers a document that has passed validation for this schema. */
  learn(schema: GraphQLSchema, document: DocumentNode): void
  /** True when the request has been answered. */
  answer(req: LaneRequest, res: ServerResponse, schema: GraphQLSchema, context: RequestContext): Promise<boolean>
}

/** A request whose body, if it has one, was read already. */
export type LaneRequest = IncomingMessage & { readonly body?: unknown }

export interface LaneOptions {
  readonly executor: Executor
  readonly documents: Documents
  /** What resolvers are given. */
  readonly contextOf: (context: RequestContext) => ResolverContext
  readonly tell: TellError
}

export function createLane({ executor, documents, contextOf, tell }: LaneOptions): Lane {
  const valid = new WeakMap<GraphQLSchema, WeakSet<DocumentNode>>()

  return {
    learn(schema, document) {
      const known = valid.get(schema) ?? new WeakSet<DocumentNode>()
      valid.set(schema, known.add(document))
    },
    async answer(req, res, schema, context) {
      const params = acceptsJson(req) ? paramsOf(req) : undefined
      const document = params && documents.get(params.query)
      if (!params || !document || !valid.get(schema)?.has(document)) return false
      const { operationName, variables } = params
      const operation = { schema, document, operationName, variables }

      const signal = departureOf(res)
      const stream = (size: number, first: Buffer, flow: Parameters<typeof respondInPieces>[3]) =>
        respondInPieces(res, size, first, flow)
      const body = await executor.executeWhole(operation, context, { signal, stream })
      if (body && res.headersSent) finish(res, body)
      else if (body) respond(res, 200, body)
      else {
        const { errors, ...result } = await executor.executeMixed(operation, contextOf(context), signal)
        respond(res, 200, jsonBody({ ...(errors && { errors: errors.map(tell) }), ...result }))
      }
      return true
    },
  }
}

/** A client that was promised more bytes than there are sees that something went wrong. */
function finish(res: ServerResponse, body: Body): void {
  if (body === streamedEnd) res.end(Buffer.concat(body))
  else res.destroy()
}

/** Media types are negotiated by the pipeline, unless plain JSON is all that is asked for. */
function acceptsJson({ method, headers }: IncomingMessage): boolean {
  const { accept, 'content-type': type } = headers
  const plain = accept === undefined || accept === '*/*' || accept === 'application/json'
  return method === 'POST' && plain && (type === 'application/json' || type === 'application/json; charset=utf-8')
}

interface Params {
  readonly query: string
  readonly operationName: string | undefined
  readonly variables: Readonly<Record<string, unknown>>
}

/** Undefined for whatever the pipeline should look at itself. */
function paramsOf({ body }: LaneRequest): Params | undefined {
  const params = Buffer.isBuffer(body) ? parse(body) : undefined
  if (typeof params !== 'object' || params === null) return undefined
  const { query, operationName = null, variables = null, extensions } = params as Record<string, unknown>
  const named = operationName === null || typeof operationName === 'string'
  const filled = variables === null || (typeof variables === 'object' && !Array.isArray(variables))
  if (typeof query !== 'string' || !named || !filled || extensions) return undefined
  return { query, operationName: operationName ?? undefined, variables: { ...variables } }
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString())
  } catch {
    return undefined
  }
}
