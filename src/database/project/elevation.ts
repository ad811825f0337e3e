import { sql } from 'kysely'
import type pg from 'pg'
import { rows } from '../administer.ts'

/** Compare `supautils.privileged_extensions`, `event triggers` and `foreign data wrappers` of Supabase's own image. */
export function mayNeedAdministrator(words: readonly string[]): boolean {
  const [verb, what, third] = words
  if (verb === 'comment' && what === 'on') return third === 'extension' || third === 'event'
  if (verb !== 'create' && verb !== 'alter' && verb !== 'drop') return false
  return (
    what === 'extension' ||
    what === 'event' ||
    what === 'publication' ||
    // Altering one calls its validator, which may be anybody's.
    (what === 'foreign' && third === 'data' && verb !== 'alter') ||
    (what === 'database' && verb === 'alter')
  )
}

export function concernsRoles([verb, what]: readonly string[]): boolean {
  return verb === 'grant' || verb === 'revoke' || what === 'role' || what === 'user' || what === 'group'
}

const name = String.raw`(?:[a-z_][\w$]*|"[^"]+")`

/** The only statement that the administrator runs for a `do` block: it calls nothing, and its names are plain. */
export function isPlainPublication(statement: string): boolean {
  return plainPublication.test(statement)
}

const plainPublication = (() => {
  const plain = String.raw`[a-z_]\w*`
  const option = String.raw`${plain}\s*=\s*(?:true|false|'[\w, ]*')`
  const what = String.raw`(?:all\s+tables|tables\s+in\s+schema\s+${plain}(?:\s*,\s*${plain})*)`
  const options = String.raw`(?:\s+with\s*\(\s*${option}(?:\s*,\s*${option})*\s*\))?`
  return new RegExp(String.raw`^create\s+publication\s+${plain}\s+for\s+${what}${options}\s*$`, 'i')
})()

/**
 * The `create foreign data wrapper` that the administrator may run: creating one calls the validator as whoever
 * creates it, so handler and validator must be a library's and a superuser's. Each is named with the schema that was
 * looked at; without one it is looked for where extensions are.
 *
 * @returns undefined where it is any other statement, or any other function.
 */
export async function harmlessWrapper(admin: pg.ClientBase, statement: string): Promise<string | undefined> {
  const [, start = '', functions = '', options = ''] = createWrapper.exec(statement) ?? []
  if (!start) return undefined
  let made = start
  for (const [text, kind, called] of functions.matchAll(wrapperFunction)) {
    const found = kind && called ? await functionOfLibrary(admin, kind.toLowerCase(), called) : text
    if (found === undefined) return undefined
    made += kind ? ` ${kind} ${found}` : ` ${found}`
  }
  return made + options
}

const functionClause = String.raw`\s+(?:no\s+(?:handler|validator)|(?:handler|validator)\s+${name}(?:\.${name})?)(?![\w$."])`
const createWrapper = new RegExp(
  String.raw`^(create\s+foreign\s+data\s+wrapper\s+${name})((?:${functionClause})*)(\s+options\s*\([\s\S]*\))?$`,
  'i',
)
const wrapperFunction = new RegExp(
  String.raw`no\s+(?:handler|validator)|(handler|validator)\s+(${name}(?:\.${name})?)`,
  'gi',
)

async function functionOfLibrary(admin: pg.ClientBase, kind: string, called: string): Promise<string | undefined> {
  const of = kind === 'handler' ? '()' : '(pg_catalog.text[], pg_catalog.oid)'
  const places = new RegExp(String.raw`^${name}\.`, 'i').test(called)
    ? [called]
    : [`extensions.${called}`, `pg_catalog.${called}`]
  for (const place of places) {
    const [found] = await rows(
      admin,
      sql<{ named: string }>`
        select format('%I.%I', n.nspname, p.proname) as named
        from pg_proc p join pg_namespace n on n.oid = p.pronamespace join pg_roles r on r.oid = p.proowner
          join pg_language l on l.oid = p.prolang
        where p.oid = to_regprocedure(${place + of}) and r.rolsuper and l.lanname in ('c', 'internal')`,
    )
    if (found) return found.named
  }
  return undefined
}
