import type { NamedType, PgFunction, Table } from '#database'
import { badPreferences, badPutFilters, maxAffectedOnSingle, noColumn, noTable } from '../errors/index.ts'
import type { Model } from '../model/index.ts'
import type { Query, RestRequest } from '../request/index.ts'
import { findFunction } from './find-function.ts'
import { negotiate, type OwnHandlers } from './negotiate.ts'
import { planNodes, type RootRows } from './nodes.ts'
import type { Answer, CallArguments, CallPlan, ChangePlan, Condition, Plan, ReadPlan, WrittenColumn } from './plan.ts'
import { readFromJson, shownBy } from './representations.ts'

export interface PlanSettings {
  /** The most rows of a list; undefined for no limit. */
  readonly maxRows: number | undefined
  readonly aggregates: boolean
  readonly plans: boolean
}

/** Resolves a request about a table or a function against the catalogue. @throws RestError */
export function planRequest(model: Model, request: RestRequest, settings: PlanSettings): Plan {
  const { target, schema, preferences } = request
  if (!target) throw new Error('the root is no plan')
  if (preferences.handling === 'strict' && preferences.unknown.length > 0) throw badPreferences(preferences.unknown)
  if (target.kind === 'function') return planCall(model, request, target.name, settings)
  const table = model.table(schema, target.name)
  if (!table) throw noTable(model, schema, target.name)
  return request.action === 'read'
    ? planRead(model, request, table, settings)
    : planChange(model, request, table, settings)
}

function planRead(model: Model, request: RestRequest, table: Table, settings: PlanSettings): ReadPlan {
  const { query, range } = request
  const root = planNodes(model, allOf(query), range, rowsOf(table), { ...settings, changed: false })
  return { kind: 'read', root, answer: negotiate(request, settings, tableHandlers(model, table, query)) }
}

function planChange(model: Model, request: RestRequest, table: Table, settings: PlanSettings): ChangePlan {
  const { query, range, preferences, payload } = request
  const kind = request.action as ChangePlan['kind']
  const answer = negotiate(request, settings, tableHandlers(model, table, query))
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
  return {
    kind,
    table,
    root,
    answer: { ...answer, ...(kind !== 'insert' && kind !== 'upsert' && maxAffected(request)) },
    where: kind === 'insert' ? [] : where,
    columns: names.map((name) => written(model, table, name)),
    ...(payload && { body: payload.shape }),
    missingIsDefault: preferences.missing === 'default',
    ...conflictOf(request, kind, key),
    ...(kind === 'insert' && preferences.return === 'headers-only' && { location: key }),
  }
}

function written(model: Model, table: Table, name: string): WrittenColumn {
  const column = table.columns.find((one) => one.name === name)
  if (!column) throw noColumn(table.name, name)
  return { name, type: column.type, default: column.default, ...readFromJson(model, column) }
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

function planCall(model: Model, request: RestRequest, name: string, settings: PlanSettings): CallPlan {
  const { query, range, method, schema, contentType, preferences } = request
  const posted = method === 'POST'
  const kinds = { json: 'json', csv: 'csv', form: 'form', text: 'text', xml: 'xml', binary: 'binary' } as const
  const fn = findFunction(model, {
    schema,
    name,
    arguments: [...new Set(givenNames(request))],
    body: posted ? (kinds[contentType.kind as 'json'] ?? 'json') : undefined,
  })
  const returns = returnsOf(model, fn)
  const rows = returnedRows(model, fn, returns)
  if (preferences.handling === 'strict' && preferences.maxAffected !== undefined && !fn.returnsSet) {
    throw maxAffectedOnSingle()
  }
  const root = planNodes(model, allOf(query), range, rows, { ...settings, changed: false })
  const { handlers } = model
  const own = selectsAll(query) ? handlers.ofFunction(fn) : undefined
  const offered = rows.table ? tableHandlers(model, rows.table, query) : { own, ofAny: handlers.ofAny }
  const answer = negotiate(request, settings, offered)
  return {
    kind: 'call',
    fn,
    root,
    answer: { ...answer, ...maxAffected(request) },
    arguments: argumentsOf(request, fn),
    returns,
    writes: posted && fn.volatility === 'volatile',
  }
}

function maxAffected({ preferences }: RestRequest): Pick<Answer, 'atMost'> {
  const { handling, maxAffected: most } = preferences
  return handling === 'strict' && most !== undefined ? { atMost: most } : {}
}

function returnsOf(model: Model, fn: PgFunction): CallPlan['returns'] {
  const type = model.type(fn.returns)
  if (type?.name === 'void' && type.schema === 'pg_catalog') return 'void'
  // A plain `record` is what the function makes of it: a value without columns.
  const composite = fn.outputs.length > 0 || model.attributes(fn.returns)
  if (composite) return fn.returnsSet ? 'rows' : 'row'
  return fn.returnsSet ? 'values' : 'value'
}

function returnedRows(model: Model, fn: PgFunction, returns: CallPlan['returns']): RootRows {
  const table = model.tableOfType(fn.returns)
  if (returns === 'rows' || returns === 'row') {
    const columns: readonly NamedType[] | undefined =
      table?.columns ?? (fn.outputs.length > 0 ? fn.outputs : model.attributes(fn.returns))
    return { name: table?.name ?? fn.name, table, columns }
  }
  return { name: fn.name, table: undefined, columns: [{ name: fn.name, type: fn.returns }] }
}

/** What arguments a request names: in a body, or (of a form too) one by one. */
function givenNames({ query, payload }: RestRequest): readonly string[] {
  return payload ? payload.keys : query.parameters.map(([name]) => name)
}

function argumentsOf(request: RestRequest, fn: PgFunction): CallArguments {
  const { payload } = request
  const [only, another] = fn.arguments
  if (only && !another && only.name === null) return payload ? { kind: 'body', type: only.type } : { kind: 'none' }
  const given = givenNames(request)
  const names = fn.arguments.flatMap(({ name, type }) =>
    name !== null && given.includes(name) ? [{ name, type }] : [],
  )
  if (names.length === 0) return { kind: 'none' }
  return payload ? { kind: 'json', names, body: payload.shape } : { kind: 'values', names }
}

/** What takes rows of the table takes them as they are: not some of the columns, and none that is shown otherwise. */
function tableHandlers(model: Model, table: Table, query: Query): OwnHandlers {
  const { ofAny, ofTable } = model.handlers
  const whole = selectsAll(query) && !table.columns.some(({ type }) => shownBy(model, type).show)
  return { own: whole ? ofTable(table) : undefined, ofAny }
}

function selectsAll({ select }: Query): boolean {
  const [only, another] = select
  if (!only) return true
  return !another && only.kind === 'field' && only.field.name === '*' && !only.aggregate
}

/** An empty `select` means all columns. */
function allOf(query: Query): Query {
  return query.select.length > 0 ? query : { ...query, select: [{ kind: 'field', field: { name: '*', path: [] } }] }
}

function rowsOf(table: Table): RootRows {
  return { name: table.name, table, columns: table.columns }
}
