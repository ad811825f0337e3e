import { type DocumentNode, GraphQLError, type GraphQLSchema } from 'graphql'
import { LRUCache } from 'lru-cache'
import type { GraphqlConfig } from '#config'
import type { Table } from '#database'
import {
  codeDocument,
  costOf,
  type OperationPlan,
  planOperation,
  readShape,
  tablesRead,
  type Variables,
} from '../plan/index.ts'
import { type CompiledOperation, compileOperation } from '../query/index.ts'
import { perOperation } from './per-operation.ts'

/** An operation ready to run, for all requests whose variables have one shape. */
export interface PreparedOperation extends CompiledOperation {
  readonly kind: OperationPlan['kind']
  /** The response keys that only the database answers, in order. */
  readonly keys: readonly string[]
  readonly mixed: boolean
  readonly reads: boolean
  /** What graphql-js is given to run: of a query, only the fields that code answers; of a mutation all, since they run in order. */
  readonly code: DocumentNode | undefined
  /** Of a subscription, the tables that it reads: a change of one of them runs it again. */
  readonly tables: ReadonlySet<Table>
  /** Its weight in the cache, in characters. */
  readonly size: number
}

const none: ReadonlySet<Table> = new Set()

type Paths = ReadonlyMap<string, readonly (string | number)[]>

/** Characters of what is kept, for all operations of all callers together: whoever asks something new pushes out old. */
const maxSize = 8_000_000

/**
 * Plans and compiles each operation once per shape of its variables: which of them are there, and the values that
 * decide what the statement looks like (an order, a limit, a `@skip`). All others are bound per request.
 */
export function createPreparer(serverVersion: number, limits: Pick<GraphqlConfig, 'maxCost' | 'maxPageSize'>) {
  const { maxCost } = limits
  let count = 0
  const operations = perOperation((operation) => ({ operation, number: count++ }))
  // Known by the skeleton of the variables, so that one caller's long list is no burden to another's short one.
  const shapedBy = new LRUCache<string, Paths>({
    maxSize,
    sizeCalculation: (paths, key) => key.length + 50 * paths.size,
  })
  const prepared = new LRUCache<string, PreparedOperation>({ maxSize, sizeCalculation: ({ size }) => size })

  return function prepare(
    schema: GraphQLSchema,
    document: DocumentNode,
    operationName: string | undefined,
    variables: Variables,
  ): PreparedOperation | undefined {
    const asked = operations(schema, document, operationName)
    if (!asked) return undefined
    const { operation, number } = asked
    const skeletonKey = `${number}:${skeleton(variables)}`
    const paths = shapedBy.get(skeletonKey)
    const known = paths && prepared.get(shapeKey(skeletonKey, paths, variables))
    if (known) return known

    const planned = planOperation(schema, document, operation, variables, limits)
    const { kind, roots, mixed, reads } = planned.plan
    const cost = costOf(planned.plan)
    if (cost > maxCost) throw tooCostly(cost, maxCost)
    const compiled = compileOperation(planned.plan, serverVersion)
    const allPaths = new Map([...(paths ?? []), ...planned.shapedBy])
    const key = shapeKey(skeletonKey, allPaths, variables)
    const texts = compiled.statements.reduce((sum, { text }) => sum + text.length, 0)
    const length = document.loc?.source.body.length ?? 0
    const keys = roots.flatMap((root) => (root.kind === 'constant' ? [] : [root.key]))
    const reduces = mixed && kind === 'query' && keys.length > 0
    const code = reduces ? codeDocument(schema, document, operation) : undefined
    // A document weighs many times its text; what is bound for each row and condition is as numerous as the parts of
    // the key, and heavier.
    const size = length * (code ? 100 : 1) + texts + 20 * key.length
    const tables = operation.operation === 'subscription' ? tablesRead(planned.plan) : none
    const made = { ...compiled, kind, keys, mixed, reads, code, tables, size }
    shapedBy.set(skeletonKey, allPaths)
    prepared.set(key, made)
    return made
  }
}

function tooCostly(cost: number, most: number): GraphQLError {
  const message = `The operation asks for up to ${cost} rows; at most ${most} are allowed. Ask for smaller pages.`
  return new GraphQLError(message, { extensions: { code: 'OPERATION_TOO_COMPLEX' } })
}

/** The paths are part of the key: which values decide a plan is known only as far as plans have looked at them. */
function shapeKey(skeletonKey: string, paths: Paths, variables: Variables): string {
  if (paths.size === 0) return skeletonKey
  const values = [...paths].map(([name, path]) => [name, readShape(path, variables) ?? null])
  return `${skeletonKey}${JSON.stringify(values)}`
}

/** Which variables are there, without their values: `{"filter":{"id":{"eq":1}},"first":1}`. */
function skeleton(value: unknown): string {
  if (value === null || value === undefined) return '0'
  if (typeof value !== 'object') return '1'
  if (Array.isArray(value)) {
    return value.some((item) => typeof item === 'object') ? `[${value.map(skeleton).join()}]` : '1'
  }
  let text = ''
  for (const key in value) {
    text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${skeleton((value as Record<string, unknown>)[key])}`
  }
  return `{${text}}`
}
