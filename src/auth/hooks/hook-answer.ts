import { AuthError } from '../auth-error.ts'
import { isJsonObject, type JsonObject } from '../json.ts'

/**
 * What a hook answered, or the error that it answered: `{ "error": { "http_code": 403, "message": "…" } }`. An error
 * without a message is none, as in GoTrue (internal/hooks/hookserrors).
 */
export function readAnswer(answer: unknown): JsonObject {
  const fields = isJsonObject(answer) ? answer : {}
  const { error } = fields
  if (!isJsonObject(error) || typeof error.message !== 'string' || error.message === '') return fields
  const status = isErrorStatus(error.http_code) ? error.http_code : 500
  throw new AuthError(status, status === 500 ? 'unexpected_failure' : 'unknown', error.message)
}

function isErrorStatus(code: unknown): code is number {
  return Number.isInteger(code) && Number(code) >= 400 && Number(code) <= 599
}

/** What a hook says of an attempt that it rejects. */
export function rejection({ message }: JsonObject, fallback: string): string {
  return typeof message === 'string' && message !== '' ? message : fallback
}
