import type { PathCondition } from './operation.ts'
import type { Value } from './values.ts'

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

/** SQL/JSON paths, and what each finds something in: lax, so that a lone value is an array of one. */
export const jsonPaths: Readonly<Record<string, (document: Json) => boolean>> = {
  '$.a': (document) => isObject(document) && 'a' in document,
  '$.b[*] ? (@ == 2)': (document) => isObject(document) && 'b' in document && listOf(document.b).includes(2),
  '$[*] ? (@ == "x")': (document) => listOf(document).includes('x'),
  '$.b.c ? (@ > 2)': (document) => isObject(document) && isObject(document.b) && Number(document.b.c) > 2,
}

/** What a condition on a whole document says, which is there. */
export function comparesJson(text: string, operator: string, right: string | readonly string[]): boolean {
  const document = JSON.parse(text) as Json
  const keys = [right].flat()
  switch (operator) {
    case 'eq':
      return text === right
    case 'neq':
      return text !== right
    case 'contains':
      return contains(document, JSON.parse(String(right)) as Json)
    case 'containedBy':
      return contains(JSON.parse(String(right)) as Json, document)
    case 'hasKey':
      return hasKey(document, String(right))
    case 'hasAllKeys':
      return keys.every((key) => hasKey(document, key))
    case 'hasAnyKey':
      return keys.some((key) => hasKey(document, key))
    case 'matches':
      return jsonPaths[String(right)]?.(document) ?? false
    default:
      throw new Error(`unknown operator ${operator}`)
  }
}

/** What a condition on a part of a document says: null where nobody knows, since nothing is there. */
export function holdsAt({ at, operator, value }: PathCondition, text: Value): boolean | null {
  let part = text === null ? undefined : (JSON.parse(String(text)) as Json | undefined)
  for (const key of at) part = isObject(part) ? part[key] : isList(part) ? part[Number(key)] : undefined
  if (operator === 'is') return (part === undefined || part === null) === (value === 'NULL')
  if (part === undefined) return null
  switch (operator) {
    case 'eq':
      return part === value
    case 'neq':
      return part !== value
    case 'in':
      return (value as readonly Json[]).includes(part)
    case 'startsWith':
      return part === null ? null : (typeof part === 'string' ? part : JSON.stringify(part)).startsWith(String(value))
    default:
      return typeof part === typeof value && ordered(part as string, operator, value as string)
  }
}

function ordered(one: string | number, operator: string, other: string | number): boolean {
  switch (operator) {
    case 'gt':
      return one > other
    case 'gte':
      return one >= other
    case 'lt':
      return one < other
    default:
      return one <= other
  }
}

/** All of `part` is in `whole`, whatever else is. */
function contains(whole: Json, part: Json): boolean {
  if (isList(whole) && !isList(part)) return !isObject(part) && whole.includes(part)
  return containsWithin(whole, part)
}

function containsWithin(whole: Json | undefined, part: Json): boolean {
  if (isList(part)) return isList(whole) && part.every((one) => whole.some((other) => containsWithin(other, one)))
  if (!isObject(part)) return whole === part
  return isObject(whole) && Object.entries(part).every(([key, one]) => containsWithin(whole[key], one))
}

function hasKey(document: Json, key: string): boolean {
  if (isObject(document)) return key in document
  return listOf(document).includes(key)
}

function listOf(json: Json | undefined): readonly Json[] {
  return isList(json) ? json : json === undefined ? [] : [json]
}

function isList(json: Json | undefined): json is readonly Json[] {
  return Array.isArray(json)
}

function isObject(json: Json | undefined): json is { readonly [key: string]: Json } {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
}
