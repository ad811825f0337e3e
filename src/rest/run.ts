import { sql } from 'kysely'
import {
  type Caller,
  type CallerPool,
  compileSql,
  type Departure,
  qualified,
  type RequestInfo,
  type Statement,
  type TextRow,
} from '#database'
import { notSingle, putMismatch, tooManyAffected } from './errors/index.ts'
import { type Inputs, inputsOf, type Plan } from './plan/index.ts'
import type { Prepared } from './prepare.ts'
import { bind, type CompiledStatement, readMark } from './query/index.ts'
import type { RawRequest, RestRequest } from './request/index.ts'
import type { Result } from './respond/index.ts'
import type { Settings } from './settings.ts'

export interface Run {
  readonly callers: CallerPool
  readonly caller: Caller
  readonly requestInfo: RequestInfo
  readonly settings: Settings
  /** Ends the statements when nobody is there to be answered any more. */
  readonly departure: Departure | undefined
}

/** Runs a plan as its caller, in one round trip. */
export async function runPlan(
  { callers, caller, requestInfo, settings, departure: signal }: Run,
  request: RestRequest,
  { plan, compiled, settings: own }: Prepared,
): Promise<Result> {
  const inputs = inputsOf(request, plan)
  const info = { ...requestInfo, settings: { ...requestInfo.settings, ...own } }
  const first = settings.preRequest ? [callStatement(settings.preRequest)] : []
  const rest = [compiled.main, ...(compiled.planned ? [compiled.planned] : [])].map((one) => bound(one, inputs))
  const { transactionEnd } = settings
  const undone =
    request.preferences.tx === 'rollback' || (transactionEnd.rollback && request.preferences.tx !== 'commit')
  try {
    const answers = await callers.rows(caller, info, [...first, ...rest], { undone, signal })
    return resultOf(plan, answers.slice(first.length))
  } catch (error) {
    throw failedCheck(error)
  }
}

/** What SQL may see of a request. */
export function requestInfo({ method, path, headers }: RawRequest): RequestInfo {
  const { cookie, ...shown } = headers
  return { method, path, headers: shown, settings: { 'request.cookies': JSON.stringify(cookiesOf(cookie)) } }
}

function cookiesOf(header: string | undefined): Record<string, string> {
  if (header === undefined) return {}
  return Object.fromEntries(
    header.split(';').map((pair): [string, string] => {
      const [name = '', value = ''] = pair.split(/=(.*)/s)
      return [name.trim(), value.trim()]
    }),
  )
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

function resultOf(plan: Plan, [main = [], planned]: readonly (readonly TextRow[])[]): Result {
  const { explain, count, maxRows, handler } = plan.answer
  if (explain) {
    const body = `${main.map(([line]) => line ?? '').join('\n')}\n`
    return {
      body,
      rows: main.length,
      total: undefined,
      headers: null,
      status: null,
      location: null,
      inserted: undefined,
    }
  }
  const [body = null, rows = null, total = null, headers = null, status = null, location = null, inserted = null] =
    main[0] ?? []
  const counted = total === null ? undefined : Number(total)
  const guessed = planned ? plannedRows(planned[0]?.[0]) : undefined
  const beyond = counted !== undefined && (maxRows === undefined || counted > maxRows)
  return {
    body: handler?.binary ? Buffer.from(body ?? '', 'hex') : (body ?? ''),
    rows: Number(rows ?? 0),
    headers,
    status,
    location,
    total: count === 'planned' ? guessed : beyond ? Math.max(counted, guessed ?? 0) : counted,
    inserted: inserted === null ? undefined : Number(inserted),
  }
}

function plannedRows(text: string | null | undefined): number | undefined {
  const [explained] = JSON.parse(text ?? '[]') as { Plan?: { 'Plan Rows'?: number } }[]
  return explained?.Plan?.['Plan Rows']
}
