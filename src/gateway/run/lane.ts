import type { IncomingMessage, ServerResponse } from 'node:http'
import { type DocumentNode, type GraphQLSchema, getOperationAST, Kind, OperationTypeNode } from 'graphql'
import { type Bytes, departureOf, endWith, type Flow } from '#database'
import type { RequestContext, ResolverContext } from '../context.ts'
import type { FindDocument } from '../requests/index.ts'
import { jsonBody, streamedEnd } from './body.ts'
import type { Documents } from './documents.ts'
import type { Executor, Operation } from './execute.ts'
import { type MediaType, mediaTypeFor } from './media-type.ts'
import { type LaneRequest, readParams } from './read-params.ts'
import { cacheControl, respond, respondCacheably, respondInPieces } from './respond.ts'
import type { Delivery } from './run-prepared.ts'
import type { TellError } from './tell-error.ts'

/**
 * The fast lane: it answers an operation without Yoga's pipeline for each request, which costs more than the query itself.
 * Whatever is no operation that can run is left to the pipeline, which says what is wrong.
 */
export interface Lane {
  /** True when the request has been answered. */
  answer(req: LaneRequest, res: ServerResponse, schema: GraphQLSchema, context: RequestContext): Promise<boolean>
}

export interface LaneOptions {
  readonly executor: Executor
  readonly documents: Documents
  readonly findDocument: FindDocument
  /** Parses and validates a document as the pipeline does; undefined where it refuses it. */
  readonly admit: (schema: GraphQLSchema, text: string) => DocumentNode | undefined
  /** What resolvers are given. */
  readonly contextOf: (context: RequestContext) => ResolverContext
  readonly tell: TellError
  /** Seconds that caches may keep what an anonymous GET was answered. */
  readonly cacheMaxAge: number
}

export function createLane(options: LaneOptions): Lane {
  const { executor, documents, findDocument, admit, contextOf, tell, cacheMaxAge } = options
  const valid = new WeakMap<GraphQLSchema, WeakSet<DocumentNode>>()

  return {
    async answer(req, res, schema, context) {
      const type = mediaTypeFor(req.headers.accept)
      const params = type && readParams(req)
      const text = params && findDocument(params)
      const document = typeof text === 'string' ? validDocument(schema, text) : undefined
      if (!type || !params || !document) return false
      const { operationName, variables } = params
      const kind = getOperationAST(document, operationName)?.operation
      if (kind === undefined || (req.method === 'GET' && kind !== OperationTypeNode.QUERY)) return false

      const operation = { schema, document, operationName, variables }
      const signal = departureOf(res)
      if (req.method === 'GET') return await answerGet(req, res, operation, context, { type, signal })
      const stream = (size: number, first: string, flow: Flow) => respondInPieces(res, type, size, first, flow)
      const body = await executor.executeWhole(operation, context, { signal, stream })
      if (body && res.headersSent) finish(res, body)
      else if (body) respond(res, type, body)
      else {
        const { errors, ...result } = await executor.executeMixed(operation, contextOf(context), signal)
        const told = { ...(errors && { errors: errors.map(tell) }), ...result }
        respond(res, type, jsonBody(told), 'data' in told)
      }
      return true
    },
  }

  function validDocument(schema: GraphQLSchema, text: string): DocumentNode | undefined {
    const known = documents.get(text)
    const isValid = known && valid.get(schema)?.has(known)
    const document = isValid ? known : admit(schema, text)
    if (!document || document.definitions.some(isSubscription)) return undefined
    documents.keep(document)
    if (isValid) return document
    const ofSchema = valid.get(schema) ?? new WeakSet<DocumentNode>()
    valid.set(schema, ofSchema.add(document))
    return document
  }

  /** Queries of tables alone can be cached; what else is asked in a URL goes through the pipeline. */
  async function answerGet(
    req: IncomingMessage,
    res: ServerResponse,
    operation: Operation,
    context: RequestContext,
    { type, signal }: Pick<Delivery, 'signal'> & { readonly type: MediaType },
  ) {
    let maxAge = isAnonymous(context) ? cacheMaxAge : undefined
    const mayWrite = () => {
      maxAge = undefined
    }
    const stream = (size: number, first: string, flow: Flow) => {
      // Of an answer that nobody holds, nobody can tell what it is called.
      for (const [name, value] of Object.entries(cacheControl(maxAge))) res.setHeader(name, value)
      return respondInPieces(res, type, size, first, flow)
    }
    const body = await executor.executeWhole(operation, context, { signal, stream, mayWrite })
    if (body && res.headersSent) finish(res, body)
    else if (body) respondCacheably(req, res, type, body, maxAge)
    return body !== undefined
  }
}

function isSubscription(definition: DocumentNode['definitions'][number]): boolean {
  return definition.kind === Kind.OPERATION_DEFINITION && definition.operation === OperationTypeNode.SUBSCRIPTION
}

/** Whether the caller is nobody in particular, so that all such callers get the same answer: policies see claims. */
function isAnonymous({ caller }: RequestContext): boolean {
  return caller.role === 'anon' && caller.claims.sub === undefined
}

/** Ends an answer that was streamed. After an error the connection is cut, so that the client sees that it is not whole. */
function finish(res: ServerResponse, body: Bytes): void {
  if (body === streamedEnd) endWith(res, body)
  else res.destroy()
}
