import { type RawBuilder, sql } from 'kysely'
import type { FilterOperator } from './read-filter.ts'
import type { ColumnFacts } from './table-facts.ts'

export type Expression = RawBuilder<unknown>

export interface Comparison {
  readonly operator: FilterOperator
  readonly negate: boolean
}

/** What `is` may be followed by; the others need a boolean. */
export const isKeywords = ['null', 'true', 'false', 'unknown'] as const

const symbols: Readonly<Record<Exclude<FilterOperator, 'is' | 'isdistinct' | 'in'>, string>> = {
  eq: '=',
  neq: '<>',
  lt: '<',
  lte: '<=',
  gt: '>',
  gte: '>=',
  like: 'like',
  ilike: 'ilike',
  match: '~',
  imatch: '~*',
}

/**
 * Whether a cell fits a filter's value, in Postgres' own terms; null, which fits nothing, where either is.
 *
 * @param cell of type text
 * @param value likewise
 * @see supabase/realtime, `realtime.check_equality_op`
 */
export function fits(
  { operator, negate }: Comparison,
  column: ColumnFacts,
  cell: Expression,
  value: Expression,
): Expression {
  const left = typedCell(cell, column)
  const { spelled: type = 'text' } = column
  if (operator === 'isdistinct') {
    return sql`${left} is ${negate ? sql`not ` : sql``}distinct from ${typed(value, type)}`
  }
  const condition =
    operator === 'in'
      ? sql`${left} = any(${typed(value, `${type}[]`)})`
      : operator === 'is'
        ? sql`case ${value} ${sql.join(
            isKeywords.filter((word) => word === 'null' || type === 'boolean').map((word) => whenIs(word, left)),
            sql` `,
          )} end`
        : sql`${left} ${sql.raw(symbols[operator])} ${typed(value, type)}`
  return negate ? sql`not (${condition})` : condition
}

function whenIs(word: (typeof isKeywords)[number], left: Expression): Expression {
  return sql`when ${sql.lit(word)} then ${left} is ${sql.raw(word)}`
}

/** What a column's cell is, of its type; null stays null in whatever domain. */
export function typedCell(cell: Expression, { spelled = 'text', isDomain }: ColumnFacts): Expression {
  const value = typed(cell, spelled)
  return isDomain ? sql`case when ${cell} is not null then ${value} end` : value
}

/** @param type as Postgres spells it (`format_type`) */
export function typed(expression: Expression, type: string): Expression {
  return sql`(${expression})::${sql.raw(type)}`
}
