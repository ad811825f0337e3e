import { sql } from 'kysely'
import { LRUCache } from 'lru-cache'
import type { Caller, RequestInfo } from '../caller.ts'
import { compileSql } from '../sql/index.ts'
import type { Statement } from './question.ts'
import type { RoleSettings } from './role-settings.ts'

/**
 * The statement that makes the current transaction the caller's: role, claims, the request as SQL may see it and the
 * role's own settings, each local to the transaction. The names are PostgREST's ("Transaction-scoped settings").
 * It answers no row.
 */
export function identityStatement(
  caller: Caller,
  request: RequestInfo | undefined,
  settings: RoleSettings | undefined,
): Statement {
  const names = ['role', 'request.jwt.claims']
  const values = [caller.role, claimsText(caller.claims)]
  if (request) {
    names.push('request.method', 'request.path', 'request.headers')
    values.push(request.method, request.path, JSON.stringify(request.headers))
  }
  for (const more of [settings, request?.settings]) {
    for (const name in more) {
      names.push(name)
      values.push(more[name] ?? '')
    }
  }
  return { text: identityText(names), values }
}

const texts = new LRUCache<string, string>({ max: 1000 })

function identityText(names: readonly string[]): string {
  const key = names.join()
  const known = texts.get(key)
  if (known !== undefined) return known
  const calls = names.map((name) => sql`set_config(${sql.lit(name)}, ${''}, true)`)
  // Each is called, and none is null. A row of them would be made, sent and read for nobody.
  const groups = Array.from({ length: Math.ceil(calls.length / mostArguments) }, (_, i) => {
    return sql`num_nonnulls(${sql.join(calls.slice(i * mostArguments, (i + 1) * mostArguments))})`
  })
  const { text } = compileSql(sql`select where ${sql.join(groups, sql` + `)} = 0`)
  texts.set(key, text)
  return text
}

/** That a function may be given. */
const mostArguments = 100

/** The claims of a verified token are shared by all its requests, and frozen. */
const claimsTexts = new WeakMap<object, string>()

function claimsText(claims: Caller['claims']): string {
  const known = claimsTexts.get(claims)
  if (known !== undefined) return known
  const text = JSON.stringify(claims)
  if (Object.isFrozen(claims)) claimsTexts.set(claims, text)
  return text
}
