import type { ValueNode } from 'graphql'
import { decodeNodeId } from './node-id.ts'

/** A leaf of the input: known when planning, or read from the variables of each request. */
export type Value =
  /** `node` where the document itself holds it. */
  | { readonly kind: 'constant'; readonly value: unknown; readonly node?: ValueNode }
  | {
      readonly kind: 'variable'
      readonly path: readonly (string | number)[]
      /** It stands for a list: one value is a list of one. */
      readonly list?: true
    }
  | { readonly kind: 'list'; readonly items: readonly Value[] }
  /** One column of the key that a `nodeId` holds. */
  | { readonly kind: 'key'; readonly of: Value; readonly index: number }

export type Variables = Readonly<Record<string, unknown>>

/** The value itself, for one request. */
export function readValue(value: Value, variables: Variables): unknown {
  switch (value.kind) {
    case 'constant':
      return value.value
    case 'variable': {
      const found = readPath(value.path, variables)
      return value.list && !Array.isArray(found) && found !== null && found !== undefined ? [found] : found
    }
    case 'list':
      return value.items.map((item) => readValue(item, variables))
    case 'key':
      return decodeNodeId(readValue(value.of, variables))?.key[value.index]
  }
}

export function readPath(path: readonly (string | number)[], variables: Variables): unknown {
  return path.reduce<unknown>(
    (at, key) => (at as Record<string | number, unknown> | null | undefined)?.[key],
    variables,
  )
}
