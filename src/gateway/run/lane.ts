import type { IncomingMessage, ServerResponse } from 'node:http'
import { type DocumentNode, type GraphQLSchema, getOperationAST, OperationTypeNode } from 'graphql'
import { type Bytes, departureOf, endWith, type Flow } from '#database'
import type { RequestContext, ResolverContext } from '../context.ts'
import type { DocumentRequest, FindDocument } from '../requests/index.ts'
import { jsonBody, streamedEnd } from './body.ts'
import type { Documents } from './documents.ts'
import type { Executor, Operation } from './execute.ts'
import { respond, respondCacheably, respondInPieces } from './respond.ts'
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
  readonly findDocument: FindDocument
  /** What resolvers are given. */
  readonly contextOf: (context: RequestContext) => ResolverContext
  readonly tell: TellError
  /** Seconds that caches may keep what an anonymous GET was answered. */
  readonly cacheMaxAge: number
}

export function createLane(options: LaneOptions): Lane {
  const { executor, documents, findDocument, contextOf, tell, cacheMaxAge } = options
  const valid = new WeakMap<GraphQLSchema, WeakSet<DocumentNode>>()

  return {
    learn(schema, document) {
      const known = valid.get(schema) ?? new WeakSet<DocumentNode>()
      valid.set(schema, known.add(document))
    },
    async answer(req, res, schema, context) {
      const params = acceptsJson(req) ? paramsOf(req) : undefined
      const text = params && findDocument(params)
      const document = typeof text === 'string' ? documents.get(text) : undefined
      if (!params || !document || !valid.get(schema)?.has(document)) return false
      const { operationName, variables } = params
      const operation = { schema, document, operationName, variables }
      if (req.method === 'GET') return await answerGet(req, res, operation, context)

      const signal = departureOf(res)
      const stream = (size: number, first: string, flow: Flow) => respondInPieces(res, size, first, flow)
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

  /** Queries of tables alone can be cached; what else is asked in a URL goes through the pipeline. */
  async function answerGet(req: IncomingMessage, res: ServerResponse, operation: Operation, context: RequestContext) {
    const { document, operationName } = operation
    if (getOperationAST(document, operationName)?.operation !== OperationTypeNode.QUERY) return false
    const body = await executor.executeWhole(operation, context, { signal: departureOf(res) })
    if (body) respondCacheably(req, res, body, isAnonymous(context) ? cacheMaxAge : undefined)
    return body !== undefined
  }
}

/** Policies see claims: two callers without a name of their own are answered alike. */
function isAnonymous({ caller }: RequestContext): boolean {
  return caller.role === 'anon' && caller.claims.sub === undefined
}

/** A client that was promised more bytes than there are sees that something went wrong. */
function finish(res: ServerResponse, body: Bytes): void {
  if (body === streamedEnd) endWith(res, body)
  else res.destroy()
}

/** Media types are negotiated by the pipeline, unless plain JSON is all that is asked for. */
function acceptsJson({ method, headers }: IncomingMessage): boolean {
  const { accept, 'content-type': type } = headers
  const plain = accept === undefined || accept === '*/*' || accept === 'application/json'
  const json = type === 'application/json' || type === 'application/json; charset=utf-8'
  return plain && (method === 'GET' || (method === 'POST' && json))
}

interface Params extends DocumentRequest {
  readonly operationName: string | undefined
  readonly variables: Readonly<Record<string, unknown>>
}

/** Undefined for whatever the pipeline should look at itself. */
function paramsOf({ method, url, body }: LaneRequest): Params | undefined {
  const params = method === 'GET' ? parseQuery(url ?? '') : Buffer.isBuffer(body) ? parse(body.toString()) : undefined
  if (typeof params !== 'object' || params === null) return undefined
  const { operationName = null, variables = null, ...request } = params as Record<string, unknown>
  const named = operationName === null || typeof operationName === 'string'
  const filled = variables === null || (typeof variables === 'object' && !Array.isArray(variables))
  if (!named || !filled) return undefined
  return { ...request, operationName: operationName ?? undefined, variables: (variables ?? {}) as Params['variables'] }
}

function parseQuery(url: string): unknown {
  const start = url.indexOf('?')
  if (start < 0) return undefined
  const { variables, extensions, ...rest } = Object.fromEntries(new URLSearchParams(url.slice(start + 1)))
  return {
    ...rest,
    ...(variables && { variables: parse(variables) ?? false }),
    ...(extensions && { extensions: parse(extensions) }),
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
