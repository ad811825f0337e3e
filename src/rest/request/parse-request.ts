import { badMethod, badPath, badRpcMethod, unknownSchema } from '../errors/index.ts'
import { json, readAccept, readMediaType } from './media-type.ts'
import { readPayload } from './payload.ts'
import { readPreferences } from './preferences.ts'
import { readQuery } from './query.ts'
import { readRange } from './range.ts'
import type { Action, RestRequest } from './request.ts'

export interface RawRequest {
  readonly method: string
  /** Below the mount: `/todos`, `/rpc/add`. */
  readonly path: string
  /** The query string, without its `?`. */
  readonly search: string
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface ParseSettings {
  /** The exposed schemas, the default one first. */
  readonly schemas: readonly string[]
  readonly mayEndTransaction: boolean
}

/** Reads all of a request but its body. @throws RestError */
export function readHead(raw: RawRequest, settings: ParseSettings): RestRequest {
  const header = (name: string) => raw.headers[name]
  const target = readTarget(raw.path)
  const action = actionOf(target?.kind, raw.method)
  const { schema, profiled } = readSchema(raw.method, header, settings.schemas)
  const query = readQuery(raw.search, action === 'call' && raw.method !== 'POST')
  const root = query.ranges.find(({ path }) => path.length === 0)?.of
  return {
    action,
    method: raw.method,
    ...(target && { target }),
    schema,
    profiled,
    headOnly: raw.method === 'HEAD',
    query,
    range: readRange(raw.method, root, header('range')?.replace(/^items=/, '')),
    preferences: readPreferences(header('prefer'), settings.mayEndTransaction),
    accepts: readAccept(header('accept')),
    contentType: header('content-type') === undefined ? json : readMediaType(header('content-type') ?? ''),
  }
}

/** A request with what its body says. @throws RestError PGRST102 */
export function withBody(request: RestRequest, body: string): RestRequest {
  const { action, method, query, contentType } = request
  if (action === 'call' && method !== 'POST') return request
  // A function's arguments in a form are like those in a query string: there may be several of a name.
  if (action === 'call' && contentType.kind === 'form') {
    return { ...request, query: { ...query, parameters: [...new URLSearchParams(body)] } }
  }
  const payload = readPayload(body, contentType, action, query.columns)
  return payload ? { ...request, payload } : request
}

function readTarget(path: string): RestRequest['target'] {
  const parts = path.split('/').slice(1)
  if (parts.at(-1) === '') parts.pop()
  const [first, second] = parts.map(decode)
  if (parts.length === 0) return undefined
  if (parts.length === 1 && first !== undefined) return { kind: 'table', name: first }
  if (parts.length === 2 && first === 'rpc' && second !== undefined) return { kind: 'function', name: second }
  throw badPath()
}

function decode(part: string): string {
  try {
    const text = decodeURIComponent(part)
    if (!text.includes('\0')) return text
  } catch {}
  throw badPath()
}

const ofTable: Readonly<Record<string, Action>> = {
  GET: 'read',
  HEAD: 'read',
  POST: 'insert',
  PUT: 'upsert',
  PATCH: 'update',
  DELETE: 'delete',
  OPTIONS: 'options',
}
const ofFunction: Readonly<Record<string, Action>> = { GET: 'call', HEAD: 'call', POST: 'call', OPTIONS: 'options' }
const ofRoot: Readonly<Record<string, Action>> = { GET: 'describe', HEAD: 'describe', OPTIONS: 'options' }

function actionOf(kind: 'table' | 'function' | undefined, method: string): Action {
  const actions = kind === 'table' ? ofTable : kind === 'function' ? ofFunction : ofRoot
  const action = Object.hasOwn(actions, method) ? actions[method] : undefined
  if (action) return action
  throw kind === 'function' ? badRpcMethod(method) : badMethod(method)
}

function readSchema(
  method: string,
  header: (name: string) => string | undefined,
  schemas: readonly string[],
): { readonly schema: string; readonly profiled: boolean } {
  const writes = ['POST', 'PATCH', 'PUT', 'DELETE'].includes(method)
  const asked = header(writes ? 'content-profile' : 'accept-profile')
  if (asked === undefined) return { schema: schemas[0] ?? 'public', profiled: schemas.length !== 1 }
  if (!schemas.includes(asked)) throw unknownSchema(asked, schemas)
  return { schema: asked, profiled: true }
}
