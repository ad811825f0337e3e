import type { RowChange } from '../feed/index.ts'
import type { Evaluated } from './evaluate.ts'
import type { TableFacts } from './table-facts.ts'

/** Bytes of a change beyond which only its small values are told. */
export const mostBytes = 1024 * 1024
/** Bytes of a value's JSON that is small. */
const small = 64

export const noPrimaryKey = 'Error 400: Bad Request, no primary key'
export const unauthorized = 'Error 401: Unauthorized'
const tooLarge = 'Error 413: Payload Too Large'

/** What a client is told of a change whose rows it is told nothing of: JSON text. */
export function errorPayload({ table, action }: RowChange, error: string): string {
  const { schema, name } = table
  const record = { INSERT: { record: {} }, UPDATE: { record: {}, old_record: {} }, DELETE: { old_record: {} } }[action]
  return JSON.stringify({
    schema,
    table: name,
    type: action,
    commit_timestamp: null,
    columns: [],
    ...record,
    errors: [error],
  })
}

/**
 * What clients of one role are told of a change: JSON text, since the numbers of Postgres are larger than JavaScript's.
 *
 * @param select the columns they asked for, besides the key's; undefined for all
 * @see supabase/realtime, `realtime.apply_rls`
 */
export function changePayload(
  change: RowChange,
  committedAt: string,
  facts: TableFacts,
  { row, old }: Evaluated,
  select: readonly string[] | undefined,
): string {
  const { schema, name } = change.table
  const isTooLarge = change.size > mostBytes
  const columns = facts.columns.filter((column) => {
    return column.isSelectable && (select === undefined || column.isKey || select.includes(column.name))
  })
  const told = columns.map(({ name, type }) => ({ name, type }))
  // Nobody can be asked who might have seen a row that is gone.
  const known = facts.hasRowSecurity ? columns.filter(({ isKey }) => isKey) : columns
  const text = (which: TableFacts['columns'], values: ReadonlyMap<string, string>) =>
    recordText(which, values, isTooLarge)
  return [
    `{"schema":${JSON.stringify(schema)},"table":${JSON.stringify(name)},"type":"${change.action}"`,
    `"commit_timestamp":"${committedAt.slice(0, -'000Z'.length)}Z","columns":${JSON.stringify(told)}`,
    ...(change.action === 'DELETE' ? [] : [`"record":${text(columns, row)}`]),
    ...(change.action === 'UPDATE' ? [`"old_record":${text(columns, old)}`] : []),
    ...(change.action === 'DELETE' ? [`"old_record":${text(known, row)}`] : []),
    `"errors":${isTooLarge ? JSON.stringify([tooLarge]) : 'null'}}`,
  ].join(',')
}

function recordText(columns: TableFacts['columns'], values: ReadonlyMap<string, string>, onlySmall: boolean): string {
  const fields = columns.flatMap(({ name }) => {
    const value = values.get(name)
    if (value === undefined || (onlySmall && Buffer.byteLength(value) > small)) return []
    return [`${JSON.stringify(name)}:${value}`]
  })
  return `{${fields.join(',')}}`
}
