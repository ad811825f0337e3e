import type { Caller } from '#database'
import type { Registry, Subscriber } from './registry.ts'
import type { Change, Told } from './tell.ts'
import { createBudget, type Group, type Telling, tellGroup } from './tell-group.ts'

/**
 * Tells everybody of some changes. A subscriber hears them in order, as soon as its own tables are done with.
 *
 * What was made as a caller that was replaced meanwhile is not delivered but, once, made again as the new one.
 *
 * @param only whom to tell; all by default
 */
export async function tellAll(
  by: Telling & { readonly registry: Registry },
  changes: readonly Change[],
  only?: ReadonlySet<Subscriber>,
): Promise<void> {
  const groups = groupsOf(changes, by.registry, only)
  const { asked, isDone } = awaited(groups)
  const byChange = new Map<Change, Told[]>()
  const renewed = new Set<Subscriber>()
  const budget = createBudget()
  await Promise.all(
    groups.map(async (group) => {
      for (const [change, one] of await tellGroup(by, group, budget)) {
        byChange.set(change, [...(byChange.get(change) ?? []), one])
      }
      const ready = isDone(group)
      for (const subscriber of ready) {
        if (subscriber.caller !== asked.get(subscriber)) renewed.add(subscriber)
      }
      deliver(changes, byChange, ready, renewed)
    }),
  )
  if (renewed.size === 0) return
  if (!only) return await tellAll(by, changes, renewed)
  for (const subscriber of renewed) subscriber.warn('Changes may have been missed: the token was replaced too often')
}

function deliver(
  changes: readonly Change[],
  byChange: ReadonlyMap<Change, readonly Told[]>,
  ready: ReadonlySet<Subscriber>,
  except: ReadonlySet<Subscriber>,
): void {
  if (ready.size === 0) return
  for (const change of changes) {
    for (const payloads of byChange.get(change) ?? []) {
      for (const { payload, ids } of payloads.values()) {
        for (const [subscriber, of] of ids) {
          if (!ready.has(subscriber)) continue
          // Not looked at again for those who are ready later.
          ids.delete(subscriber)
          if (!except.has(subscriber)) subscriber.deliver(of, payload)
        }
      }
    }
  }
}

/** As whom each is asked for, and who has nothing more to wait for once a group is done. */
function awaited(groups: readonly Group[]) {
  const asked = new Map<Subscriber, Caller>()
  const left = new Map<Subscriber, number>()
  for (const group of groups) {
    for (const subscriber of subscribersOf(group)) {
      asked.set(subscriber, subscriber.caller)
      left.set(subscriber, (left.get(subscriber) ?? 0) + 1)
    }
  }
  const isDone = (group: Group): ReadonlySet<Subscriber> => {
    const of = subscribersOf(group)
    for (const subscriber of of) left.set(subscriber, (left.get(subscriber) ?? 0) - 1)
    return new Set([...of].filter((subscriber) => left.get(subscriber) === 0))
  }
  return { asked, isDone }
}

function subscribersOf({ entries }: Group): Set<Subscriber> {
  return new Set(entries.map(({ subscriber }) => subscriber))
}

/** The changes of each table for the subscribers of each role. */
function groupsOf(changes: readonly Change[], registry: Registry, only?: ReadonlySet<Subscriber>): Group[] {
  const tables = Map.groupBy(changes, ({ table }) => `${table.schema}\0${table.name}`)
  return [...tables.values()].flatMap((changes) => {
    const entries = registry.of((changes[0] as Change).table).filter(({ subscriber }) => only?.has(subscriber) ?? true)
    const roles = Map.groupBy(entries, ({ subscriber }) => subscriber.caller.role)
    return [...roles].map(([role, entries]) => ({ role, entries, changes }))
  })
}
