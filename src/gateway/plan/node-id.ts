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

/** A row's place in an order: base64 of `[value…]`, as pg_graphql makes it, or of `[value…, ["desc"…]]`. */
export interface CursorParts {
  /** Texts, one a term of the order. */
  readonly values: readonly (string | null)[]
  /** Which columns of the key descended where they decided between rows that agreed in all else; none where all ascended. */
  readonly descending: readonly boolean[]
}

/** Undefined for whatever is not a cursor. */
export function decodeCursor(cursor: unknown): CursorParts | undefined {
  const parsed = parseJsonKeepingNumbers(Buffer.from(String(cursor), 'base64').toString())
  if (!Array.isArray(parsed)) return undefined
  const last: unknown = parsed.at(-1)
  const [values, ways] = Array.isArray(last) ? [parsed.slice(0, -1), last] : [parsed, []]
  const isCursor =
    values.every((value) => value === null || typeof value === 'string') &&
    ways.every((way) => way === 'asc' || way === 'desc')
  return isCursor ? { values, descending: ways.map((way) => way === 'desc') } : undefined
}
