import { cursorText } from './cursor.ts'
import type { Change, Connection, Filter, Groups, NestedRow, Operation, Root, Selection, Term } from './operation.ts'

/** The text of an operation, and its variables. */
export function document(operation: Operation): { text: string; variables: Record<string, unknown> } {
  const variables: Record<string, unknown> = {}
  const declared: string[] = []
  /** A value in its place, or a variable that holds it; nothing where there is none. */
  const argument = (name: string, type: string, value: unknown): string[] => {
    if (value === undefined) return []
    if (!operation.inVariables) return [`${name}: ${written(value)}`]
    const variable = `v${declared.length}`
    declared.push(`$${variable}: ${type}`)
    variables[variable] = value
    return [`${name}: $${variable}`]
  }
  const list = (args: readonly string[]) => (args.length > 0 ? `(${args.join(', ')})` : '')

  /** Names of an enum, which are no texts where they are written. */
  const distinct = (type: string, columns: readonly { name: string }[]): string[] => {
    const names = columns.map(({ name }) => name)
    if (names.length === 0) return []
    return operation.inVariables ? argument('distinctOn', type, names) : [`distinctOn: [${names.join(', ')}]`]
  }

  const connection = (field: string, rows: Connection): string => {
    const { table, filter, order, page, aggregate, groups } = rows
    const args = [
      ...argument('filter', `${table.name}Filter`, filter && filterInput(filter)),
      ...distinct(`[${table.name}Column!]`, rows.distinctOn),
      ...argument('orderBy', `[${table.name}OrderBy!]`, order.length > 0 ? order.map(orderInput) : undefined),
      ...(['first', 'last', 'offset'] as const).flatMap((name) => argument(name, 'Int', page[name])),
      ...(['after', 'before'] as const).flatMap((name) =>
        argument(name, 'Cursor', page[name] && cursorText(table, order, page[name])),
      ),
    ]
    const parts = [
      `edges { ${rows.cursors ? 'cursor ' : ''}node { ${selection(rows.node)} } }`,
      ...(rows.totalCount ? ['totalCount'] : []),
      ...(rows.pageInfo ? ['pageInfo { hasNextPage hasPreviousPage startCursor endCursor }'] : []),
      ...(aggregate ? [aggregateField(aggregate)] : []),
      ...(groups ? [groupsField(groups, table.name)] : []),
    ]
    return `${field}${list(args)} { ${parts.join(' ')} }`
  }

  const groupsField = ({ by, atLeast, byCount, first, offset }: Groups, table: string): string => {
    const keys = by.map(({ column, bucket }) => ({ column: column.name, ...(bucket && { bucket }) }))
    const args = [
      ...argument('by', `[${table}GroupBy!]!`, keys),
      ...argument('having', `${table}Having`, atLeast === undefined ? undefined : { count: { gte: atLeast } }),
      ...argument('orderBy', `[${table}GroupOrderBy!]`, byCount && [{ count: byCount }]),
      ...argument('first', 'Int', first),
      ...argument('offset', 'Int', offset),
    ]
    return `groups${list(args)} { key { ${by.map(({ column }) => column.name).join(' ')} } aggregate { count } }`
  }

  const selection = ({ columns, parent, children }: Selection): string =>
    [
      ...columns.map((column, i) => (i % 2 ? `x_${column}: ${column}` : column)),
      ...(parent ? [`parent { ${selection(parent)} }`] : []),
      ...(children ? [connection(`of_${children.table.name}`, children)] : []),
    ].join(' ')

  const change = (one: Change, i: number): string => {
    const { name } = one.table
    const changed = `{ affectedCount${one.records ? ` records { ${selection(one.records)} }` : ''} }`
    const field = (verb: string, args: readonly string[]) => `r${i}: ${verb}${name}Collection${list(args)} ${changed}`
    const bounded = ({ filter, atMost }: { filter: Filter; atMost: number }) => [
      ...argument('filter', `${name}Filter`, filterInput(filter)),
      ...argument('atMost', 'Int!', atMost),
    ]
    switch (one.kind) {
      case 'insert': {
        const { update, where } = one.onConflict ?? { update: [], where: undefined }
        const filter = where === undefined ? {} : { filter: { b: { eq: where } } }
        const onConflict = one.onConflict && { constraint: `${name}_pkey`, updateColumns: update, ...filter }
        return field('insertInto', [
          ...argument('objects', `[${name}InsertInput!]!`, one.rows),
          ...argument('onConflict', `${name}OnConflict`, onConflict),
        ])
      }
      case 'nest':
        return field('insertInto', argument('objects', `[${name}InsertInput!]!`, one.rows.map(nestedInput)))
      case 'update': {
        const { related } = one
        const below = related && {
          [related.kind]: {
            filter: filterInput(related.filter),
            atMost: related.atMost,
            ...(related.kind === 'updateWhere' && { set: related.set }),
          },
        }
        const set = { ...one.set, ...(related && { [`of_${related.table.name}`]: below }) }
        return field('update', [...argument('set', `${name}UpdateInput!`, set), ...bounded(one)])
      }
      case 'delete':
        return field('deleteFrom', bounded(one))
      case 'updateMany': {
        const updates = one.updates.map(({ id, set }) => ({ where: { id }, set }))
        return field('updateMany', argument('updates', `[${name}UpdateByKey!]!`, updates))
      }
    }
  }

  const root = (one: Root, i: number): string =>
    one.kind === 'rows' ? connection(`r${i}: ${one.table.name}Collection`, one) : change(one, i)
  const body = operation.roots.map(root).join('\n  ')
  return { text: `${operation.kind}${list(declared)} {\n  ${body}\n}`, variables }
}

