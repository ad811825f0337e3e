import type { FragmentDefinitionNode, GraphQLSchema } from 'graphql'
import { decodeCursor } from './node-id.ts'
import { readPath, readValue, type Value, type Variables } from './value.ts'

/** What planning one operation may look at. */
export interface Scope {
  readonly schema: GraphQLSchema
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>
  /** Coerced by graphql-js. */
  readonly variables: Variables
  /**
   * Paths of the variables whose very values shaped the plan (an order, a limit, a `@skip`): the plan serves only
   * requests that agree on them. All other values are parameters of the statement.
   */
  readonly shapedBy: Map<string, readonly (string | number)[]>
  /** Set when a field that only code can answer was met. */
  mixed: boolean
  /** Of all filters so far. */
  conditions: number
}

/** A value that decides what the plan looks like. */
export function peek(value: Value, scope: Scope): unknown {
  if (value.kind === 'variable') scope.shapedBy.set(value.path.join('.'), value.path)
  if (value.kind === 'list') return value.items.map((item) => peek(item, scope))
  return readValue(value, scope.variables)
}

/** The last step of a path that asks how many columns a cursor holds: its values are parameters, its size is shape. */
const cursorSize = '#columns'

/** Zero for what is no cursor. */
export function peekCursorSize(value: Value, scope: Scope): number {
  if (value.kind === 'variable') scope.shapedBy.set([...value.path, cursorSize].join('.'), [...value.path, cursorSize])
  return sizeOf(readValue(value, scope.variables))
}

function sizeOf(cursor: unknown): number {
  return decodeCursor(cursor)?.length ?? 0
}

/** What a path of `shapedBy` leads to. */
export function readShape(path: readonly (string | number)[], variables: Variables): unknown {
  return path.at(-1) === cursorSize ? sizeOf(readPath(path.slice(0, -1), variables)) : readPath(path, variables)
}
