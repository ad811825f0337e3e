import {
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  execute as executeGraphql,
  type GraphQLSchema,
  getOperationAST,
  getVariableValues,
} from 'graphql'
import type { CallerPool } from '#database'
import type { RequestContext } from '../context.ts'
import { userError, type Variables } from '../plan/index.ts'
import { withoutSuggestion } from '../plugins/index.ts'
import { bind } from '../query/index.ts'
import type { createPreparer, PreparedOperation } from './prepare.ts'
import type { TellError } from './tell-error.ts'

/** A result whose JSON text is there already; Yoga writes it as it is. */
export interface TextResult {
  readonly stringify: () => string
}

export interface ExecutorOptions {
  readonly callers: CallerPool
  readonly prepare: ReturnType<typeof createPreparer>
  readonly mode: 'development' | 'production'
  readonly tell: TellError
}

export interface Operation {
  readonly schema: GraphQLSchema
  readonly document: DocumentNode
  readonly operationName: string | undefined
  readonly variables: Readonly<Record<string, unknown>>
}

export interface Executor {
  /** Runs a validated operation. */
  execute(args: ExecutionArgs & { contextValue: RequestContext }): Promise<ExecutionResult | TextResult>
  /** The text of the answer, where no code takes part in it; undefined where some does, and nothing has run yet. */
  executeWhole(operation: Operation, context: RequestContext): Promise<string | undefined>
}

/**
 * An operation whose fields are all tables is one round trip, and Postgres' text is the answer. One that also needs
 * code gets its tables in the same single statement first, and graphql-js resolves the rest.
 */
export function createExecutor({ callers, prepare, mode, tell }: ExecutorOptions): Executor {
  async function executeWhole(operation: Operation, context: RequestContext): Promise<string | undefined> {
    try {
      const { coerced, errors } = coerce(operation)
      if (errors) return JSON.stringify({ errors: mode === 'production' ? errors.map(withoutSuggestion) : errors })
      const { schema, document, operationName } = operation
      const prepared = prepare(schema, document, operationName, coerced)
      if (!prepared || prepared.mixed) return undefined
      return `{"data":${await run(prepared, coerced, context)}}`
    } catch (error) {
      return JSON.stringify({ data: null, errors: [tell(error)] })
    }
  }

  async function execute(
    args: ExecutionArgs & { contextValue: RequestContext },
  ): Promise<ExecutionResult | TextResult> {
    const { schema, document, contextValue: context } = args
    const operationName = args.operationName ?? undefined
    const operation = { schema, document, operationName, variables: args.variableValues ?? {} }
    const text = await executeWhole(operation, context)
    if (text !== undefined) return { stringify: () => text }
    try {
      const { coerced = {} } = coerce(operation)
      const prepared = prepare(schema, document, operationName, coerced)
      return await executeGraphql({ ...args, rootValue: prepared ? await rootOf(prepared, coerced, context) : {} })
    } catch (error) {
      return { data: null, errors: [tell(error)] }
    }
  }

  /** The text of `data`, in one transaction and one round trip. */
  async function run(prepared: PreparedOperation, variables: Variables, context: RequestContext): Promise<string> {
    const statements = prepared.statements.map(({ text, parameters }) => ({
      text,
      values: parameters.map((parameter) => bind(parameter, variables)),
    }))
    const answers = await callers.run(context.caller, context.requestInfo, statements)
    return prepared.body.map((part) => (typeof part === 'string' ? part : (answers[part] ?? 'null'))).join('')
  }

  /** The value that graphql-js starts from: the tables' answers under their response keys. */
  async function rootOf(prepared: PreparedOperation, variables: Variables, context: RequestContext): Promise<object> {
    if (prepared.keys.length === 0) return {}
    if (prepared.kind === 'query') return JSON.parse(await run(prepared, variables, context)) as object
    // graphql-js asks for a mutation's fields one after the other: the tables' changes run, in one transaction, when
    // it comes to the first of them.
    let running: Promise<Record<string, unknown>> | undefined
    const read = async (key: string) => {
      running ??= run(prepared, variables, context).then(JSON.parse)
      try {
        return (await running)[key]
      } catch (error) {
        throw tell(error)
      }
    }
    return Object.defineProperties({}, Object.fromEntries(prepared.keys.map((key) => [key, { get: () => read(key) }])))
  }

  return { execute, executeWhole }
}

const maxDepth = 200

function isDeep(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some((inner) => isDeep(inner, levels - 1))
}

/** A client that sends a thousand wrong values is told of some. */
const maxErrors = 50

/** Variables by the types that the operation declares for them; what was not given is not there, whatever its name. */
function coerce({ schema, document, operationName, variables }: Operation) {
  if (isDeep(variables, maxDepth)) throw userError(`Variables may be nested ${maxDepth} levels deep.`)
  const operation = getOperationAST(document, operationName)
  const { coerced, errors } = getVariableValues(
    schema,
    operation?.variableDefinitions ?? [],
    { ...variables },
    { maxErrors },
  )
  return errors ? { errors } : { coerced: { __proto__: null, ...coerced } as Record<string, unknown> }
}
