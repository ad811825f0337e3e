import type { Connection, Filter, Operation, Root, Selection } from './operations.ts'

/** The text of an operation, and its variables. */
export function document(operation: Operation): { text: string; variables: Record<string, unknown> } {
  const variables: Record<string, unknown> = {}
  const declared: string[] = []
  /** A value in its place, or a variable that holds it. */
  const argument = (type: string, value: unknown, enums: boolean): string => {
    if (!operation.inVariables) return write(value, enums)
    const name = `v${declared.length}`
    declared.push(`$${name}: ${type}`)
    variables[name] = value
    return `$${name}`
  }

  const connection = (name: string, rows: Connection): string => {
    const { table, filter, order, page } = rows
    const args = [
      ...(filter ? [`filter: ${argument(`${table.name}Filter`, filterInput(filter), true)}`] : []),
      ...(order.length > 0
        ? [
            `orderBy: ${argument(
              `[${table.name}OrderBy!]`,
              order.map(({ column, direction }) => ({ [column]: direction })),
              true,
            )}`,
          ]
        : []),
      ...Object.entries(page).map(([key, value]) => `${key}: ${argument('Int', value, false)}`),
    ]
    const parts = [
      `edges { node { ${selection(rows.node)} } }`,
      ...(rows.totalCount ? ['totalCount'] : []),
      ...(rows.pageInfo ? ['pageInfo { hasNextPage hasPreviousPage }'] : []),
      ...(rows.aggregate ? ['aggregate { count sum { id } min { id } max { id } }'] : []),
    ]
    return `${name}${args.length > 0 ? `(${args.join(', ')})` : ''} { ${parts.join(' ')} }`
  }

  const selection = ({ columns, parent, children }: Selection): string =>
    [
      ...columns.map((column, i) => (i % 2 ? `x_${column}: ${column}` : column)),
      ...(parent ? [`parent { ${selection(parent)} }`] : []),
      ...(children ? [connection('children', children)] : []),
    ].join(' ')

  const changed = (records: Selection | undefined) =>
    `{ affectedCount${records ? ` records { ${selection(records)} }` : ''} }`

  const root = (one: Root, i: number): string => {
    const { name } = one.table
    switch (one.kind) {
      case 'rows':
        return connection(`r${i}: ${name}Collection`, one)
      case 'insert': {
        const objects = argument(`[${name}InsertInput!]!`, one.rows, false)
        return `r${i}: insertInto${name}Collection(objects: ${objects}) ${changed(one.records)}`
      }
      case 'update':
      case 'delete': {
        const set = one.kind === 'update' ? `set: ${argument(`${name}UpdateInput!`, one.set, false)}, ` : ''
        const filter = `filter: ${argument(`${name}Filter`, filterInput(one.filter), true)}`
        const field = one.kind === 'update' ? `update${name}Collection` : `deleteFrom${name}Collection`
        return `r${i}: ${field}(${set}${filter}, atMost: ${argument('Int!', one.atMost, false)}) ${changed(one.records)}`
      }
    }
  }

  const body = operation.roots.map(root).join('\n  ')
  const declarations = declared.length > 0 ? ` (${declared.join(', ')})` : ''
  return { text: `${operation.kind}${declarations} {\n  ${body}\n}`, variables }
}

function filterInput(filter: Filter): Record<string, unknown> {
  switch (filter.kind) {
    case 'compare':
      return { [filter.column]: { [filter.operator]: filter.value } }
    case 'not':
      return { not: filterInput(filter.of) }
    default:
      return { [filter.kind]: filter.of.map(filterInput) }
  }
}

/** @param enums whether texts that look like values of an enum are some */
function write(value: unknown, enums: boolean): string {
  if (Array.isArray(value)) return `[${value.map((item) => write(item, enums)).join(', ')}]`
  if (typeof value === 'object' && value !== null) {
    return `{ ${Object.entries(value)
      .map(([key, inner]) => `${key}: ${write(inner, enums)}`)
      .join(', ')} }`
  }
  if (enums && typeof value === 'string' && /^(NULL|NOT_NULL|(Asc|Desc)Nulls(First|Last))$/.test(value)) return value
  return JSON.stringify(value)
}
