import type { Bytes } from '#database'
import {
  badResponseHeaders,
  badResponseStatus,
  headersFromSql,
  latin1Of,
  notSingle,
  outOfRange,
  tooManyAffected,
} from '../errors/index.ts'
import type { CallPlan, ChangePlan, Plan } from '../plan/index.ts'
import type { MediaType, RestRequest } from '../request/index.ts'
import type { RestAnswer } from './answer.ts'

/** What the statement answered. */
export interface Result {
  readonly body: Bytes
  readonly rows: number
  readonly total: number | undefined
  /** What SQL set as `response.headers` and `response.status`. */
  readonly headers: string | null
  readonly status: string | null
  readonly location: string | null
  readonly inserted: number | undefined
}

/** What is to be answered, and what is known of every answer to requests of its shape. */
interface Asked {
  readonly plan: Plan
  readonly applied: string | undefined
}

/** @throws RestError where the result is not what the request allows */
export function respond(request: RestRequest, { plan, applied }: Asked, result: Result): RestAnswer {
  const { single, media, atMost } = plan.answer
  if (single && plan.kind !== 'upsert' && result.rows !== 1) throw notSingle(result.rows)
  if (atMost !== undefined && result.rows > atMost) throw tooManyAffected(result.rows)
  const answer =
    plan.kind === 'read'
      ? read(request, plan, result)
      : plan.kind === 'call'
        ? called(request, plan, result)
        : changed(request, plan, result)
  const withBody = answer.body !== null || request.headOnly
  const headers: Record<string, string | string[]> = withBody ? contentHeaders(media, request) : {}
  if (applied !== undefined) headers['preference-applied'] = applied
  Object.assign(headers, answer.headers)
  if (result.headers !== null) Object.assign(headers, headersOf(result.headers))
  return { status: statusOf(result.status) ?? answer.status, headers, body: answer.body }
}

export function contentHeaders(media: MediaType, request: Pick<RestRequest, 'profiled' | 'schema'>) {
  const bare = media.kind === 'binary' || media.kind === 'other'
  const type = bare ? media.text : `${media.text}; charset=utf-8`
  return { 'content-type': type, ...(request.profiled && { 'content-profile': latin1Of(request.schema) }) }
}

/** Characters of a `Content-Location`: clients refuse answers whose headers are longer than some 16 KB. */
const longestLocation = 4096

function read(request: RestRequest, plan: Plan, result: Result): RestAnswer {
  const { canonical } = request.query
  const location = `/${encodeURIComponent(request.target?.name ?? '')}${canonical === '' ? '' : `?${canonical}`}`
  return {
    status: rangeStatus(plan, result),
    headers: {
      'content-range': rangeText(plan.root.offset, result),
      ...(location.length <= longestLocation && { 'content-location': location }),
    },
    body: request.headOnly ? null : result.body,
  }
}

function called(request: RestRequest, plan: CallPlan, result: Result): RestAnswer {
  const isVoid = plan.returns === 'void'
  return {
    status: isVoid ? 204 : rangeStatus(plan, result),
    headers: { 'content-range': rangeText(plan.root.offset, result) },
    body: request.headOnly || isVoid ? null : result.body,
  }
}

function changed(request: RestRequest, plan: ChangePlan, result: Result): RestAnswer {
  const shown = request.preferences.return === 'representation'
  const total = plan.answer.count === 'exact' || plan.answer.count === 'estimated' ? String(result.rows) : '*'
  const body = shown ? result.body : null
  switch (plan.kind) {
    case 'insert': {
      const merged = plan.conflict?.merge === true && (result.inserted ?? 0) <= 0
      const location = result.location === null ? {} : { location: locationOf(plan.table.name, result.location) }
      return { status: merged ? 200 : 201, headers: { ...location, 'content-range': `*/${total}` }, body }
    }
    case 'upsert':
      return { status: shown ? ((result.inserted ?? 0) > 0 ? 201 : 200) : 204, headers: {}, body }
    case 'update': {
      const range = result.rows > 0 ? `0-${result.rows - 1}` : '*'
      return { status: shown ? 200 : 204, headers: { 'content-range': `${range}/${total}` }, body }
    }
    case 'delete':
      return { status: shown ? 200 : 204, headers: { 'content-range': `*/${total}` }, body }
  }
}

function rangeStatus(plan: Plan, { rows, total }: Result): number {
  if (total === undefined) return 200
  const { offset } = plan.root
  if (offset > total) throw outOfRange(offset, total)
  return rows < total ? 206 : 200
}

function rangeText(offset: number, { rows, total }: Result): string {
  const range = rows === 0 || total === 0 ? '*' : `${offset}-${offset + rows - 1}`
  return `${range}/${total ?? '*'}`
}

function locationOf(table: string, key: string): string {
  const pairs = Object.entries(JSON.parse(key) as Record<string, string | null>)
  const query = pairs.map(
    ([name, value]) => `${encodeURIComponent(name)}=${value === null ? 'is.null' : `eq.${encodeURIComponent(value)}`}`,
  )
  return `/${encodeURIComponent(table)}?${query.join('&')}`
}

/** `[{"Set-Cookie": "a=b"}, …]`; those prevail over the answer's own. */
function headersOf(text: string): Record<string, string | string[]> {
  let list: unknown
  try {
    list = JSON.parse(text)
  } catch {
    throw badResponseHeaders()
  }
  if (!Array.isArray(list)) throw badResponseHeaders()
  const pairs = (list as unknown[]).map((entry) => {
    const [pair, another] = typeof entry === 'object' && entry !== null ? Object.entries(entry) : []
    if (!pair || another || Array.isArray(entry)) throw badResponseHeaders()
    return pair as [string, unknown]
  })
  const headers = headersFromSql(pairs)
  if (!headers) throw badResponseHeaders()
  return headers
}

function statusOf(text: string | null): number | undefined {
  if (text === null) return undefined
  const status = Number(text)
  if (!Number.isInteger(status) || status < 200 || status > 599) throw badResponseStatus()
  return status
}
