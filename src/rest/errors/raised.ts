import type pg from 'pg'
import { headersFromSql, isLine } from './headers.ts'
import { RestError } from './rest-error.ts'

/** `raise sqlstate 'PGRST' using message = '{…}', detail = '{…}'` says the whole answer. */
export function raised({ message, detail }: Pick<pg.DatabaseError, 'message' | 'detail'>): RestError {
  const said = readObject(message)
  if (!said || !isText(said.code) || !isText(said.message) || !isMaybeText(said.details) || !isMaybeText(said.hint)) {
    return unreadable(
      `Invalid JSON value for MESSAGE: '${message}'`,
      "MESSAGE must be a JSON object with obligatory keys: 'code', 'message' and optional keys: 'details', 'hint'.",
    )
  }
  const how = readObject(detail)
  const status = how?.status
  const headers = how && isObject(how.headers) ? headersFromSql(Object.entries(how.headers)) : undefined
  const text = how?.status_text ?? undefined
  const isStatus = Number.isInteger(status) && Number(status) >= 200 && Number(status) <= 599
  if (!isStatus || !headers || (text !== undefined && !(isText(text) && isLine(text)))) {
    return unreadable(
      detail === undefined ? 'DETAIL is missing in the RAISE statement' : `Invalid JSON value for DETAIL: '${detail}'`,
      "DETAIL must be a JSON object with obligatory keys: 'status', 'headers' and optional key: 'status_text'.",
    )
  }
  return new RestError(Number(status), said.code, said.message, {
    details: said.details ?? null,
    hint: said.hint ?? null,
    headers,
    ...(text !== undefined && { statusText: text }),
  })
}

function unreadable(details: string, hint: string): RestError {
  return new RestError(500, 'PGRST121', `Could not parse JSON in the "RAISE SQLSTATE 'PGRST'" error`, { details, hint })
}

function readObject(text: string | undefined): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text ?? '')
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isMaybeText(value: unknown): value is string | null | undefined {
  return value === undefined || value === null || isText(value)
}
