import type { NamedType, PgFunction } from '#database'
import { maxAffectedOnSingle } from '../errors/index.ts'
import type { Model } from '../model/index.ts'
import type { RestRequest } from '../request/index.ts'
import { findFunction } from './find-function.ts'
import { atMostOf, negotiate, ownHandlers } from './negotiate.ts'
import { planNodes, type RootRows } from './nodes.ts'
import type { CallArguments, CallPlan } from './plan.ts'
import { allOf, type PlanSettings } from './root.ts'

/** A call of a function. @throws RestError */
export function planCall(model: Model, request: RestRequest, name: string, settings: PlanSettings): CallPlan {
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
  const answer = negotiate(request, settings, ownHandlers(model, rows.table ?? fn, query))
  return {
    kind: 'call',
    fn,
    root,
    answer: { ...answer, ...atMostOf(request) },
    arguments: argumentsOf(request, fn),
    returns,
    writes: posted && fn.volatility === 'volatile',
  }
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
