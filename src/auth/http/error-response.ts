import type { Observe } from '#observe'
import { AuthError } from '../auth-error.ts'
import { databaseErrorFacts } from '../database/index.ts'

const versionHeader = 'x-supabase-api-version'

/** The first API version whose errors are `{ code, message }` with a text for a code. */
const version2024 = '2024-01-01'

/**
 * Answers an error in the shape of the API version that the request asks for: `{ code, error_code, msg }` with the
 * status as code, or since 2024-01-01 `{ code, message }`; OAuth's errors are `{ error, error_description }` in any. What went wrong inside is logged, and not told.
 */
export function errorResponse(error: unknown, request: Request, observe: Observe): Response {
  const known = error instanceof AuthError ? error : unexpected(error)
  const { status, code, message, reasons, oauth } = known
  if (status >= 500) log(known, observe)
  if (oauth !== undefined) return Response.json({ error: oauth, error_description: message }, { status })
  const headers = new Headers({ 'x-sb-error-code': code })
  const weakness = reasons && { weak_password: { reasons } }
  if (!wantsVersion2024(request)) {
    return Response.json({ code: status, error_code: code, msg: message, ...weakness }, { status, headers })
  }
  headers.set(versionHeader, version2024)
  return Response.json({ code, message, ...weakness }, { status, headers })
}

function wantsVersion2024(request: Request): boolean {
  const wanted = request.headers.get(versionHeader) ?? ''
  return /^\d{4}-\d{2}-\d{2}$/.test(wanted) && wanted >= version2024
}

function unexpected(cause: unknown): AuthError {
  const message = 'Unexpected failure, please check server logs for more information'
  return new AuthError(500, 'unexpected_failure', message, { cause })
}

/** Of a database error only what shows no one's data: its detail holds rows, and so addresses and hashes. */
function log({ message, cause }: AuthError, observe: Observe): void {
  const facts = databaseErrorFacts(cause)
  const text = `auth: ${message}`
  observe({ kind: 'message', level: 'error', text, ...(facts ? { data: { ...facts } } : { error: cause }) })
}
