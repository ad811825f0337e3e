import type { Table } from '#database'
import { badPutFilters, noColumn } from '../errors/index.ts'
import type { Model } from '../model/index.ts'
import type { RestRequest } from '../request/index.ts'
import { atMostOf, negotiate, ownHandlers } from './negotiate.ts'
import { planNodes } from './nodes.ts'
import type { ChangePlan, Condition, WrittenColumn } from './plan.ts'
import { readFromJson } from './representations.ts'
import { allOf, type PlanSettings, rowsOf } from './root.ts'

/** An insert, update, upsert or delete. @throws RestError */
export function planChange(model: Model, request: RestRequest, table: Table, settings: PlanSettings): ChangePlan {
  const { query, range, preferences, payload } = request
  const kind = request.action as ChangePlan['kind']
  const answer = negotiate(request, settings, ownHandlers(model, table, query))
  // Without a representation nothing of the changed rows is read, which takes no privilege to do so.
  const shown = answer.body === 'none' ? { ...query, select: [], conditions: [], orders: [] } : allOf(query)
  const root = planNodes(model, shown, range, rowsOf(table), { ...settings, changed: true })
  // The conditions of the change itself are those that a read of its table would have.
  const { where } = planNodes(
    model,
    {
      ...query,
      select: [],
      conditions: query.conditions.filter(({ path }) => path.length === 0),
      orders: [],
      ranges: [],
    },
    range,
    rowsOf(table),
    { ...settings, changed: false },
  )
  const key = model.key(table)
  if (kind === 'upsert') checkPut(where, key)
  const names = kind === 'delete' ? [] : (payload?.keys ?? [])
  const missingIsDefault = preferences.missing === 'default'
  const inOrder = payload?.shape === 'flat' ? names.toSorted() : names
  const columns = inOrder.map((name) => written(model, table, name, names.indexOf(name)))
  const isFlat = payload?.shape === 'flat' && !missingIsDefault && columns.every((column) => isScalar(model, column))
  return {
    kind,
    table,
    root,
    answer: { ...answer, ...(kind !== 'insert' && kind !== 'upsert' && atMostOf(request)) },
    where: kind === 'insert' ? [] : where,
    columns,
    ...(payload && { body: payload.shape === 'flat' && !isFlat ? 'object' : payload.shape }),
    missingIsDefault,
    ...conflictOf(request, kind, key),
    ...(kind === 'insert' && preferences.return === 'headers-only' && { location: key }),
  }
}

function written(model: Model, table: Table, name: string, at: number): WrittenColumn {
  const column = table.columns.find((one) => one.name === name)
  if (!column) throw noColumn(table.name, name)
  return { name, at, type: column.type, default: column.default, ...readFromJson(model, column) }
}

/** Whether Postgres makes the column's value of a scalar in JSON by its text alone. */
function isScalar(model: Model, { type: oid, read }: WrittenColumn): boolean {
  const type = model.type(oid)
  if (!type || read || type.element !== null) return false
  const isJson = type.schema === 'pg_catalog' && (type.name === 'json' || type.name === 'jsonb')
  return !isJson && (type.kind === 'base' || type.kind === 'enum' || type.kind === 'range')
}

function conflictOf(
  { query, preferences }: RestRequest,
  kind: ChangePlan['kind'],
  key: readonly string[],
): Pick<ChangePlan, 'conflict'> {
  if (kind === 'upsert') return { conflict: { columns: key, merge: true } }
  if (kind !== 'insert' || !preferences.resolution) return {}
  const columns = query.onConflict ?? key
  return columns.length === 0 ? {} : { conflict: { columns, merge: preferences.resolution === 'merge-duplicates' } }
}

/** PUT names the one row it sets by its whole key. */
function checkPut(where: readonly Condition[], key: readonly string[]): void {
  const named = where.flatMap((one) => {
    const isKey = one.kind === 'test' && !one.negated && one.test.kind === 'compare' && one.test.operator === 'eq'
    return isKey && !('quantifier' in one.test) ? [one.column.name] : []
  })
  const whole = key.length > 0 && key.every((name) => named.includes(name))
  if (!whole || named.length !== where.length || named.length !== key.length) throw badPutFilters()
}
