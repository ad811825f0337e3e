import { sql } from 'kysely'
import { column, comparisons, type Fragment, qualified, whereSql } from '#database'
import type { Relation, ValueType } from '../model/index.ts'
import type { Condition, Operator, Value } from '../plan/index.ts'
import { parameter, tableRef } from './fragment.ts'
import { joinSql } from './join.ts'
import { jsonConditionSql } from './json-condition.ts'
import type { Compilation } from './row-source.ts'
import { textSearchSql } from './text-search.ts'

/**
 * A filter over the row called `alias`, as a boolean expression.
 *
 * @param isNegated whether rows are wanted that do not meet it: null, which else is as good as false, would leave out too many
 */
export function conditionSql(
  condition: Condition,
  alias: string,
  compilation: Compilation,
  isNegated = false,
): Fragment {
  switch (condition.kind) {
    case 'all':
    case 'any': {
      const of = condition.of.map((inner) => conditionSql(inner, alias, compilation, isNegated))
      return sql`(${sql.join(of, condition.kind === 'all' ? sql` and ` : sql` or `)})`
    }
    case 'not':
      return sql`not ${conditionSql(condition.of, alias, compilation, true)}`
    case 'isNull':
      return condition.not
        ? sql`${column(alias, condition.field.column.name)} is not null`
        : sql`${column(alias, condition.field.column.name)} is null`
    case 'compare':
      return compareSql(
        column(alias, condition.field.column.name),
        condition.field.type,
        condition.operator,
        condition.value,
      )
    case 'related':
      return related(condition, alias, compilation, isNegated)
    case 'textSearch':
      return textSearchSql(condition, alias)
    case 'json':
      return jsonConditionSql(condition, alias)
    case 'never':
      return sql`false`
  }
}

/** Looks at the related rows that the caller may see, as any other read of them. */
function related(
  { relation, quantifier, of }: Condition & { kind: 'related' },
  alias: string,
  compilation: Compilation,
  isNegated: boolean,
): Fragment {
  const other = compilation.alias()
  const inner = of && conditionSql(of, other, compilation, quantifier === 'every')
  const [from, ...more] = relation.from.columns
  if (
    quantifier === 'some' &&
    !isNegated &&
    inner &&
    from !== undefined &&
    more.length === 0 &&
    namesOne(of, relation)
  ) {
    // Compared with one value: as one of several conditions, `exists` has every row looked up in a hash.
    const key = sql.join(relation.toColumns.map((name) => column(other, name)))
    return sql`${column(alias, from)} = (select ${key} from ${tableRef(relation.to())} as ${sql.id(other)} where ${inner})`
  }
  const own = joinSql(relation, alias, other)
  const wanted = quantifier === 'every' ? [of && inner ? failing(of, inner) : sql`false`] : inner ? [inner] : []
  const exists = sql`exists (select from ${tableRef(relation.to())} as ${sql.id(other)}${whereSql([...own, ...wanted])})`
  return quantifier === 'some' ? exists : sql`not ${exists}`
}

/** Whether a condition holds for one of the rows at most that a relation leads to: it says what a unique key is equal to. */
function namesOne(condition: Condition, relation: Relation): boolean {
  const { arbiters, inherited } = relation.to().table
  const all = condition.kind === 'all' ? condition.of : [condition]
  const named = all.flatMap((one) => (one.kind === 'compare' && one.operator === 'eq' ? [one.field.column.name] : []))
  return !inherited && arbiters.some(({ columns }) => columns.every((name) => named.includes(name)))
}

/** What is unknown does not hold; where nothing is, an index finds what does not. */
function failing(condition: Condition, inner: Fragment): Fragment {
  return isDecided(condition) ? sql`not ${inner}` : sql`(${inner}) is not true`
}

/** Whether it is true or false of every row, and never unknown. */
function isDecided(condition: Condition): boolean {
  switch (condition.kind) {
    case 'all':
    case 'any':
      return condition.of.every(isDecided)
    case 'not':
      return isDecided(condition.of)
    case 'compare':
      return condition.field.column.notNull && condition.operator !== 'in' && isThere(condition.value)
    case 'isNull':
    case 'related':
    case 'never':
      return true
    default:
      return false
  }
}

/** Variables that are null are told from others before anything is planned. */
function isThere(value: Value): boolean {
  return value.kind === 'variable' || (value.kind === 'constant' && value.value !== null)
}

const textual: readonly Operator[] = ['like', 'ilike', 'regex', 'iregex', 'startsWith']

const ranges: readonly Operator[] = ['gt', 'gte', 'lt', 'lte']

/**
 * What the document itself compares with, where the rows that it leaves may be many or few: told to Postgres, which
 * otherwise guesses, and plans anew for each request where its guess is dear. Not for keys, of which documents may name any.
 */
function knownText(operator: Operator, { pg }: ValueType, value: Value): Fragment | undefined {
  if (value.kind !== 'constant') return undefined
  if (typeof value.value === 'boolean') return sql.lit(String(value.value))
  const isNumber = ranges.includes(operator) && ['int4', 'int8', 'float8'].includes(pg.name)
  const text = String(value.value)
  return isNumber && /^-?\d{1,15}$/.test(text) ? sql.lit(text) : undefined
}

/** A comparison of any value of a type. */
export function compareSql(left: Fragment, type: ValueType, operator: Operator, value: Value): Fragment {
  if (operator === 'in') {
    return sql`${left} = any(cast(${parameter({ kind: 'list', value, type })} as ${qualified(type.pg)}[]))`
  }
  if (operator === 'startsWith')
    return sql`starts_with(${left}::text, cast(${parameter({ kind: 'value', value, type })} as text))`
  const right = knownText(operator, type, value) ?? parameter({ kind: 'value', value, type })
  const cast = textual.includes(operator) && type.pg.name !== 'citext' ? sql`text` : qualified(type.pg)
  return sql`${left} ${comparisons[operator]} cast(${right} as ${cast})`
}
