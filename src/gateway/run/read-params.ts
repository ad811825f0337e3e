import type { IncomingMessage } from 'node:http'
import type { DocumentRequest } from '../requests/index.ts'

/** A request whose body, if it has one, was read by the HTTP door. */
export type LaneRequest = IncomingMessage & { body?: unknown }

export interface Params extends DocumentRequest {
  readonly operationName: string | undefined
  readonly variables: Readonly<Record<string, unknown>>
}

/** What the request asks; undefined for whatever the pipeline should look at itself. */
export function readParams({ method, url, body, headers }: LaneRequest): Params | undefined {
  if (method === 'GET') return paramsOf(parseQuery(url ?? ''))
  if (method !== 'POST' || !isJson(headers['content-type'])) return undefined
  return Buffer.isBuffer(body) ? paramsOf(parse(body.toString())) : undefined
}

function paramsOf(given: unknown): Params | undefined {
  if (!isObject(given)) return undefined
  const { query, documentId, extensions, operationName = null, variables = null, ...others } = given
  for (const _ in others) return undefined
  const named = operationName === null || typeof operationName === 'string'
  const filled = variables === null || isObject(variables)
  const extended = extensions === undefined || extensions === null || isObject(extensions)
  if (!named || !filled || !extended) return undefined
  return { query, documentId, extensions, operationName: operationName ?? undefined, variables: variables ?? {} }
}

function parseQuery(url: string): unknown {
  const start = url.indexOf('?')
  if (start < 0) return undefined
  const given = Object.fromEntries(new URLSearchParams(url.slice(start + 1)))
  // Who asks, the door has found out.
  const { variables, extensions, apikey: _, ...rest } = given
  return {
    ...rest,
    ...(variables && { variables: parse(variables) ?? false }),
    ...(extensions && { extensions: parse(extensions) ?? false }),
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isJson(type: string | undefined): boolean {
  return type === 'application/json' || /^application\/json *; *charset=utf-8$/i.test(type ?? '')
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
