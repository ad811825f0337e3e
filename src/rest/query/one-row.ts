import { sql } from 'kysely'
import { concat, type Fragment } from '#database'
import type { ChangePlan, Plan } from '../plan/index.ts'
import { answerColumns } from './answer-columns.ts'
import { keyText } from './body.ts'
import { changeSql } from './changed.ts'
import { objectOf, type Page } from './member.ts'
import { pageOf } from './page.ts'
import { type Compilation, direct } from './row-source.ts'

/**
 * Whether a plan inserts one row, which is in the table then or the statement has failed, and answers columns of it alone:
 * what the change returns is the answer.
 */
export function isOfOneRow(plan: Plan): plan is ChangePlan {
  if (plan.kind !== 'insert' || (plan.body !== 'flat' && plan.body !== 'object')) return false
  const { table, conflict, answer, root } = plan
  const { fields, embeds, where, order, limit, offset } = root
  const isWhole = where.length === 0 && order.length === 0 && limit === undefined && offset === 0
  const isPlain = embeds.length === 0 && fields.every((field) => field.column?.type !== undefined && !field.aggregate)
  return table.keepsRows && !conflict && answer.body in forms && isWhole && isPlain
}

const forms = {
  none: () => sql`''`,
  json: (page: Page) => concat('[', objectOf(page), ']'),
  object: objectOf,
}

/** The insert, and its answer. */
export function oneRow(plan: ChangePlan, compilation: Compilation): Fragment {
  const target = compilation.alias(plan.table.name)
  const row = direct(target)
  const page = pageOf(plan.root, { ...row, from: sql``, conditions: [] }, compilation)
  const { count, body } = plan.answer
  const one = sql`'1'`
  const columns = answerColumns({
    body: forms[body as keyof typeof forms](page),
    rows: one,
    ...((count === 'exact' || count === 'estimated') && { total: one }),
    ...(plan.location && plan.location.length > 0 && { location: keyText(plan.location, row.column) }),
  })
  return sql`${changeSql(plan, target, compilation)} returning ${columns}`
}
