import type { Plan } from './plan/index.ts'
import type { RestRequest } from './request/index.ts'
import type { Settings } from './settings.ts'

/** What holds for the transaction of every request of its shape; one that brings cookies tells of them in place of none. */
export function transactionSettings(request: RestRequest, plan: Plan, settings: Settings): Record<string, string> {
  const path = [request.schema, ...settings.searchPath].map((name) => `"${name.replaceAll('"', '""')}"`)
  const { timezone } = request.preferences
  return Object.freeze({
    'request.cookies': '{}',
    search_path: path.join(', '),
    ...(timezone !== undefined && { timezone }),
    ...(plan.kind === 'call' && hoisted(plan.fn.settings, settings.hoisted)),
    ...(onlyReads(plan) && { transaction_read_only: 'on' }),
  })
}

/** As PostgREST has it, so do functions that may not write. */
export function onlyReads(plan: Plan): boolean {
  return plan.kind === 'read' || (plan.kind === 'call' && !plan.writes)
}

/** A function's own settings that only do what they say if they hold before it is called. */
function hoisted(settings: Readonly<Record<string, string>>, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(settings).filter(([name]) => names.includes(name)))
}
