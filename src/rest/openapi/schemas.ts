import type { PgFunctionArgument, PgType, Table } from '#database'
import { type Model, typeText } from '../model/index.ts'

type Json = Readonly<Record<string, unknown>>

/** The definition of a table's rows. */
export function tableSchema(table: Table, model: Model): Json {
  const required = table.columns.filter(({ notNull }) => notNull).map(({ name }) => name)
  return {
    ...(table.comment && { description: table.comment }),
    ...(required.length > 0 && { required }),
    properties: Object.fromEntries(table.columns.map((column) => [column.name, property(column, table, model)])),
    type: 'object',
  }
}

function property(column: Table['columns'][number], table: Table, model: Model): Json {
  const type = model.type(column.type)
  const labels = model.type(model.baseOf(column.type))?.labels
  const description = describe(column, table, model)
  const fallback = defaultOf(column.default, type)
  return {
    ...(fallback !== undefined && { default: fallback }),
    ...(description !== undefined && { description }),
    ...(labels && { enum: labels }),
    ...(column.maxLength !== null && { maxLength: column.maxLength }),
    ...typeShape(type),
  }
}

/** What a column is, and its keys in the words that generators of clients look for. */
function describe({ name, comment }: Table['columns'][number], table: Table, model: Model): string | undefined {
  const keys = model.relationships(table).filter((one) => {
    const toOne = one.kind === 'many-to-one' || one.kind === 'one-to-one'
    return toOne && one.toOne && one.columns.length === 1 && one.columns[0]?.[0] === name && refers(table, name)
  })
  // Views over the table have the key too.
  const key = keys.find(({ to }) => to.kind === 'table') ?? keys[0]
  const target = key && 'columns' in key ? key.columns[0]?.[1] : undefined
  const notes = [
    ...(model.key(table).includes(name) ? ['This is a Primary Key.<pk/>'] : []),
    ...(key && target !== undefined
      ? [`This is a Foreign Key to \`${key.to.name}.${target}\`.<fk table='${key.to.name}' column='${target}'/>`]
      : []),
  ]
  if (notes.length === 0) return comment ?? undefined
  return `${comment === null ? '' : `${comment}\n\n`}Note:\n${notes.join('\n')}`
}

/** One-to-one goes both ways; the side that holds the key refers to the other. */
function refers(table: Table, column: string): boolean {
  return table.kind !== 'table' || table.foreignKeys.some(({ columns }) => columns.includes(column))
}

/** A literal as JSON; whatever else a default is, as the text of its expression. */
function defaultOf(expression: string | null, type: PgType | undefined): unknown {
  if (expression === null) return undefined
  const { type: kind } = typeShape(type)
  if (kind === 'string') return /^'((?:[^']|'')*)'::/.exec(expression)?.[1]?.replaceAll("''", "'") ?? expression
  try {
    return JSON.parse(expression) as unknown
  } catch {
    return undefined
  }
}

const kinds: Readonly<Record<string, string>> = {
  boolean: 'boolean',
  smallint: 'integer',
  integer: 'integer',
  bigint: 'integer',
  numeric: 'number',
  real: 'number',
  'double precision': 'number',
}
const formats: Readonly<Record<string, string>> = { smallint: 'int32', integer: 'int32', bigint: 'int64' }

/** How OpenAPI calls a type that Postgres calls so. */
export function formatOf(text: string): string {
  return formats[text] ?? text
}

interface TypeShape {
  readonly type?: string
  readonly format: string
  readonly items?: Json
}

/**
 * `{ type, format, items }`; documents may hold anything, and have no type.
 *
 * @param searchPath schemas whose names are not said
 */
export function typeShape(type: PgType | undefined, searchPath: readonly string[] = []): TypeShape {
  const text = typeText(type, searchPath)
  const format = formatOf(text)
  if (text === 'json' || text === 'jsonb') return { format }
  if (!text.endsWith('[]')) return { format, type: kinds[text] ?? 'string' }
  const of = text.slice(0, -2)
  return { format, type: 'array', items: of === 'json' || of === 'jsonb' ? {} : { type: kinds[of] ?? 'string' } }
}

/** The body of a call: an object of its arguments. */
export function argumentsSchema(
  given: readonly PgFunctionArgument[],
  comment: string | null,
  typeOf: (oid: number) => TypeShape,
): Json {
  const named = given.filter(({ name }) => name !== null)
  const required = named.filter(({ hasDefault }) => !hasDefault).map(({ name }) => name)
  return {
    ...(comment && { description: comment }),
    ...(required.length > 0 && { required }),
    properties: Object.fromEntries(named.map(({ name, type }) => [name, typeOf(type)])),
    type: 'object',
  }
}
