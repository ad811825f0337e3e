import type { Plan } from '../plan/index.ts'
import type { RestRequest } from '../request/index.ts'

/** Which of the client's preferences were honoured, as `Preference-Applied` says it. */
export function preferenceApplied({ preferences: asked, query }: RestRequest, plan: Plan): string | undefined {
  const changes = plan.kind !== 'read' && plan.kind !== 'call'
  const resolves = plan.kind === 'insert' && (plan.conflict !== undefined || query.onConflict !== undefined)
  const sets = plan.kind === 'insert' || plan.kind === 'update'
  const limits = plan.kind === 'update' || plan.kind === 'delete' || plan.kind === 'call'
  const applied = [
    resolves && asked.resolution && `resolution=${asked.resolution}`,
    sets && asked.missing && `missing=${asked.missing}`,
    changes && asked.return && `return=${asked.return}`,
    asked.count && `count=${asked.count}`,
    asked.tx && `tx=${asked.tx}`,
    asked.handling && `handling=${asked.handling}`,
    asked.timezone !== undefined && `timezone=${asked.timezone}`,
    limits && asked.handling === 'strict' && asked.maxAffected !== undefined && `max-affected=${asked.maxAffected}`,
  ].filter((one) => typeof one === 'string')
  return applied.length === 0 ? undefined : applied.join(', ')
}
