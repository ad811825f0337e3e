import { sql } from 'kysely'
import { column, type Fragment, type JsonDialect } from '#database'
import type { RowsPlan, Source } from '../plan/index.ts'
import { tableRef } from './fragment.ts'
import type {} from './json-text.ts'

/** What compiling one statement shares. */
export interface Compilation {
  readonly json: JsonDialect
  /** A name for the next row source. */
  alias(): string
}

/** The row that fields are read from: its alias, and the columns found to be needed of it. */
export interface RowSource {
  readonly alias: string
  /** Columns keep what is said of them: a function may answer null where its table never holds one. */
  readonly stored: boolean
  /** Names a column of the row. */
  column(name: string): Fragment
  /** The whole row, for a function over it. */
  whole(): Fragment
}

/**
 * A row as one value, for a function. The alias alone would be a column, where some table in the statement has one of
 * that name.
 */
export function wholeRow(alias: string): Fragment {
  return sql`${sql.id(alias)}.*`
}

/** A row read from its source directly. */
export function directRow(alias: string, stored: boolean): RowSource {
  return { alias, stored, column: (name) => column(alias, name), whole: () => wholeRow(alias) }
}

/** A row of the page: what is read of it is added to the page's columns. */
export function pageRow(
  page: string,
  base: string,
  { entity, source }: RowsPlan,
  needed: Map<string, Fragment>,
): RowSource {
  return {
    alias: page,
    stored: isStored(source),
    column(name) {
      needed.set(name, column(base, name))
      return column(page, name)
    },
    whole() {
      needed.set('__whole', sql`row(${wholeRow(base)})::${tableRef(entity)}`)
      return column(page, '__whole')
    },
  }
}

export function isStored({ kind }: Source): boolean {
  return kind === 'table' || kind === 'relation'
}
