import { type DocumentNode, GraphQLError, type GraphQLSchema, getOperationAST } from 'graphql'
import { LRUCache } from 'lru-cache'
import { costOf, type OperationPlan, planOperation, readShape, type Variables } from '../plan/index.ts'
import { type CompiledOperation, compileOperation } from '../query/index.ts'

/** An operation ready to run, for all requests whose variables have one shape. */
export interface PreparedOperation extends CompiledOperation {
  readonly kind: OperationPlan['kind']
  /** The response keys that the database answers, in order. */
  readonly keys: readonly string[]
  readonly mixed: boolean
  /** Characters that it was made from and consists of. */
  readonly size: number
}

type Paths = ReadonlyMap<string, readonly (string | number)[]>

/** Characters of what is kept, for all operations of all callers together: whoever asks something new pushes out old. */
const maxSize = 8_000_000

/**
 * Plans and compiles each operation once per shape of its variables: which of them are there, and the values that
 * decide what the statement looks like (an order, a limit, a `@skip`). All others are bound per request.
 */
export function createPreparer(serverVersion: number, maxCost: number) {
  const numbers = new WeakMap<GraphQLSchema, WeakMap<DocumentNode, Map<string, number>>>()
  let count = 0
  // Known by the skeleton of the variables, so that one caller's long list is no burden to another's short one.
  const shapedBy = new LRUCache<string, Paths>({
    maxSize,
    sizeCalculation: (paths, key) => key.length + 50 * paths.size,
  })
  const prepared = new LRUCache<string, PreparedOperation>({ maxSize, sizeCalculation: ({ size }) => size })

  function numberOf(schema: GraphQLSchema, document: DocumentNode, operation: string): number {
    const byDocument = numbers.get(schema) ?? new WeakMap<DocumentNode, Map<string, number>>()
    numbers.set(schema, byDocument)
    const byName = byDocument.get(document) ?? new Map<string, number>()
    byDocument.set(document, byName)
    const number = byName.get(operation) ?? count++
    byName.set(operation, number)
    return number
  }

  return function prepare(
    schema: GraphQLSchema,
    document: DocumentNode,
    operationName: string | undefined,
    variables: Variables,
  ): PreparedOperation | undefined {
    const operation = getOperationAST(document, operationName)
    if (!operation) return undefined
    const number = numberOf(schema, document, operation.name?.value ?? '')
    const skeletonKey = `${number}:${JSON.stringify(skeleton(variables))}`
    const paths = shapedBy.get(skeletonKey)
    const known = paths && prepared.get(shapeKey(skeletonKey, paths, variables))
    if (known) return known

    const planned = planOperation(schema, document, operation, variables)
    const { kind, roots, mixed } = planned.plan
    const cost = costOf(planned.plan)
    if (cost > maxCost) throw tooCostly(cost, maxCost)
    const compiled = compileOperation(planned.plan, serverVersion)
    const allPaths = new Map([...(paths ?? []), ...planned.shapedBy])
    const key = shapeKey(skeletonKey, allPaths, variables)
    const texts = compiled.statements.reduce((sum, { text }) => sum + text.length, 0)
    // What is bound for each row and condition is as numerous as the parts of the key, and heavier.
    const size = (document.loc?.source.body.length ?? 0) + texts + 20 * key.length
    const made = { ...compiled, kind, keys: roots.map((root) => root.key), mixed, size }
    shapedBy.set(skeletonKey, allPaths)
    prepared.set(key, made)
    return made
  }
}

function tooCostly(cost: number, most: number): GraphQLError {
  const message = `The operation asks for up to ${cost} rows; at most ${most} are allowed. Ask for smaller pages.`
  return new GraphQLError(message, { extensions: { code: 'OPERATION_TOO_COMPLEX' } })
}

/** The paths are part of it: which values count is known only as far as plans have looked at them. */
function shapeKey(skeletonKey: string, paths: Paths, variables: Variables): string {
  const values = [...paths].map(([name, path]) => [name, readShape(path, variables) ?? null])
  return `${skeletonKey}${JSON.stringify(values)}`
}

/** What is there, without the values. */
function skeleton(value: unknown): unknown {
  if (value === null || value === undefined) return 0
  if (Array.isArray(value)) return value.some((item) => typeof item === 'object') ? value.map(skeleton) : 1
  if (typeof value !== 'object') return 1
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, skeleton(inner)]))
}
