import type { Table } from '#database'
import { badPreferences, noTable } from '../errors/index.ts'
import type { Model } from '../model/index.ts'
import type { RestRequest } from '../request/index.ts'
import { negotiate, ownHandlers } from './negotiate.ts'
import { planNodes } from './nodes.ts'
import type { Plan, ReadPlan } from './plan.ts'
import { planCall } from './plan-call.ts'
import { planChange } from './plan-change.ts'
import { allOf, type PlanSettings, rowsOf } from './root.ts'

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
  return { kind: 'read', root, answer: negotiate(request, settings, ownHandlers(model, table, query)) }
}
