import type { DocumentNode, ExecutionArgs, ExecutionResult, GraphQLSchema } from 'graphql'
import { type Bytes, bufferOf, type Departure } from '#database'
import type { RequestContext } from '../context.ts'
import { introspectionOf } from '../introspection.ts'
import type { Variables } from '../plan/index.ts'
import { withoutSuggestion } from '../plugins/index.ts'
import { jsonBody } from './body.ts'
import type { createCoerce } from './coerce.ts'
import { executeIntrospecting } from './introspect.ts'
import { merge } from './merge.ts'
import type { createPreparer } from './prepare.ts'
import { rootValueOf } from './root-value.ts'
import { createRunPrepared, type Delivery, type RunPreparedOptions } from './run-prepared.ts'
import type { TellError } from './tell-error.ts'

/** A result whose JSON is written already; Yoga sends it as it is. */
export interface WrittenResult {
  readonly stringify: () => Buffer
}

export interface ExecutorOptions extends RunPreparedOptions {
  readonly coerce: ReturnType<typeof createCoerce>
  readonly prepare: ReturnType<typeof createPreparer>
  /** Whether messages may suggest names of the schema. */
  readonly suggestions: boolean
  readonly tell: TellError
}

export interface Operation {
  readonly schema: GraphQLSchema
  readonly document: DocumentNode
  readonly operationName: string | undefined
  readonly variables: Variables
}

export interface Executor {
  /** Runs a validated operation. */
  execute(args: ExecutionArgs & { contextValue: RequestContext }): Promise<ExecutionResult | WrittenResult>
  /**
   * The body of the answer, if no code takes part in it; undefined if some does, in which case nothing has run yet.
   * Of an answer that was streamed it is {@link streamedEnd}; anything else is an error that comes too late to be told.
   */
  executeWhole(operation: Operation, context: RequestContext, delivery: Delivery): Promise<Bytes | undefined>
  /** The result of an operation in which code takes part (fields of services, functions, or of the project). */
  executeMixed(operation: Operation, context: RequestContext, signal: Departure | undefined): Promise<ExecutionResult>
}

/**
 * An operation whose fields are all tables is one round trip, and Postgres' text is the answer. One that also needs
 * code gets its tables in the same single statement first, and graphql-js resolves the rest and nothing else.
 */
export function createExecutor(options: ExecutorOptions): Executor {
  const { coerce, prepare, suggestions, tell } = options
  const run = createRunPrepared(options)

  const executeWhole: Executor['executeWhole'] = async (operation, context, delivery) => {
    try {
      const { schema, document, operationName, variables } = operation
      const { coerced, errors } = coerce(schema, document, operationName, variables)
      if (errors) return jsonBody({ errors: suggestions ? errors : errors.map(withoutSuggestion) })
      const prepared = prepare(schema, document, operationName, coerced)
      if (!prepared || prepared.mixed) return undefined
      return await run(prepared, coerced, context, delivery)
    } catch (error) {
      return jsonBody({ data: null, errors: [tell(error)] })
    }
  }

  const executeMixed: Executor['executeMixed'] = async (operation, context, signal) => {
    const { schema, document, operationName, variables } = operation
    try {
      const { coerced = {} } = coerce(schema, document, operationName, variables)
      const prepared = prepare(schema, document, operationName, coerced)
      const { rootValue, told } = prepared
        ? await rootValueOf(prepared, () => run(prepared, coerced, context, { signal }), tell)
        : { rootValue: {}, told: {} }
      const args = { schema, document: prepared?.code ?? document, operationName, variableValues: variables }
      const asked = { ...args, contextValue: context, rootValue }
      const { data, ...result } = await executeIntrospecting(asked, introspectionOf(schema) ?? schema)
      const answer = data && prepared?.code ? merge(rootValue, data) : data
      return { ...result, ...(answer !== undefined && { data: answer }), ...told }
    } catch (error) {
      return { data: null, errors: [tell(error)] }
    }
  }

  async function execute(
    args: ExecutionArgs & { contextValue: RequestContext & { request?: Request; held?: Bytes[] } },
  ): Promise<ExecutionResult | WrittenResult> {
    const { schema, document, contextValue: context } = args
    const operation = {
      schema,
      document,
      operationName: args.operationName ?? undefined,
      variables: args.variableValues ?? {},
    }
    const signal = context.request?.signal
    const body = await executeWhole(operation, context, { signal })
    context.held?.push(...(body ? [body] : []))
    if (body) return { stringify: () => bufferOf(body) }
    return await executeMixed(operation, context, signal)
  }

  return { execute, executeWhole, executeMixed }
}
