import { sql } from 'kysely'
import { type Fragment, qualified } from '#database'
import type { Cursor, OrderTerm } from '../plan/index.ts'
import { parameter } from './fragment.ts'
import { termSql } from './order.ts'

/** Which side of a cursor: its rows in the direction of the order, or `reversed`; with the row at the cursor, or without. */
export interface Side {
  readonly reversed: boolean
  readonly inclusive: boolean
}

/** A term of the order at a cursor: its value in a row, and there. */
interface Place {
  readonly term: OrderTerm
  readonly left: Fragment
  readonly right: Fragment
  /** What is there is null. */
  readonly isNull: boolean
}

/**
 * Rows on one side of a cursor. A row comparison where the order allows one, since an index can answer it; otherwise term
 * by term behind a bound on the first term, by which an index finds where to begin.
 */
export function besideCursor(whole: readonly OrderTerm[], cursor: Cursor, alias: string, side: Side): Fragment {
  const size = cursor.nulls.length
  const places = whole.slice(0, size).map((term, index): Place => {
    const value = parameter({ kind: 'cursor', value: cursor.value, index, size })
    const right = sql`cast(${value} as ${qualified(term.field.type.pg)})`
    return { term, left: termSql(term, index, alias), right, isNull: cursor.nulls[index] ?? false }
  })
  const [first] = places
  const descends = first && first.term.descending !== side.reversed
  const isRange = (place: Place) => !place.isNull && !hasNullsAhead(place, side)
  if (places.every((place) => isRange(place) && place.term.descending === first?.term.descending)) {
    const operator = sql`${descends ? sql`<` : sql`>`}${side.inclusive ? sql`=` : sql``}`
    const columns = sql.join(places.map(({ left }) => left))
    return sql`(${columns}) ${operator} (${sql.join(places.map(({ right }) => right))})`
  }
  const steps = places.map(
    (place, i) => sql`(${sql.join([...places.slice(0, i).map(equals), ahead(place, side)], sql` and `)})`,
  )
  if (side.inclusive) steps.push(sql`(${sql.join(places.map(equals), sql` and `)})`)
  const any = sql`(${sql.join(steps, sql` or `)})`
  if (!first || !isRange(first)) return any
  return sql`${first.left} ${descends ? sql`<=` : sql`>=`} ${first.right} and ${any}`
}

/** Whether rows that have no value here come after those that have one. */
function hasNullsAhead({ term }: Place, { reversed }: Side): boolean {
  return !term.field.column.notNull && term.nullsFirst === reversed
}

function equals({ left, right, isNull }: Place): Fragment {
  return isNull ? sql`${left} is null` : sql`${left} = ${right}`
}

function ahead(place: Place, side: Side): Fragment {
  const { term, left, right, isNull } = place
  // A column without nulls may have one at a cursor that was made for somebody else: its rows are where they would be.
  if (isNull) return term.nullsFirst === side.reversed ? sql`false` : sql`${left} is not null`
  const comparison = sql`${left} ${term.descending !== side.reversed ? sql`<` : sql`>`} ${right}`
  return hasNullsAhead(place, side) ? sql`(${comparison} or ${left} is null)` : comparison
}
