import type { Caller, CallerPool } from '#database'
import type { Observe } from '#observe'
import { RefusedBindings, type TableChanges } from '../channels/index.ts'
import { type ChangeFeed, type Commit, FeedUnavailable } from '../feed/index.ts'
import { admit } from './admit.ts'
import { type Binding, readBinding } from './binding.ts'
import { type Entry, Registry, type Subscriber } from './registry.ts'
import { type Change, changesOf, type Told, tellRole } from './tell.ts'

export interface TableChangesOptions {
  readonly feed: ChangeFeed
  readonly callers: CallerPool
  readonly observe: Observe
}

/** Changes of one table that are worked on together at most. */
const together = 500

/** Bindings of one channel. */
const mostBindings = 100

/** Supabase Realtime's `postgres_changes`. */
export function createTableChanges({ feed, callers, observe }: TableChangesOptions): TableChanges {
  const registry = new Registry()
  let reading: Promise<() => void> | undefined
  let subscribers = 0

  const reader = {
    wants: (table: Change['table']) => registry.has(table),
    async take(commits: readonly Commit[]) {
      const changes = changesOf(commits)
      for (let from = 0; from < changes.length; from += together) await tell(changes.slice(from, from + together))
    },
  }

  async function tell(changes: readonly Change[]): Promise<void> {
    const told = await Promise.all(groupsOf(changes, registry).map((group) => tellGroup(group)))
    const byChange = new Map<Change, Told[]>()
    for (const [change, one] of told.flat()) byChange.set(change, [...(byChange.get(change) ?? []), one])
    for (const change of changes) {
      for (const payloads of byChange.get(change) ?? []) {
        for (const { payload, ids } of payloads.values()) {
          for (const [subscriber, of] of ids) subscriber.deliver(of, payload)
        }
      }
    }
  }

  /** Whose filter fails, one that takes forever for instance, is put out, so that the others go on hearing. */
  async function tellGroup(group: Group): Promise<(readonly [Change, Told])[]> {
    const { role, entries, changes } = group
    try {
      const told = await tellRole(callers, role, entries, changes)
      return changes.map((change, i) => [change, told[i] as Told] as const)
    } catch (error) {
      const bySubscriber = Map.groupBy(entries, ({ subscriber }) => subscriber)
      const mayBeFilter = (error as { readonly code?: string }).code !== undefined
      if (mayBeFilter && bySubscriber.size > 1) {
        const told = []
        for (const own of bySubscriber.values()) told.push(...(await tellGroup({ ...group, entries: own })))
        return told
      }
      const { schema, name } = (changes[0] as Change).table
      const data = { role, table: `${schema}.${name}` }
      observe({ kind: 'message', level: 'warn', text: 'changes of a table could not be told', data, error })
      if (mayBeFilter && entries.some(({ binding }) => binding.filters.length > 0)) entries[0]?.subscriber.putOut()
      return []
    }
  }

  async function enter(): Promise<void> {
    subscribers++
    reading ??= feed.read(reader)
    const mine = reading
    try {
      await mine
    } catch (error) {
      if (reading === mine) reading = undefined
      subscribers--
      if (!(error instanceof FeedUnavailable)) throw error
      observe({ kind: 'message', level: 'warn', text: error.message })
      throw new RefusedBindings('Unable to subscribe to changes: this database does not tell of its changes.')
    }
  }

  function leave(): void {
    if (--subscribers > 0) return
    const ending = reading
    reading = undefined
    void ending?.then(
      (stop) => stop(),
      () => {},
    )
  }

  async function admitAll(bindings: readonly Binding[], caller: Caller): Promise<void> {
    for (const binding of bindings) await admit(callers, caller, binding)
  }

  return {
    async subscribe(given, caller, deliver) {
      if (given.length > mostBindings) throw new RefusedBindings(`Too many bindings. Maximum ${mostBindings}`)
      const bindings = given.map(readBinding)
      await admitAll(bindings, caller)
      await enter()
      const current: Subscriber & { caller: Caller } = {
        caller,
        bindings,
        putOut: () => remove(),
        deliver: (ids, data) => {
          if (!stopped) deliver(ids, data)
        },
      }
      let stopped = false
      const remove = registry.add(current)
      return {
        async renew(renewed) {
          await admitAll(bindings, renewed)
          current.caller = renewed
        },
        stop() {
          if (stopped) return
          stopped = true
          remove()
          leave()
        },
      }
    },
  }
}

interface Group {
  readonly role: string
  readonly entries: readonly Entry[]
  readonly changes: readonly Change[]
}

/** The changes of each table for the subscribers of each role. */
function groupsOf(changes: readonly Change[], registry: Registry): Group[] {
  const tables = Map.groupBy(changes, ({ table }) => `${table.schema}\0${table.name}`)
  return [...tables.values()].flatMap((changes) => {
    const roles = Map.groupBy(registry.of((changes[0] as Change).table), ({ subscriber }) => subscriber.caller.role)
    return [...roles].map(([role, entries]) => ({ role, entries, changes }))
  })
}
