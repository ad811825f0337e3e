import pg from 'pg'
import { isPorticoError } from '#errors'
import { fromVerifier } from './bad-token.ts'
import { isLine } from './headers.ts'
import { raised } from './raised.ts'
import { RestError } from './rest-error.ts'

/** Status by SQLSTATE, the longest prefix first; PostgREST's table. */
const statuses: readonly (readonly [prefix: string, status: number])[] = [
  ['23503', 409],
  ['23505', 409],
  ['25006', 405],
  ['21000', 500],
  ['53400', 500],
  ['57P01', 503],
  ['P0001', 400],
  ['42883', 404],
  ['42P01', 404],
  ['42P17', 500],
  ['08', 503],
  ['09', 500],
  ['0L', 403],
  ['0P', 403],
  ['25', 500],
  ['28', 403],
  ['2D', 500],
  ['38', 500],
  ['39', 500],
  ['3B', 500],
  ['40', 500],
  ['53', 503],
  ['54', 500],
  ['55', 500],
  ['57', 500],
  ['58', 500],
  ['F0', 500],
  ['HV', 500],
  ['P0', 500],
  ['XX', 500],
]

/** What a client is told of a failed statement: Postgres' own words, as PostgREST tells them. */
export function fromDatabase(error: unknown, authenticated: boolean): RestError {
  if (error instanceof RestError) return error
  if (isPorticoError(error, 'FORBIDDEN_ROLE')) return new RestError(403, '42501', error.message)
  if (isPorticoError(error, 'RATE_LIMITED')) {
    const headers = { 'retry-after': String(error.details.retryAfter) }
    return new RestError(error.status, error.code, error.message, { headers })
  }
  if (isPorticoError(error)) {
    return error.code === 'UNAUTHENTICATED'
      ? fromVerifier(error)
      : new RestError(error.status, 'PGRST000', error.message)
  }
  if (!(error instanceof pg.DatabaseError)) {
    const waited = error instanceof Error && /timeout exceeded when trying to connect/.test(error.message)
    if (waited) return new RestError(504, 'PGRST003', 'Timed out acquiring connection from connection pool.')
    return isConnection(error)
      ? new RestError(503, 'PGRST001', 'Database client error. Retrying the connection.')
      : new RestError(500, 'PGRSTX00', 'Unexpected error.')
  }
  if (error.code === 'PGRST') return raised(error)
  const { code = 'XX000', message, detail, hint } = error
  const status = statusOf(code, message, authenticated)
  return new RestError(status, code, message, {
    details: detail ?? null,
    hint: hint ?? null,
    // The reason of `raise sqlstate 'PT404'` stands in the status line too.
    ...(code.startsWith('PT') && isLine(message) && { statusText: message }),
    ...(status === 401 && { headers: { 'www-authenticate': 'Bearer' } }),
  })
}

/** What a statement fails with that names a column, table, function or type which is no longer there. */
export function isOfChangedSchema(error: unknown): boolean {
  return error instanceof pg.DatabaseError && ['42703', '42P01', '42883', '42704'].includes(error.code ?? '')
}

/** What a statement fails with where a value is not one of its type. */
export function isOfValue(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code?.startsWith('22') === true
}

function statusOf(code: string, message: string, authenticated: boolean): number {
  if (code === '42501') return authenticated ? 403 : 401
  if (code === '22023' && /^role .* does not exist$/s.test(message)) return 401
  if (code === '42883' && message.startsWith('function xmlagg(')) return 406
  if (code === '21000' && message.endsWith('requires a WHERE clause')) return 400
  if (code.startsWith('PT')) {
    const status = Number(code.slice(2))
    return status >= 200 && status <= 599 ? status : 500
  }
  return statuses.find(([prefix]) => code.startsWith(prefix))?.[1] ?? 400
}

function isConnection(error: unknown): boolean {
  const { code, message } = (error ?? {}) as { code?: string; message?: string }
  return ['ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'EPIPE'].includes(code ?? '') || /terminated/.test(message ?? '')
}
