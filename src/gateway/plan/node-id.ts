import { parseJsonKeepingNumbers } from './keep-numbers.ts'

/** A row's identity across tables: base64 of `["schema", "table", key…]`, as pg_graphql makes it. */
export interface NodeId {
  readonly schema: string
  readonly table: string
  readonly key: readonly string[]
}

/** Undefined for whatever is not a `nodeId`. */
export function decodeNodeId(id: unknown): NodeId | undefined {
  const parsed = parseJsonKeepingNumbers(Buffer.from(String(id), 'base64').toString())
  if (!Array.isArray(parsed) || !parsed.every((part) => typeof part === 'string')) return undefined
  const [schema, table, ...key] = parsed
  return schema !== undefined && table !== undefined ? { schema, table, key } : undefined
}

/** The texts that a cursor holds, one a term of its order; undefined for whatever is not a cursor. */
export function decodeCursor(cursor: unknown): readonly (string | null)[] | undefined {
  const parsed = parseJsonKeepingNumbers(Buffer.from(String(cursor), 'base64').toString())
  const isCursor = Array.isArray(parsed) && parsed.every((part) => part === null || typeof part === 'string')
  return isCursor ? parsed : undefined
}
