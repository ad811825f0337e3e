import {
  type ExecutionArgs,
  type ExecutionResult,
  execute as executeGraphql,
  type GraphQLError,
  getOperationAST,
  getVariableValues,
} from 'graphql'
import type { CallerPool } from '#database'
import type { Observe } from '#observe'
import type { ResolverContext } from '../context.ts'
import type { Variables } from '../plan/index.ts'
import { bind } from '../query/index.ts'
import { publicError } from './database-error.ts'
import type { createPreparer, PreparedOperation } from './prepare.ts'

/** A result whose JSON text is there already; Yoga writes it as it is. */
export interface TextResult {
  readonly stringify: () => string
}

export interface ExecutorOptions {
  readonly callers: CallerPool
  readonly prepare: ReturnType<typeof createPreparer>
  readonly mode: 'development' | 'production'
  readonly observe: Observe
}

type Executor = (args: ExecutionArgs & { contextValue: ResolverContext }) => Promise<ExecutionResult | TextResult>

/**
 * Runs a validated operation. One whose fields are all tables is one round trip, and Postgres' text is the answer.
 * One that also needs code gets its tables in the same single statement first, and graphql-js resolves the rest.
 */
export function createExecutor({ callers, prepare, mode, observe }: ExecutorOptions): Executor {
  return async (args) => {
    const { schema, document, contextValue: context } = args
    const operation = getOperationAST(document, args.operationName)
    if (!operation) return executeGraphql(args)
    const { coerced, errors } = getVariableValues(
      schema,
      operation.variableDefinitions ?? [],
      args.variableValues ?? {},
    )
    if (errors) return { errors }

    const fail = (error: unknown): ExecutionResult => ({ data: null, errors: [told(error)] })
    try {
      const prepared = prepare(schema, document, args.operationName ?? undefined, coerced)
      if (!prepared) return await executeGraphql(args)
      if (!prepared.mixed) {
        const data = await runWhole(prepared, coerced, context)
        return { stringify: () => `{"data":${data}}` }
      }
      const rootValue = await rootOf(prepared, coerced, context)
      return await executeGraphql({ ...args, rootValue })
    } catch (error) {
      return fail(error)
    }
  }

  function told(error: unknown): GraphQLError {
    const known = publicError(error, mode)
    if (known.extensions.code === 'INTERNAL_SERVER_ERROR') {
      observe({ kind: 'message', level: 'error', text: 'a GraphQL operation failed', error })
    }
    return known
  }

  async function runWhole(
    prepared: PreparedOperation,
    variables: Variables,
    context: ResolverContext,
  ): Promise<string> {
    const statements = prepared.statements.map(({ text, parameters }) => ({
      text,
      values: parameters.map((parameter) => bind(parameter, variables)),
    }))
    const answers = await callers.run(context.caller, context.requestInfo, statements)
    return prepared.body.map((part) => (typeof part === 'string' ? part : (answers[part] ?? 'null'))).join('')
  }

  /** The value that graphql-js starts from: the tables' answers under their response keys. */
  async function rootOf(prepared: PreparedOperation, variables: Variables, context: ResolverContext): Promise<object> {
    if (prepared.keys.length === 0) return {}
    if (prepared.operation.operation === 'query') {
      return JSON.parse(await runWhole(prepared, variables, context)) as object
    }
    // graphql-js asks for a mutation's fields one after the other: the tables' changes run, in one transaction, when
    // it comes to the first of them.
    let running: Promise<Record<string, unknown>> | undefined
    const read = async (key: string) => {
      running ??= runWhole(prepared, variables, context).then(JSON.parse)
      try {
        return (await running)[key]
      } catch (error) {
        throw told(error)
      }
    }
    return Object.defineProperties({}, Object.fromEntries(prepared.keys.map((key) => [key, { get: () => read(key) }])))
  }
}
