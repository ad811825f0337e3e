import { noFunction, noTable } from './errors/index.ts'
import type { Model } from './model/index.ts'
import type { RestRequest } from './request/index.ts'

/** What `OPTIONS` answers: the methods that a table or function takes. */
export function allowedMethods(model: Model, { target, schema }: RestRequest): string {
  if (!target) return 'OPTIONS,GET,HEAD'
  if (target.kind === 'function') {
    const [fn] = model.functions(schema, target.name)
    if (!fn) throw noFunction(model, { schema, name: target.name, arguments: [], body: undefined })
    return fn.volatility === 'volatile' ? 'OPTIONS,POST' : 'OPTIONS,GET,HEAD,POST'
  }
  const table = model.table(schema, target.name)
  if (!table) throw noTable(model, schema, target.name)
  const methods = ['OPTIONS', 'GET', 'HEAD']
  if (table.insertable) methods.push('POST')
  if (table.insertable && table.updatable && model.key(table).length > 0) methods.push('PUT')
  if (table.updatable) methods.push('PATCH')
  if (table.deletable) methods.push('DELETE')
  return methods.join(',')
}
