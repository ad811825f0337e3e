import { sql } from 'kysely'
import { column, compileSql, type Fragment, jsonDialect, whereSql } from '#database'
import type { Model } from '../model/index.ts'
import type { CallPlan, ChangePlan, Node, Plan } from '../plan/index.ts'
import { answerColumns } from './answer-columns.ts'
import { bodyOf, keyText } from './body.ts'
import { calledRows } from './called.ts'
import { changedRows, insertedCount } from './changed.ts'
import { type Mark, marks } from './marks.ts'
import { isOfOneRow, oneRow } from './one-row.ts'
import { pageOf } from './page.ts'
import type { Parameter } from './parameter.ts'
import { type Base, type Compilation, compilation, direct } from './row-source.ts'
import { conditionsOf, tableBase } from './source.ts'

/** SQL whose parameters are bound anew for each request. */
export interface CompiledStatement {
  readonly text: string
  readonly parameters: readonly Parameter[]
}

export interface CompiledPlan {
  readonly main: CompiledStatement
  /** The same with the body read by Postgres, where the main one takes its values as parameters. */
  readonly unbound?: CompiledStatement
  /** Asks the planner for a number of rows. */
  readonly planned?: CompiledStatement
}

/**
 * One statement for a request: what it does, and the whole answer as texts, in one row of: the body, the number of its
 * rows, of all rows, what SQL set as headers and as status, the location of what was inserted, how many rows were.
 */
export function compilePlan(plan: Plan, model: Model): CompiledPlan {
  const { count, explain } = plan.answer
  const own = () => compilation(model, jsonDialect(model.serverVersion))
  const main = (of: Plan) => compile(sql`${explainSql(plan)}${statementOf(of, own())}`)
  const isPlanned = (count === 'planned' || count === 'estimated') && !explain
  return {
    main: main(plan),
    ...('body' in plan && plan.body === 'flat' && { unbound: main({ ...plan, body: 'object' }) }),
    ...(isPlanned && { planned: compile(sql`explain (format json) ${countable(plan, own())}`) }),
  }
}

function explainSql({ answer: { explain } }: Plan): Fragment {
  if (!explain) return sql``
  return sql.raw(`explain (${[`format ${explain.format}`, ...explain.options].join(', ')}) `)
}

function statementOf(plan: Plan, c: Compilation): Fragment {
  switch (plan.kind) {
    case 'read':
      return answerSql(plan, tableBase(plan.root, c), c)
    case 'call': {
      const base = calledRows(plan, c)
      if (plan.answer.count === undefined || plan.answer.count === 'planned') return answerSql(plan, base, c)
      // Counted and answered, but called once.
      const alias = c.alias(plan.root.name)
      const kept = sql.id('portico called')
      const rows: Base = { ...wholeRow(plan.root, alias), from: sql`${kept} as ${sql.id(alias)}`, conditions: [] }
      const all = sql`select ${base.all} from ${base.from}`
      return sql`with ${kept} as materialized (${all}) ${answerSql(plan, rows, c)}`
    }
    default: {
      if (isOfOneRow(plan)) return oneRow(plan, c)
      const { base, change } = changedRows(plan, c)
      const answer = answerSql(plan, base, c)
      return sql`with ${sql.id('portico changed')} as (${change()}) ${answer}`
    }
  }
}

/** Rows that went through a common table expression are no longer of their table's type. */
function wholeRow({ table }: Node, alias: string) {
  const row = direct(alias)
  if (!table) return row
  const values = table.columns.map(({ name }) => column(alias, name))
  return { ...row, whole: () => sql`row(${sql.join(values)})::${sql.id(table.schema, table.name)}` }
}

function answerSql(plan: Plan, base: Base, c: Compilation): Fragment {
  const page = pageOf(plan.root, base, c)
  const locating = plan.kind === 'insert' && plan.location && plan.location.length > 0 ? plan.location : undefined
  const key = locating && keyText(locating, (name) => base.column(name))
  const total = totalSql(plan, base, c)
  const { text, from } = bodyOf(plan, page, c)
  const columns = answerColumns({
    body: checked(plan, text),
    rows: sql`count(*)::text`,
    ...(total && { total }),
    ...(key && { location: sql`case when count(*) = 1 then min(${key}) end` }),
    ...(isMerge(plan) && { inserted: insertedCount }),
  })
  return sql`select ${columns} from ${from}`
}

function isMerge(plan: Plan): boolean {
  return (plan.kind === 'insert' || plan.kind === 'upsert') && plan.conflict?.merge === true
}

function totalSql(plan: Plan, base: Base, c: Compilation): Fragment | undefined {
  const { count, maxRows } = plan.answer
  const { root, kind } = plan
  if (count !== 'exact' && count !== 'estimated') return undefined
  if (kind !== 'read' && kind !== 'call') return sql`count(*)::text`
  if (kind === 'read' && root.limit === undefined && root.offset === 0) return sql`count(*)::text`
  const rows =
    kind === 'read' ? countable(plan, c) : sql`select from ${base.from}${whereSql(conditionsOf(root, base, c))}`
  // More than a list may hold is enough to know for an estimate.
  const most = count === 'estimated' && maxRows !== undefined ? sql` limit ${sql.lit(maxRows + 1)}` : sql``
  return sql`(select count(*)::text from (${rows}${most}) as ${sql.id(c.alias('counted'))})`
}

/** All rows that meet the conditions. */
function countable(plan: Plan, c: Compilation): Fragment {
  const base = plan.kind === 'call' ? calledRows(plan, c) : tableBase(plan.root, c)
  return sql`select from ${base.from}${whereSql(conditionsOf(plan.root, base, c))}`
}

/** Reads are checked when they have been answered; what was written must not stay if it is not what was asked for. */
function checked(plan: Plan, text: Fragment): Fragment {
  const fail = (mark: Mark, condition: Fragment) =>
    sql`when ${condition} then (${sql.lit(marks[mark])} || count(*))::int::text`
  const { single, atMost } = plan.answer
  const checks = [
    ...(writes(plan) && single && plan.kind !== 'upsert' ? [fail('notSingle', sql`count(*) <> 1`)] : []),
    ...(writes(plan) && atMost !== undefined ? [fail('tooMany', sql`count(*) > ${sql.lit(atMost)}`)] : []),
    ...(plan.kind === 'upsert' ? [fail('notPut', sql`count(*) <> 1`)] : []),
  ]
  return checks.length === 0 ? text : sql`case ${sql.join(checks, sql` `)} else ${text} end`
}

function writes(plan: Plan): plan is ChangePlan | CallPlan {
  return plan.kind === 'call' ? plan.writes : plan.kind !== 'read'
}

function compile(statement: Fragment): CompiledStatement {
  const { text, parameters } = compileSql(statement)
  return { text, parameters: parameters as readonly Parameter[] }
}
