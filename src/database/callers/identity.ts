import type { Caller, RequestInfo } from '../caller.ts'
import type { RoleSettings } from './role-settings.ts'
import type { Statement } from './round-trip.ts'

/**
 * The statement that makes the current transaction the caller's: role, claims, the request as SQL may see it and the
 * role's own settings, each local to the transaction. The names are PostgREST's ("Transaction-scoped settings").
 */
export function identityStatement(
  caller: Caller,
  request: RequestInfo | undefined,
  settings: RoleSettings | undefined,
): Statement {
  const pairs: [name: string, value: string][] = [
    ['role', caller.role],
    ['request.jwt.claims', claimsText(caller.claims)],
  ]
  if (request) {
    pairs.push(
      ['request.method', request.method],
      ['request.path', request.path],
      ['request.headers', JSON.stringify(request.headers)],
    )
  }
  if (settings) pairs.push(...Object.entries(settings))
  if (request?.settings) pairs.push(...Object.entries(request.settings))
  return { text: identityText(pairs.length), values: pairs.flat() }
}

const texts: string[] = []

function identityText(count: number): string {
  texts[count] ??=
    `select ${Array.from({ length: count }, (_, i) => `set_config($${2 * i + 1}, $${2 * i + 2}, true)`).join(', ')}`
  return texts[count]
}

/** The claims of a verified token are shared by all its requests, and frozen. */
const claimsTexts = new WeakMap<object, string>()

function claimsText(claims: Caller['claims']): string {
  const known = claimsTexts.get(claims)
  if (known !== undefined) return known
  const text = JSON.stringify(claims)
  if (Object.isFrozen(claims)) claimsTexts.set(claims, text)
  return text
}
