import type { Table } from '#database'

type Json = Readonly<Record<string, unknown>>

const header = (name: string, description: string, more: Json = {}) => ({
  name,
  description,
  required: false,
  in: 'header',
  type: 'string',
  ...more,
})
const query = (name: string, description: string) => ({
  name,
  description,
  required: false,
  in: 'query',
  type: 'string',
})
const prefer = (...choices: readonly string[]) =>
  header('Prefer', 'Preference', choices.length > 0 ? { enum: choices } : {})

const returns = ['return=representation', 'return=minimal', 'return=none']

/** Parameters that the paths of all tables refer to. */
export const sharedParameters: Readonly<Record<string, Json>> = {
  preferParams: prefer(),
  preferReturn: prefer(...returns),
  preferCount: prefer('count=none'),
  preferPost: prefer(...returns, 'resolution=ignore-duplicates', 'resolution=merge-duplicates'),
  select: query('select', 'Filtering Columns'),
  on_conflict: query('on_conflict', 'On Conflict'),
  order: query('order', 'Ordering'),
  range: header('Range', 'Limiting and Pagination'),
  rangeUnit: header('Range-Unit', 'Limiting and Pagination', { default: 'items' }),
  offset: query('offset', 'Limiting and Pagination'),
  limit: query('limit', 'Limiting and Pagination'),
}

/** A table's body, and a filter a column. */
export function tableParameters({ name, columns }: Table): Record<string, Json> {
  const body = { name, description: name, required: false, in: 'body', schema: { $ref: `#/definitions/${name}` } }
  const filters = columns.map((column): [string, Json] => [
    `rowFilter.${name}.${column.name}`,
    {
      name: column.name,
      ...(column.comment !== null && { description: column.comment }),
      required: false,
      in: 'query',
      type: 'string',
    },
  ])
  return { [`body.${name}`]: body, ...Object.fromEntries(filters) }
}
