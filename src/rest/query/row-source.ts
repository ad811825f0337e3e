import { sql } from 'kysely'
import { column, type Fragment, type JsonDialect } from '#database'
import type { Model } from '../model/index.ts'

/** What compiling one statement shares. */
export interface Compilation {
  readonly model: Model
  readonly json: JsonDialect
  /** A name for a row source, like the one given, that nothing else in the statement has. */
  alias(like: string): string
}

export function compilation(model: Model, json: JsonDialect): Compilation {
  const taken = new Set<string>()
  return {
    model,
    json,
    alias(like) {
      // Postgres cuts names at 63 bytes, so that long ones would become alike.
      const start = Buffer.byteLength(like) > 50 ? like.slice(0, 12) : like
      let name = start
      for (let i = 1; taken.has(name); i++) name = `${start}_${i}`
      taken.add(name)
      return name
    },
  }
}

/** Rows that columns are read from. */
export interface RowSource {
  column(name: string): Fragment
  /** The row as a whole, for a function of it. */
  whole(): Fragment
}

/** Rows of a table, view or function, before anything was filtered. */
export interface Base extends RowSource {
  readonly from: Fragment
  readonly conditions: readonly Fragment[]
}

export function direct(alias: string): RowSource {
  // The alias alone would be a column, where there is one of that name.
  return { column: (name) => column(alias, name), whole: () => sql`${sql.id(alias)}.*` }
}

/**
 * Rows of an inner select: what is read of them is added to its columns.
 *
 * @param nameOf what a column is called there, where the select has columns of several rows
 */
export function selected(
  alias: string,
  of: RowSource,
  columns: Map<string, Fragment>,
  nameOf: (name: string) => string = (name) => name,
): RowSource {
  const read = (name: string, value: Fragment) => {
    columns.set(nameOf(name), value)
    return column(alias, nameOf(name))
  }
  return {
    column: (name) => read(name, of.column(name)),
    // In a list of columns `row.*` would be all of them; as an argument it is the row.
    whole: () => read('portico whole', sql`coalesce(${of.whole()}, null)`),
  }
}

/** Names of columns that no other's are like: Postgres would cut longer ones. */
export function numbered(start: string): (name: string) => string {
  const names = new Map<string, string>()
  return (name) => {
    const known = names.get(name) ?? `${start} ${names.size + 1}`
    names.set(name, known)
    return known
  }
}

/** What is joined to each row, after all else that it is read from. */
export function joined(joins: readonly Fragment[]): Fragment {
  return joins.length === 0 ? sql`` : sql.join(joins, sql``)
}

export function columnList(columns: ReadonlyMap<string, Fragment>): Fragment {
  const list = [...columns].map(([name, value]) => sql`${value} as ${sql.id(name)}`)
  return list.length > 0 ? sql.join(list) : sql`1`
}
