import { badBody } from '../errors/index.ts'
import { readCsv } from './csv.ts'
import { readFlatObject } from './flat-object.ts'
import type { MediaType } from './media-type.ts'
import type { Action } from './request.ts'

/** The body, as far as it has to be known before Postgres reads it. */
export interface Payload {
  /** JSON as it came (numbers keep their digits), or the raw body for a function's one argument. */
  readonly text: string
  /** `flat`: an object of scalars, whose texts are known. */
  readonly shape: 'flat' | 'object' | 'array' | 'raw'
  /** The keys that every object has. */
  readonly keys: readonly string[]
  /** Of a flat object: its values, in the order of the keys. */
  readonly texts?: readonly (string | null)[]
  /** Of an array. */
  readonly empty: boolean
}

const nothing: Payload = { text: '[]', shape: 'array', keys: [], empty: true }

/** @throws RestError PGRST102 */
export function readPayload(
  body: string,
  contentType: MediaType,
  action: Action,
  columns: readonly string[] | undefined,
): Payload | undefined {
  if (action !== 'insert' && action !== 'update' && action !== 'upsert' && action !== 'call') return undefined
  switch (contentType.kind) {
    case 'json':
      if (columns && action !== 'upsert') return unread(body, columns)
      return (
        (action === 'insert' || action === 'update' ? readFlat(body) : undefined) ?? readJson(body, action === 'call')
      )
    case 'csv':
      return readJson(JSON.stringify(readCsv(body)), false)
    case 'form':
      return readJson(JSON.stringify(Object.fromEntries(new URLSearchParams(body))), false)
    case 'text':
    case 'xml':
    case 'binary':
      if (action === 'call') return { text: body, shape: 'raw', keys: [], empty: false }
  }
  throw badBody(`Content-Type not acceptable: ${contentType.text}`)
}

/** Where the client names the columns, Postgres alone reads the body. */
function unread(body: string, columns: readonly string[]): Payload {
  return { text: body, shape: /^\s*\[/.test(body) ? 'array' : 'object', keys: columns, empty: false }
}

function readFlat(body: string): Payload | undefined {
  const object = readFlatObject(body)
  return object && { text: body, shape: 'flat', keys: object.keys, texts: object.texts, empty: false }
}

function readJson(body: string, mayBeMissing: boolean): Payload {
  if (body === '' && mayBeMissing) return { text: '{}', shape: 'object', keys: [], empty: false }
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    throw badBody('Empty or invalid json')
  }
  if (Array.isArray(value)) {
    const [first] = value as unknown[]
    if (value.length === 0) return nothing
    if (!isObject(first)) throw badBody('All object keys must match')
    const keys = Object.keys(first)
    const alike = (value as unknown[]).every(
      (item) =>
        isObject(item) && Object.keys(item).length === keys.length && keys.every((key) => Object.hasOwn(item, key)),
    )
    if (!alike) throw badBody('All object keys must match')
    return { text: body, shape: 'array', keys: keys.toSorted(), empty: false }
  }
  return isObject(value) ? { text: body, shape: 'object', keys: Object.keys(value).toSorted(), empty: false } : nothing
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
