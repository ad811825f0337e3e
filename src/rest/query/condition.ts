import { sql } from 'kysely'
import { comparisons, type Fragment, type FunctionName, qualified, queryParsers } from '#database'
import type { Condition } from '../plan/index.ts'
import { parameter } from './parameter.ts'
import type { Compilation, RowSource } from './row-source.ts'
import { columnValue, isVector } from './value.ts'

/** Filters that PostgREST calls otherwise, and those that only it has. */
const operators: Readonly<Record<string, Fragment>> = {
  ...comparisons,
  match: comparisons.regex,
  imatch: comparisons.iregex,
  cs: comparisons.contains,
  cd: comparisons.containedBy,
  ov: comparisons.overlaps,
  sl: sql`<<`,
  sr: sql`>>`,
  nxr: sql`&<`,
  nxl: sql`&>`,
  adj: sql`-|-`,
}

const searches: Readonly<Record<string, Fragment>> = {
  fts: queryParsers.raw,
  plfts: queryParsers.plain,
  phfts: queryParsers.phrase,
  wfts: queryParsers.websearch,
}

const truths = {
  null: sql`null`,
  'not null': sql`not null`,
  true: sql`true`,
  false: sql`false`,
  unknown: sql`unknown`,
}

/** Says whether an embedded resource of the row has rows. */
export type HasRows = (embed: string) => Fragment

/** A filter over a row. Types of values are left to Postgres: what a column is compared with is of its type. */
export function conditionSql(
  condition: Condition,
  row: RowSource,
  hasRows: HasRows,
  compilation: Compilation,
): Fragment {
  switch (condition.kind) {
    case 'and':
    case 'or': {
      const of = condition.of.map((inner) => conditionSql(inner, row, hasRows, compilation))
      return negate(sql`(${sql.join(of, condition.kind === 'and' ? sql` and ` : sql` or `)})`, condition.negated)
    }
    case 'embedded':
      return negate(hasRows(condition.embed), condition.isNull)
    case 'test':
      return negate(testSql(condition, row, compilation), condition.negated)
  }
}

function testSql({ column, test }: Condition & { kind: 'test' }, row: RowSource, compilation: Compilation): Fragment {
  const left = columnValue(row, column, compilation).sql
  const value = (at: number) => parameter({ from: 'values', at })
  const { read } = column
  switch (test.kind) {
    case 'compare': {
      const operator = operators[test.operator] ?? sql`=`
      // A pattern is no value of the column's type.
      const by = test.operator.endsWith('like') ? undefined : read
      if (test.quantifier === 'any') return sql`${left} ${operator} any(${manyRead(value(test.value), by)})`
      if (test.quantifier === 'all') return sql`${left} ${operator} all(${manyRead(value(test.value), by)})`
      return sql`${left} ${operator} ${oneRead(value(test.value), by)}`
    }
    case 'in':
      return sql`${left} = any(${manyRead(value(test.value), read)})`
    case 'is':
      return sql`${left} is ${truths[test.what]}`
    case 'distinct':
      return sql`${left} is distinct from ${value(test.value)}`
    case 'search': {
      const query = searches[test.operator] ?? sql`to_tsquery`
      const language =
        test.language === undefined ? sql`` : sql`cast(${value(test.language)} as pg_catalog.regconfig), `
      const vector = isVector(column, compilation) ? left : sql`to_tsvector(${language}${left})`
      return sql`${vector} @@ ${query}(${language}cast(${value(test.value)} as text))`
    }
  }
}

/** A value as a domain's own function reads it; without one, as Postgres does. */
function oneRead(value: Fragment, read: FunctionName | undefined): Fragment {
  return read ? sql`${qualified(read)}(cast(${value} as text))` : value
}

function manyRead(values: Fragment, read: FunctionName | undefined): Fragment {
  return read ? sql`(select ${qualified(read)}(unnest(cast(${values} as text[]))))` : values
}

function negate(condition: Fragment, negated: boolean): Fragment {
  return negated ? sql`not (${condition})` : condition
}
