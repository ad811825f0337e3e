import type { DocumentNode, ExecutionArgs, ExecutionResult, GraphQLSchema } from 'graphql'
import {
  type ByteSink,
  type Bytes,
  bufferOf,
  type Caller,
  type CallerPool,
  type Departure,
  type Flow,
  pieceOf,
  textOf,
} from '#database'
import type { RequestContext } from '../context.ts'
import { introspectionOf } from '../introspection.ts'
import type { Variables } from '../plan/index.ts'
import { withoutSuggestion } from '../plugins/index.ts'
import { bind } from '../query/index.ts'
import { dataCloses, dataOpens, joinBody, jsonBody, streamedEnd } from './body.ts'
import type { createCoerce } from './coerce.ts'
import { explain } from './explain.ts'
import { executeIntrospecting } from './introspect.ts'
import { locateInput } from './locate-input.ts'
import { merge } from './merge.ts'
import { isRefusedWrite, isSafe, needsPost, withoutWrites } from './only-reads.ts'
import type { createPreparer, PreparedOperation } from './prepare.ts'
import type { TellError } from './tell-error.ts'

/** A result whose JSON is there already; Yoga writes it as it is. */
export interface WrittenResult {
  readonly stringify: () => Buffer
}

export interface ExecutorOptions {
  readonly callers: CallerPool
  readonly coerce: ReturnType<typeof createCoerce>
  readonly prepare: ReturnType<typeof createPreparer>
  /** Whether messages may suggest names of the schema. */
  readonly suggestions: boolean
  readonly tell: TellError
  /** Whether a caller is told what SQL answered. */
  readonly explains: (caller: Caller) => boolean
}

export interface Operation {
  readonly schema: GraphQLSchema
  readonly document: DocumentNode
  readonly operationName: string | undefined
  readonly variables: Variables
}

export interface Delivery {
  /** Aborted when the client has gone away. */
  readonly signal: Departure | undefined
  /** Takes an answer of so many bytes that it is sent on while it arrives: its first ones, then the rest. */
  readonly stream?: (size: number, first: string, flow: Flow) => ByteSink
  /** Told, before it runs, of one that calls functions which may change something. */
  readonly mayWrite?: () => void
}

export interface Executor {
  /** Runs a validated operation. */
  execute(args: ExecutionArgs & { contextValue: RequestContext }): Promise<ExecutionResult | WrittenResult>
  /**
   * The answer, where no code takes part in it; undefined where some does, and nothing has run yet. Of one that was
   * streamed, {@link streamedEnd}, or an error that comes too late to be told.
   */
  executeWhole(operation: Operation, context: RequestContext, delivery: Delivery): Promise<Bytes | undefined>
  /** The result of an operation in which code takes part. */
  executeMixed(operation: Operation, context: RequestContext, signal: Departure | undefined): Promise<ExecutionResult>
}

/** Bytes of an answer that is held as a whole, so that a slow client does not hold a connection to the database. */
const heldSize = 1024 * 1024

/**
 * An operation whose fields are all tables is one round trip, and Postgres' text is the answer. One that also needs
 * code gets its tables in the same single statement first, and graphql-js resolves the rest and nothing else.
 */
export function createExecutor({ callers, coerce, prepare, suggestions, tell, explains }: ExecutorOptions): Executor {
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
      const told: { extensions?: Record<string, unknown> } = {}
      const rootValue = prepared ? await rootOf(prepared, coerced, context, signal, told) : {}
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

  /** `{"data":…}`, in one transaction and one round trip. */
  async function run(
    { kind, reads, statements, body }: PreparedOperation,
    variables: Variables,
    { caller, requestInfo: asked }: RequestContext,
    { signal, stream, mayWrite }: Delivery,
  ): Promise<Bytes> {
    if (!reads) mayWrite?.()
    const readOnly = !reads && isSafe(asked)
    const requestInfo = readOnly ? withoutWrites(asked) : asked
    const bound = statements.map(({ text, parameters }) => ({
      text,
      values: parameters.map((parameter) => bind(parameter, variables)),
    }))
    let streamed = false
    // A change may fail yet when it is committed, and then its answer was none.
    const explained = explains(caller)
    const streaming = stream &&
      !explained &&
      kind === 'query' && {
        above: heldSize,
        open(size: number, flow: Flow) {
          streamed = true
          return stream(dataOpens.length + size + dataCloses.length, dataOpens, flow)
        },
      }
    const options = { signal, reads, ...(streaming && { streaming }) }
    const answers = await callers.bytes(caller, requestInfo, bound, options).catch((error: unknown) => {
      throw readOnly && isRefusedWrite(error) ? needsPost() : locateInput(error, statements, variables)
    })
    if (streamed) return streamedEnd
    if (!explained) return joinBody(body, answers)
    const portico = await explain(callers, caller, requestInfo, bound)
    return joinBody([...body, pieceOf(`,"extensions":${JSON.stringify({ portico })}`)], answers)
  }

  /** The value that graphql-js starts from: the tables' answers under their response keys. */
  async function rootOf(
    prepared: PreparedOperation,
    variables: Variables,
    context: RequestContext,
    signal: Departure | undefined,
    told: { extensions?: Record<string, unknown> },
  ): Promise<Record<string, unknown>> {
    if (prepared.keys.length === 0) return {}
    const answer = async () => {
      const bytes = await run(prepared, variables, context, { signal })
      const { data, ...besides } = JSON.parse(textOf(bytes)) as {
        data: Record<string, unknown>
        extensions?: Record<string, unknown>
      }
      bytes.release()
      Object.assign(told, besides)
      return data
    }
    if (prepared.kind === 'query') return await answer()
    // graphql-js asks for a mutation's fields one after the other: the tables' changes run, in one transaction, when
    // it comes to the first of them.
    let running: Promise<Record<string, unknown>> | undefined
    const read = async (key: string) => {
      running ??= answer()
      try {
        return (await running)[key]
      } catch (error) {
        throw tell(error)
      }
    }
    return Object.defineProperties({}, Object.fromEntries(prepared.keys.map((key) => [key, { get: () => read(key) }])))
  }

  return { execute, executeWhole, executeMixed }
}
