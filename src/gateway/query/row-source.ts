import { sql } from 'kysely'
import { column, type Fragment } from './fragment.ts'
import type { JsonDialect } from './json-text.ts'

/** What compiling one statement shares. */
export interface Compilation {
  readonly json: JsonDialect
  /** A name for the next row source. */
  alias(): string
}

/** The row that fields are read from: its alias, and the columns found to be needed of it. */
export interface RowSource {
  readonly alias: string
  /** Names a column of the row. */
  column(name: string): Fragment
  /** The whole row, for a function over it. */
  whole(): Fragment
}

/** A row read from its source directly. */
export function directRow(alias: string): RowSource {
  return { alias, column: (name) => column(alias, name), whole: () => sql`${sql.id(alias)}` }
}

/** A row of the page: what is read of it is added to the page's columns. */
export function pageRow(page: string, base: string, needed: Map<string, Fragment>): RowSource {
  return {
    alias: page,
    column(name) {
      needed.set(name, column(base, name))
      return column(page, name)
    },
    whole() {
      needed.set('__whole', sql`${sql.id(base)}`)
      return column(page, '__whole')
    },
  }
}
