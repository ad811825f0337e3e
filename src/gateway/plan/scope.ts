import type { FragmentDefinitionNode, GraphQLSchema } from 'graphql'
import { decodeCursor, decodeNodeId } from './node-id.ts'
import { likenessOf } from './representations.ts'
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
  /** Cleared when a function was met that may change something. */
  reads: boolean
  /** Of all filters so far. */
  conditions: number
  /** Rows that one page may be asked to have. */
  readonly maxPageSize: number
}

/** A value that decides what the plan looks like. */
export function peek(value: Value, scope: Scope): unknown {
  if (value.kind === 'variable') scope.shapedBy.set(value.path.join('.'), value.path)
  if (value.kind === 'list') return value.items.map((item) => peek(item, scope))
  return readValue(value, scope.variables)
}

/** What a plan may look at of a value whose rest is a parameter; the last step of a path asks for it. */
const traits = {
  /** Which of a cursor's values are null, none for what is no cursor; and how it decides between rows that agree. */
  '#cursor': (cursor: unknown) => {
    const { values = [], descending = [] } = decodeCursor(cursor) ?? {}
    return { nulls: values.map((value) => value === null), descending }
  },
  /** The table that a `nodeId` names, and how many columns its key has. */
  '#table': (id: unknown) => {
    const { schema, table, key } = decodeNodeId(id) ?? {}
    return schema === undefined ? undefined : { schema, table, columns: key?.length }
  },
  '#sign': (number: unknown) => Math.sign(Number(number)),
  '#representations': likenessOf,
} as const

type Trait = keyof typeof traits

/** A trait of a value, which then shapes the plan. */
export function peekTrait<T extends Trait>(trait: T, value: Value, scope: Scope): ReturnType<(typeof traits)[T]> {
  for (const { path } of variablesIn(value)) scope.shapedBy.set([...path, trait].join('.'), [...path, trait])
  return traits[trait](readValue(value, scope.variables)) as ReturnType<(typeof traits)[T]>
}

function variablesIn(value: Value): (Value & { kind: 'variable' })[] {
  if (value.kind === 'list') return value.items.flatMap(variablesIn)
  return value.kind === 'variable' ? [value] : []
}

/** What a path of `shapedBy` leads to. */
export function readShape(path: readonly (string | number)[], variables: Variables): unknown {
  const trait = traits[path.at(-1) as Trait] as ((value: unknown) => unknown) | undefined
  return trait ? trait(readPath(path.slice(0, -1), variables)) : readPath(path, variables)
}
