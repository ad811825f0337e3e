import fc from 'fast-check'
import { connections } from './arbitrary-read.ts'
import { changes } from './arbitrary-write.ts'
import type { Connection, Filter, Operation, Root, Selection } from './operation.ts'
import { nextSearch } from './searches.ts'
import { nextValue, type Value } from './values.ts'
import { roles, type World } from './world.ts'

/** Random operations on a world; half of them change something. */
export function operations(world: World): fc.Arbitrary<Operation> {
  return fc
    .record({
      role: fc.constantFrom(...roles),
      sub: fc.integer({ min: 0, max: 3 }),
      inVariables: fc.boolean(),
      kind: fc.constantFrom('query' as const, 'mutation' as const),
    })
    .chain((about) => {
      const table = fc.constantFrom(...world.tables)
      const root: fc.Arbitrary<Root> =
        about.kind === 'mutation'
          ? table.chain((of) => changes(world, about.role, of))
          : table
              .chain((of) => connections(world, about.role, of, 2))
              .map((rows) => ({ kind: 'rows' as const, ...rows }))
      return fc.array(root, { minLength: 1, maxLength: 2 }).map((roots) => ({ ...about, roots }))
    })
}

/** The same operation with other values in its filters: the same text, where they are variables. */
export function varied(operation: Operation): Operation {
  const roots = operation.roots.map((root): Root => (root.kind === 'rows' ? { ...root, ...variedRows(root) } : root))
  return { ...operation, roots }
}

function variedRows(rows: Connection): Connection {
  const { filter, node } = rows
  return { ...rows, filter: filter && variedFilter(filter), node: variedSelection(node) }
}

function variedSelection(selection: Selection): Selection {
  const { parent, children } = selection
  return { ...selection, parent: parent && variedSelection(parent), children: children && variedRows(children) }
}

function variedFilter(filter: Filter): Filter {
  switch (filter.kind) {
    case 'compare': {
      const { column, operator, value } = filter
      if (operator === 'is' || ['id', 'parent_id'].includes(column.name)) return filter
      if (/^(has|matches)/.test(operator)) return filter
      const next = (one: Value) => nextValue(column.type, one)
      return { ...filter, value: operator === 'in' ? (value as readonly Value[]).map(next) : next(value as Value) }
    }
    case 'search':
      return { ...filter, query: nextSearch(filter) }
    case 'path':
      return filter
    case 'and':
    case 'or':
      return { ...filter, of: filter.of.map(variedFilter) }
    default:
      return { ...filter, of: variedFilter(filter.of) }
  }
}
