import type { Caller } from '#database'
import type { Said, Step } from './outbox.ts'
import type { Entry } from './registry.ts'
import type { Kind, Subscriber } from './subscriber.ts'
import type { Change } from './tell.ts'
import { createBudget, type Telling, tellGroup } from './tell-group.ts'

/**
 * What each of some subscribers is told of changes of one table. Each has a step, if it is told of nothing: whoever has
 * become another meanwhile may be told more.
 */
export async function tellTable(
  by: Telling,
  kind: Kind,
  entries: readonly Entry[],
  changes: readonly Change[],
): Promise<ReadonlyMap<Subscriber, Step>> {
  const asked = new Map<Subscriber, Caller>()
  const said = new Map<Subscriber, Said[]>()
  for (const { subscriber } of entries) {
    asked.set(subscriber, subscriber.caller)
    said.set(subscriber, [])
  }
  const budget = createBudget()
  const roles = Map.groupBy(entries, ({ subscriber }) => subscriber.caller.role)
  await Promise.all(
    [...roles].map(async ([role, entries]) => {
      for (const [{ place }, payloads] of await tellGroup(by, { role, entries, changes }, budget)) {
        for (const { payload, ids } of payloads.values()) {
          for (const [subscriber, of] of ids) said.get(subscriber)?.push({ place, ids: of, payload })
        }
      }
    }),
  )
  return new Map(
    [...asked].map(([subscriber, as]) => [subscriber, { kind, changes, as, said: said.get(subscriber) ?? [] }]),
  )
}
