import { LRUCache } from 'lru-cache'
import type { Model } from './model/index.ts'
import { type Plan, planRequest } from './plan/index.ts'
import { type CompiledPlan, compilePlan } from './query/index.ts'
import type { ReadRequest } from './request/index.ts'
import { preferenceApplied } from './respond/index.ts'
import type { Settings } from './settings.ts'
import { transactionSettings } from './transaction-settings.ts'

export interface Prepared {
  readonly plan: Plan
  readonly compiled: CompiledPlan
  /** What holds for its transaction. */
  readonly settings: Readonly<Record<string, string>>
  /** Which of the client's preferences are honoured, as its answers say it. */
  readonly applied: string | undefined
}

/** Characters of keys and statements that are kept; a hostile client fills it with nothing but its own. */
const kept = 16 * 1024 * 1024

/** Plans and compiles each shape of requests once, for as long as catalogue and settings stay as they are. */
export function createPreparer(model: Model, settings: Settings): (read: ReadRequest) => Prepared {
  const known = new LRUCache<string, Prepared>({
    max: 1000,
    maxSize: kept,
    // A plan takes several times the room of its statement.
    sizeCalculation: ({ compiled: { main, unbound } }, key) =>
      key.length + 8 * (main.text.length + (unbound?.text.length ?? 0)),
  })
  return ({ request, shape }) => {
    const held = known.get(shape)
    if (held) return held
    const plan = planRequest(model, request, settings)
    const prepared = {
      plan,
      compiled: compilePlan(plan, model),
      settings: transactionSettings(request, plan, settings),
      applied: preferenceApplied(request, plan),
    }
    known.set(shape, prepared)
    return prepared
  }
}
