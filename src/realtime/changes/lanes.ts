import { createCheapFirst } from './cheap-first.ts'
import { createLane, type Lane } from './lane.ts'
import type { Asking } from './outbox.ts'
import type { Entry, Registry } from './registry.ts'
import { type Kind, keyOf, type Subscriber } from './subscriber.ts'
import type { Change } from './tell.ts'
import { missed, type Telling } from './tell-group.ts'
import { tellTable } from './tell-table.ts'

/**
 * Tells subscribers of changes: each table's by themselves, and apart for those who compare with patterns, so that nobody
 * waits for a table that is none of its own.
 */
export interface Lanes extends Asking {
  /** Resolves once there is room for more. */
  put(changes: readonly Change[]): Promise<void>
  /** Milliseconds that what waits the longest has waited. */
  lag(): number
}

/** Places on which patterns are compared at one time: the other connections are not theirs. */
const patternsAtOnce = 2

export function createLanes(by: Telling, registry: Registry): Lanes {
  const lanes = new Map<string, Lane>()
  /** Those for whom something waits until another table of theirs has come as far. */
  const holding = new Set<Subscriber>()
  const comparing = createCheapFirst(patternsAtOnce)

  /** The first change that a subscriber may still be told of. */
  function firstOf(subscriber: Subscriber): number {
    let first = Number.POSITIVE_INFINITY
    for (const { table, kind, next } of lanes.values()) {
      if (next < first && subscriber.wants(table, kind)) first = next
    }
    return first
  }

  function flush(subscriber: Subscriber): void {
    subscriber.outbox.flush(firstOf(subscriber))
    if (subscriber.outbox.isEmpty || subscriber.isOver) holding.delete(subscriber)
    else holding.add(subscriber)
  }

  function lookAt(kind: Kind, entries: readonly Entry[], changes: readonly Change[]) {
    const [{ table }] = changes as [Change]
    const look = () => tellTable(by, kind, entries, changes)
    return kind === 'plain' ? look() : comparing(keyOf(kind, table.schema, table.name), look)
  }

  function laneOf(change: Change, kind: Kind): Lane {
    const { table } = change
    const key = keyOf(kind, table.schema, table.name)
    const known = lanes.get(key)
    if (known) return known
    const lane = createLane({
      ...{ table, kind },
      async work(changes) {
        const steps = await lookAt(kind, registry.of(table, kind), changes)
        for (const [subscriber, step] of steps) {
          subscriber.outbox.add(step)
          holding.add(subscriber)
        }
      },
      worked() {
        for (const subscriber of holding) flush(subscriber)
      },
      dropped() {
        for (const subscriber of new Set(registry.of(table, kind).map((entry) => entry.subscriber))) {
          subscriber.warn(behind)
        }
      },
      idle: () => lanes.delete(key),
    })
    lanes.set(key, lane)
    return lane
  }

  return {
    async put(changes) {
      const used = new Set<Lane>()
      for (const ofTable of Map.groupBy(changes, ({ table }) => `${table.schema}\0${table.name}`).values()) {
        const [first] = ofTable as [Change]
        for (const kind of registry.kindsOf(first.table)) {
          const lane = laneOf(first, kind)
          lane.put(ofTable)
          used.add(lane)
        }
      }
      for (const lane of used) await lane.room()
    },
    async again(subscriber, { kind, changes }, from) {
      const left = changes.filter(({ place }) => place >= from)
      if (left.length === 0) return { kind, changes, as: subscriber.caller, said: [] }
      const [{ table }] = changes as [Change]
      const own = registry.of(table, kind).filter((entry) => entry.subscriber === subscriber)
      const steps = await lookAt(kind, own, left)
      return steps.get(subscriber) ?? { kind, changes, as: subscriber.caller, said: [] }
    },
    flush,
    lag: () => Math.max(0, ...[...lanes.values()].map((lane) => lane.lag())),
  }
}

const behind = `${missed.split(':')[0]}: there are more than can be compared in time`
