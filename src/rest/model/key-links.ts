import type { Catalog, ForeignKey, KeyedTable, Table } from '#database'

/** A relation that shows a table's key columns: the table itself, or a view over it. */
export interface Face {
  readonly schema: string
  readonly name: string
  readonly exposed: boolean
  /** Undefined for what is outside the exposed schemas. */
  readonly table: Table | undefined
  /** Under the names they have here; empty where not all of them are shown. */
  readonly primaryKey: readonly string[]
  /** The names that a column of the table has here. */
  names(column: string): readonly string[]
}

/** A foreign key as one pair of faces shows it. */
export interface KeyLink {
  readonly constraint: string
  readonly source: Face
  readonly target: Face
  /** Column of the source, column of the target. */
  readonly columns: readonly (readonly [string, string])[]
  /** The key's columns are unique at the source: at most one row on either side. */
  readonly unique: boolean
}

/** Each foreign key between each two faces of its tables. */
export function foreignKeyLinks(catalog: Catalog): KeyLink[] {
  const tables: readonly KeyedTable[] = [...catalog.tables, ...catalog.hidden]
  const exposed = new Map(catalog.tables.map((table) => [table.oid, table]))
  const faces = new Map(tables.map((table) => [table.oid, [ownFace(table, exposed.get(table.oid))]]))
  const keyed = new Map(tables.map((table) => [table.oid, table]))
  for (const view of catalog.tables) {
    for (const [oid, origins] of Map.groupBy(view.origins, ({ table }) => table)) {
      const names = Map.groupBy(origins, ({ original }) => original)
      const namesOf = (column: string) => (names.get(column) ?? []).map((origin) => origin.column)
      const key = keyed.get(oid)?.primaryKey ?? []
      const shown = key.flatMap((column) => namesOf(column).slice(0, 1))
      const primaryKey = shown.length === key.length ? shown : []
      const { schema, name } = view
      faces.get(oid)?.push({ schema, name, exposed: true, table: view, primaryKey, names: namesOf })
    }
  }
  const byName = new Map(tables.map((table) => [`${table.schema}\0${table.name}`, table]))

  return tables.flatMap((table) =>
    table.foreignKeys.flatMap((foreignKey) => {
      const target = byName.get(`${foreignKey.target.schema}\0${foreignKey.target.table}`)
      if (!target) return []
      const unique = [table.primaryKey ?? [], ...table.uniques].some((key) => sameSet(key, foreignKey.columns))
      return (faces.get(table.oid) ?? []).flatMap((source) =>
        (faces.get(target.oid) ?? []).flatMap((face) =>
          pairs(foreignKey, source, face).map((columns): KeyLink => {
            return { constraint: foreignKey.name, source, target: face, columns, unique }
          }),
        ),
      )
    }),
  )
}

function ownFace(table: KeyedTable, exposed: Table | undefined): Face {
  const { schema, name } = table
  const primaryKey = table.primaryKey ?? []
  return { schema, name, exposed: exposed !== undefined, table: exposed, primaryKey, names: (column) => [column] }
}

/** A view may show one column under several names: each way to pair them is a relationship of its own. */
function pairs({ columns, target }: ForeignKey, source: Face, face: Face): (readonly [string, string])[][] {
  const each = columns.map((column, i) =>
    source
      .names(column)
      .flatMap((from) => face.names(target.columns[i] ?? '').map((to): readonly [string, string] => [from, to])),
  )
  const start: (readonly [string, string])[][] = [[]]
  return each.reduce((ways, choices) => ways.flatMap((way) => choices.map((choice) => [...way, choice])), start)
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item) => b.includes(item))
}
