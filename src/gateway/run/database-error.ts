import { GraphQLError } from 'graphql'
import pg from 'pg'
import { type Catalog, isUnreachable } from '#database'
import { catalogue, isPorticoError } from '#errors'
import { atMostMark, refusalIn } from '../query/index.ts'

type Mode = 'development' | 'production'

/**
 * What a client may know of a failed statement. Errors that speak of the client's own input or rights keep Postgres'
 * message, as PostgREST and pg_graphql do; anything else is told in development only. Never the statement, never the
 * `detail` of a constraint (it holds other rows' values).
 */
export function publicError(error: unknown, mode: Mode, catalog: Pick<Catalog, 'tables'>): GraphQLError {
  if (error instanceof GraphQLError) return error
  if (isPorticoError(error)) return new GraphQLError(error.message, { extensions: { code: error.code } })
  if (isUnreachable(error)) return coded('NOT_READY')
  if (!(error instanceof pg.DatabaseError)) return hidden(error, mode)
  const sqlstate = error.code ?? 'XX000'
  const refusal = sqlstate === '22P02' ? refusalIn(error.message) : undefined
  if (refusal) return new GraphQLError(refusal.reason, { extensions: { code: refusal.code } })
  if (error.message.includes(atMostMark)) {
    return new GraphQLError(`${error.message.includes('delete') ? 'delete' : 'update'} ${atMostMark}`, {
      extensions: { code: 'BAD_USER_INPUT' },
    })
  }
  if (sqlstate === '57014') return coded('TIMEOUT')
  // A filter on a type that cannot be compared: `point`, `xml`.
  const incomparable = sqlstate === '42883' && /^(operator does not exist|could not identify)/.test(error.message)
  const illegible = unreadable.some(([state, text]) => sqlstate === state && text.test(error.message))
  const code = incomparable || illegible ? 'BAD_USER_INPUT' : codes.find(([prefix]) => sqlstate.startsWith(prefix))?.[1]
  if (!code) return hidden(error, mode)
  return new GraphQLError(withoutPolicy(error.message), {
    extensions: { code, sqlstate, ...besides(error, code, catalog) },
  })
}

/** Texts in a language of their own: what is searched for, and by which configuration; paths into JSON. */
const unreadable: readonly (readonly [sqlstate: string, message: RegExp])[] = [
  ['42601', /tsquery|jsonpath/],
  ['42704', /^text search configuration/],
]

const codes: readonly (readonly [prefix: string, code: string])[] = [
  ['21', 'BAD_USER_INPUT'],
  ['22', 'BAD_USER_INPUT'],
  ['23', 'CONSTRAINT_VIOLATION'],
  ['42501', 'FORBIDDEN'],
  ['P0', 'RAISED'],
  ['PT', 'RAISED'],
  ['40', 'CONFLICT'],
]

function besides(error: pg.DatabaseError, code: string, catalog: Pick<Catalog, 'tables'>): Record<string, unknown> {
  // What a project's own `raise exception` says is meant to be read.
  if (code === 'RAISED')
    return { ...(error.detail && { detail: error.detail }), ...(error.hint && { hint: error.hint }) }
  if (code !== 'CONSTRAINT_VIOLATION') return {}
  const columns = error.column ? [error.column] : (columnsOf(error.detail) ?? columnsOfKey(error, catalog))
  return { ...(error.constraint && { constraint: error.constraint }), ...(columns && { columns }) }
}

/**
 * The columns that `Key (a, b)=(1, 2) already exists.` names, without the values. Postgres leaves the detail out where
 * the role may not read them.
 */
function columnsOf(detail: string | undefined): string[] | undefined {
  const [, names] = /^Key \((.*?)\)=\(/s.exec(detail ?? '') ?? []
  return names?.match(/"(?:[^"]|"")*"|[^",]+/g)?.map((name) => {
    const trimmed = name.trim()
    return trimmed.startsWith('"') ? trimmed.slice(1, -1).replaceAll('""', '"') : trimmed
  })
}

/** Postgres tells no detail of a table with policies; which columns a key is made of, its declaration tells. */
function columnsOfKey(
  { schema, table, constraint }: pg.DatabaseError,
  { tables }: Pick<Catalog, 'tables'>,
): readonly string[] | undefined {
  const found = tables.find((one) => one.schema === schema && one.name === table)
  return [...(found?.arbiters ?? []), ...(found?.foreignKeys ?? [])].find(({ name }) => name === constraint)?.columns
}

/** Which of the policies refused a row is nobody's to know. */
function withoutPolicy(message: string): string {
  return message.replace(/(violates row-level security policy) ".*" for/s, '$1 for')
}

function coded(code: 'TIMEOUT' | 'NOT_READY'): GraphQLError {
  return new GraphQLError(catalogue[code].message, { extensions: { code } })
}

function hidden(error: unknown, mode: Mode): GraphQLError {
  const message =
    mode === 'development' && error instanceof Error ? error.message : catalogue.INTERNAL_SERVER_ERROR.message
  return new GraphQLError(message, {
    extensions: { code: 'INTERNAL_SERVER_ERROR' },
    ...(error instanceof Error && { originalError: error }),
  })
}