function aggregateField({ sum, min, max }: { sum: readonly string[]; min: readonly string[]; max: readonly string[] }) {
  const of = (kind: string, columns: readonly string[]) =>
    columns.length > 0 ? [`${kind} { ${columns.join(' ')} }`] : []
  return `aggregate { count ${[...of('sum', sum), ...of('min', min), ...of('max', max)].join(' ')} }`
}

function orderInput(term: Term): object {
  switch (term.kind) {
    case 'column':
      return { [term.column.name]: term.direction }
    case 'parent':
      return { parent: { [term.column.name]: term.direction } }
    case 'count':
      return { [`of_${term.child.name}`]: { count: term.direction } }
  }
}

function nestedInput({ row, parent, children }: NestedRow): object {
  return {
    ...row,
    ...(parent?.kind === 'create' && { parent: { create: parent.row } }),
    ...(parent?.kind === 'connect' && { parent: { connect: { id: parent.id } } }),
    ...(parent?.kind === 'connectOrCreate' && {
      parent: { connectOrCreate: { where: { id: parent.id }, create: parent.row } },
    }),
    ...(children && {
      [`of_${children.table.name}`]:
        children.kind === 'create' ? { create: children.rows } : { connect: children.ids.map((id) => ({ id })) },
    }),
  }
}

function filterInput(filter: Filter): object {
  switch (filter.kind) {
    case 'compare':
      return { [filter.column.name]: { [filter.operator]: filter.value } }
    case 'search': {
      const { query, type } = filter
      return { [filter.column.name]: { textSearch: { query, type, config: 'simple' } } }
    }
    case 'path': {
      const { at, operator, value } = filter
      return { [filter.column.name]: { path: [{ at, [operator]: value }] } }
    }
    case 'not':
      return { not: filterInput(filter.of) }
    case 'and':
    case 'or':
      return { [filter.kind]: filter.of.map(filterInput) }
    case 'parent':
      return { parent: filterInput(filter.of) }
    default:
      return { [`of_${filter.table.name}`]: { [filter.kind]: filterInput(filter.of) } }
  }
}

/** Values of enums may be written as texts, but these are not. */
function written(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(written).join(', ')}]`
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([key, inner]) => `${key}: ${written(inner)}`)
    return `{ ${entries.join(', ')} }`
  }
  if (
    typeof value === 'string' &&
    /^(NULL|NOT_NULL|(Asc|Desc)Nulls(First|Last)|plain|phrase|websearch|raw)$/.test(value)
  )
    return value
  return JSON.stringify(value)
}
