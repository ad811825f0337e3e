import { sql } from 'kysely'
import {
  type Caller,
  type CallerPool,
  compileSql,
  type Departure,
  qualified,
  type RequestInfo,
  type Statement,
} from '#database'
import { isOfValue, notSingle, putMismatch, tooManyAffected } from './errors/index.ts'
import { type Inputs, inputsOf } from './plan/index.ts'
import type { Prepared } from './prepare.ts'
import { bind, type CompiledStatement, readMark } from './query/index.ts'
import type { RestRequest } from './request/index.ts'
import type { Result } from './respond/index.ts'
import { explainedResult, resultOf } from './result.ts'
import type { Settings } from './settings.ts'
import { onlyReads } from './transaction-settings.ts'

export interface Run {
  readonly callers: CallerPool
  readonly caller: Caller
  /** What SQL may see of the request. */
  readonly info: RequestInfo
  readonly settings: Settings
  /** Ends the statements when nobody is there to be answered any more. */
  readonly departure: Departure | undefined
}

/**
 * Runs a plan as its caller, in one round trip. What Postgres says of a parameter that is no value of its type comes before
 * whether the caller may write there at all: then it is asked again, to read the body itself and say what comes first.
 */
export async function runPlan(
  run: Run,
  request: RestRequest,
  { plan, compiled }: Pick<Prepared, 'plan' | 'compiled'>,
): Promise<Result> {
  const { callers, caller, info, settings, departure: signal } = run
  const inputs = inputsOf(request, plan)
  const statements = settings.preRequest ? [callStatement(settings.preRequest)] : []
  const before = statements.length
  statements.push(bound(compiled.main, inputs))
  if (compiled.planned) statements.push(bound(compiled.planned, inputs))
  const { transactionEnd } = settings
  const undone =
    request.preferences.tx === 'rollback' || (transactionEnd.rollback && request.preferences.tx !== 'commit')
  try {
    if (plan.answer.explain) {
      const answers = await callers.rows(caller, info, statements, { undone, signal })
      return explainedResult(answers[before] ?? [])
    }
    const answers = await callers.bytes(caller, info, statements, { undone, reads: onlyReads(plan), signal })
    return resultOf(plan, answers[before], answers[before + 1])
  } catch (error) {
    const failed = failedCheck(error)
    const { unbound: main, planned } = compiled
    if (main && isOfValue(failed))
      return await runPlan(run, request, { plan, compiled: { main, ...(planned && { planned }) } })
    throw failed
  }
}

/** A statement that checks what it did fails by a cast of the reason. */
function failedCheck(error: unknown): unknown {
  const failed = error instanceof Error ? readMark(error.message) : undefined
  switch (failed?.mark) {
    case 'notSingle':
      return notSingle(failed.rows)
    case 'tooMany':
      return tooManyAffected(failed.rows)
    case 'notPut':
      return putMismatch()
    default:
      return error
  }
}

/** Without a schema it is the one that the search path finds. */
function callStatement({ schema, name }: { readonly schema?: string; readonly name: string }): Statement {
  const { text } = compileSql(sql`select ${schema === undefined ? sql.id(name) : qualified({ schema, name })}()`)
  return { text, values: [] }
}

function bound({ text, parameters }: CompiledStatement, inputs: Inputs): Statement {
  return { text, values: parameters.map((parameter) => bind(parameter, inputs)) }
}
