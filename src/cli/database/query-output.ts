import type pg from 'pg'

/** What one statement answered, with every value as Postgres writes it. */
export interface Answer {
  /** `SELECT`, `INSERT` … */
  readonly command: string
  readonly count: number | null
  /** Empty for a statement that answers no rows. */
  readonly columns: readonly { readonly name: string; readonly type: number }[]
  readonly rows: readonly (readonly (string | null)[])[]
}

/** As Postgres writes them: nothing is lost in a JavaScript number or date. */
export const asText = { getTypeParser: () => (value: string) => value } as unknown as pg.CustomTypesConfig

export function answerOf({ command, rowCount, fields, rows }: pg.QueryArrayResult<unknown[]>): Answer {
  return {
    command,
    count: rowCount,
    columns: fields.map(({ name, dataTypeID }) => ({ name, type: dataTypeID })),
    rows: rows as (string | null)[][],
  }
}

/** Each prints one answer, line ends included. */
export const formats = { table, json, csv } as const

function table({ command, count, columns, rows }: Answer): string {
  if (columns.length === 0) return `${command}${count === null ? '' : ` ${count}`}\n`
  const cells = rows.map((row) => row.map((value) => (value === null ? 'NULL' : value.replaceAll('\n', '↵'))))
  const widths = columns.map(({ name }, at) => Math.max(name.length, ...cells.map((row) => row[at]?.length ?? 0)))
  const line = (row: readonly string[]) =>
    ` ${row.map((cell, at) => (isNumber(columns[at]?.type) ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0))).join(' │ ')}`.trimEnd()
  const rule = widths.map((width) => '─'.repeat(width + 2)).join('┼')
  const total = `(${rows.length} ${rows.length === 1 ? 'row' : 'rows'})`
  return `${[line(columns.map(({ name }) => name)), rule, ...cells.map(line), total].join('\n')}\n`
}

function json({ command, count, columns, rows }: Answer): string {
  if (columns.length === 0) return `${JSON.stringify({ command, count })}\n`
  const objects = rows.map((row) =>
    Object.fromEntries(columns.map(({ name, type }, at) => [name, jsonValue(row[at] ?? null, type)])),
  )
  return `${JSON.stringify(objects, null, 2)}\n`
}

function csv({ columns, rows }: Answer): string {
  if (columns.length === 0) return ''
  const lines = [columns.map(({ name }) => name), ...rows].map((row) => row.map(csvCell).join(','))
  return `${lines.join('\r\n')}\r\n`
}

/** RFC 4180; NULL is nothing, and the empty text is quoted. */
function csvCell(value: string | null): string {
  if (value === null) return ''
  return value === '' || /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value
}

const boolean = 16
const documents = [114, 3802]
/** int2, int4, oid, float4, float8: what a JavaScript number holds. */
const numbers = [21, 23, 26, 700, 701]
/** int8, numeric */
const longNumbers = [20, 1700]

function isNumber(type = 0): boolean {
  return numbers.includes(type) || longNumbers.includes(type)
}

function jsonValue(value: string | null, type: number): unknown {
  if (value === null) return null
  if (type === boolean) return value === 't'
  if (documents.includes(type)) return JSON.parse(value)
  if (numbers.includes(type) && Number.isFinite(Number(value))) return Number(value)
  return longNumbers.includes(type) && String(Number(value)) === value ? Number(value) : value
}
