import { type DocumentNode, type GraphQLSchema, getOperationAST, type OperationDefinitionNode } from 'graphql'
import { LRUCache } from 'lru-cache'
import { planOperation, type Variables } from '../plan/index.ts'
import { type CompiledOperation, compileOperation } from '../query/index.ts'

/** An operation ready to run, for all requests whose variables have one shape. */
export interface PreparedOperation extends CompiledOperation {
  readonly operation: OperationDefinitionNode
  /** The response keys that the database answers, in order. */
  readonly keys: readonly string[]
  readonly mixed: boolean
}

type Paths = ReadonlyMap<string, readonly (string | number)[]>

/**
 * Plans and compiles each operation once per shape of its variables: which of them are there, and the values that
 * decide what the statement looks like (an order, a limit, a `@skip`). All others are bound per request.
 */
export function createPreparer(serverVersion: number) {
  const bySchema = new WeakMap<GraphQLSchema, WeakMap<DocumentNode, Map<string, OperationShapes>>>()

  return function prepare(
    schema: GraphQLSchema,
    document: DocumentNode,
    operationName: string | undefined,
    variables: Variables,
  ): PreparedOperation | undefined {
    const operation = getOperationAST(document, operationName)
    if (!operation) return undefined
    const byDocument = bySchema.get(schema) ?? new WeakMap<DocumentNode, Map<string, OperationShapes>>()
    bySchema.set(schema, byDocument)
    const byName = byDocument.get(document) ?? new Map<string, OperationShapes>()
    byDocument.set(document, byName)
    const name = operation.name?.value ?? ''
    const shapes = byName.get(name) ?? new OperationShapes()
    byName.set(name, shapes)

    return shapes.get(variables, () => {
      const { plan, shapedBy } = planOperation(schema, document, operation, variables)
      const compiled = compileOperation(plan, serverVersion)
      const keys = plan.roots.map((root) => root.key)
      return { prepared: { ...compiled, operation, keys, mixed: plan.mixed }, shapedBy }
    })
  }
}

class OperationShapes {
  readonly #shapedBy = new Map<string, readonly (string | number)[]>()
  readonly #prepared = new LRUCache<string, PreparedOperation>({ max: 64 })

  get(variables: Variables, make: () => { prepared: PreparedOperation; shapedBy: Paths }): PreparedOperation {
    const known = this.#prepared.get(this.#key(variables))
    if (known) return known
    const { prepared, shapedBy } = make()
    for (const [key, path] of shapedBy) this.#shapedBy.set(key, path)
    this.#prepared.set(this.#key(variables), prepared)
    return prepared
  }

  #key(variables: Variables): string {
    const values = [...this.#shapedBy.values()].map((path) => path.reduce<unknown>(at, variables) ?? null)
    return JSON.stringify([skeleton(variables), values])
  }
}

function at(value: unknown, key: string | number): unknown {
  return (value as Record<string | number, unknown> | null | undefined)?.[key]
}

/** What is there, without the values. */
function skeleton(value: unknown): unknown {
  if (value === null || value === undefined) return 0
  if (Array.isArray(value)) return value.some((item) => typeof item === 'object') ? value.map(skeleton) : 1
  if (typeof value !== 'object') return 1
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, skeleton(inner)]))
}
