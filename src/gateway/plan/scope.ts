import type { FragmentDefinitionNode, GraphQLSchema } from 'graphql'
import type { Value, Variables } from './value.ts'
import { readValue } from './value.ts'

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
