import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { badQuery } from '../errors/index.ts'
import { canonicalPieces, canonicalText, cutValues, hole } from './cut-values.ts'
import { type ParseSettings, type RawRequest, readHead, withBody } from './parse-request.ts'
import type { Payload } from './payload.ts'
import type { RestRequest } from './request.ts'

/** A request as it was read, but for its body and the values that were cut out of it. */
interface Known {
  readonly request: RestRequest
  /** Where among the request's values each of those belongs. */
  readonly places: readonly number[]
  readonly canonical: readonly (string | number)[]
  readonly shape: string
  /** What the last body was like; the next one is mostly alike. */
  last?: { readonly payload: Form; readonly shape: string }
}

/** What of a body is part of a request's shape. */
type Form = Pick<Payload, 'shape' | 'keys'>

export interface ReadRequest {
  readonly request: RestRequest
  /** Everything that the request's plan depends on: requests of one shape differ in values alone. */
  readonly shape: string
}

/** Characters of requests that are kept; one that was read weighs some times as much as its text. */
const maxSize = 8_000_000

/** Characters of a body's keys that are remembered with its request: those of large tables, and no whole body of them. */
const longest = 1000

/**
 * Reads what requests want; whether it can be had, the plan finds out. One that differs from an earlier one only in the
 * values of plain filters (`id=eq.5`), or in its body, is not read again: its values take the places of the earlier ones.
 */
export function createReader(settings: ParseSettings): (raw: RawRequest) => ReadRequest {
  const known = new LRUCache<string, Known>({ maxSize, sizeCalculation: (_known, key) => 1000 + 8 * key.length })

  /** @throws RestError */
  return function read(raw) {
    // A statement is a text that ends at the first NUL.
    if (raw.search.includes('%00') || raw.search.includes('\0')) {
      throw badQuery('"failed to parse query string" (line 1, column 1)', 'unexpected NUL')
    }
    const { template, values } = cutValues(raw.search)
    const key = keyOf(raw, template)
    let head = known.get(key)
    if (!head) {
      head = headOf({ ...raw, search: template }, values.length)
      known.set(key, head)
    }
    const request = withBody(filled(head, values), raw.body)
    return { request, shape: shapeOf(request, head) }
  }

  function headOf(raw: RawRequest, holes: number): Known {
    const request = readHead(raw, settings)
    const { values, parameters, canonical, ...query } = request.query
    const pieces = canonicalPieces(raw.search)
    return {
      request: { ...request, query: { ...request.query, canonical: canonicalText(pieces, []) } },
      places: Array.from({ length: holes }, (_, n) => values.indexOf(hole(n))),
      canonical: pieces,
      // Looked up with every request: a short name costs less to find than what it stands for.
      shape: createHash('sha256')
        .update(JSON.stringify({ ...request, query }))
        .digest('base64'),
    }
  }
}

/** What a request's meaning depends on besides the values and its body. */
function keyOf({ method, path, headers }: RawRequest, template: string): string {
  const { accept = '', prefer = '', range = '', 'content-type': type = '' } = headers
  const { 'accept-profile': read = '', 'content-profile': written = '' } = headers
  return `${method} ${path}?${template}\n${accept}\n${prefer}\n${range}\n${read}\n${written}\n${type}`
}

function filled({ request, places, canonical }: Known, given: readonly string[]): RestRequest {
  if (given.length === 0) return request
  const values = [...request.query.values]
  for (let n = 0; n < given.length; n++) values[places[n] ?? -1] = given[n] ?? ''
  return { ...request, query: { ...request.query, values, canonical: canonicalText(canonical, given) } }
}

function shapeOf(request: RestRequest, head: Known): string {
  const { payload, query } = request
  const isOfHead = payload !== undefined && query.parameters === head.request.query.parameters
  if (isOfHead && head.last && isAlike(payload, head.last.payload)) return head.last.shape
  const own = ownShape(request)
  const shape = `${head.shape}\n${own}`
  if (isOfHead && own.length <= longest)
    head.last = { payload: { shape: payload.shape, keys: copied(payload.keys) }, shape }
  return shape
}

/** Without the body that they may be parts of. */
const copied = (keys: readonly string[]) => JSON.parse(JSON.stringify(keys)) as string[]

function isAlike({ shape, keys }: Form, other: Form): boolean {
  return shape === other.shape && keys.length === other.keys.length && keys.every((key, i) => key === other.keys[i])
}

/** What the body adds: the keys that it sets, and the names of a call's arguments. */
function ownShape({ payload, query }: RestRequest): string {
  const names = query.parameters.length === 0 ? '' : JSON.stringify(query.parameters.map(([name]) => name))
  return payload ? `${names}${payload.shape} ${JSON.stringify(payload.keys)}` : names
}
