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
  settings: RoleSettings = none,
): Statement {
  const { role, claims } = caller
  const { text, further } = frameOf(request, settings)
  if (!request) return { text, values: [role, claimsText(claims), ...further] }
  const { method, path, headers } = request
  return { text, values: [role, claimsText(claims), method, path, JSON.stringify(headers), ...further] }
}

/** What is the same for all requests of a kind. */
interface Frame {
  readonly text: string
  /** Values of the role's settings and of the request's. */
  readonly further: readonly string[]
}

const none: RoleSettings = Object.freeze({})

/** By the settings of requests that are shared by all of a kind, and frozen, and by those of the role. */
const frames = new WeakMap<RoleSettings, WeakMap<RoleSettings, Frame>>()

function frameOf(request: RequestInfo | undefined, ofRole: RoleSettings): Frame {
  const names = ['role', 'request.jwt.claims']
  if (!request) return newFrame(names, ofRole, none)
  const { settings = none } = request
  const known = frames.get(settings)?.get(ofRole)
  if (known) return known
  const frame = newFrame([...names, 'request.method', 'request.path', 'request.headers'], ofRole, settings)
  if (!Object.isFrozen(settings)) return frame
  const byRole = frames.get(settings) ?? new WeakMap<RoleSettings, Frame>()
  frames.set(settings, byRole.set(ofRole, frame))
  return frame
}

function newFrame(names: readonly string[], ...further: readonly RoleSettings[]): Frame {
  const all = further.flatMap((settings) => Object.entries(settings))
  return { text: identityText([...names, ...all.map(([name]) => name)]), further: all.map(([, value]) => value) }
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
