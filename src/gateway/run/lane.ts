import type { IncomingMessage, ServerResponse } from 'node:http'
import type { DocumentNode, GraphQLSchema } from 'graphql'
import type { RequestContext } from '../context.ts'
import type { Documents } from './documents.ts'
import type { Executor } from './execute.ts'

/**
 * The fast lane: an operation that was parsed and validated before, and that is all tables, is answered without the
 * framework's per-request pipeline, which costs more than the query. Everything else is the pipeline's.
 */
export interface Lane {
  /** Remembers a document that has passed validation for this schema. */
  learn(schema: GraphQLSchema, document: DocumentNode): void
  /** True when the request has been answered. */
  answer(req: LaneRequest, res: ServerResponse, schema: GraphQLSchema, context: RequestContext): Promise<boolean>
}

/** A request whose body, if it has one, was read already. */
export type LaneRequest = IncomingMessage & { readonly body?: unknown }

export function createLane({ executeWhole }: Executor, documents: Documents): Lane {
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
      const text = await executeWhole({ schema, document, operationName, variables }, context)
      if (text === undefined) return false
      const body = Buffer.from(text)
      res.writeHead(200, { 'content-type': 'application/json; charset=utf-8', 'content-length': body.length })
      res.end(body)
      return true
    },
  }
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
