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

/** SQLSTATEs that a filter is at fault for, which may also take too long. */
const ofFilter = /^(22|23|42|54)|^57014$/

const missed = 'Changes may have been missed: the connection to the database broke'

/** Bindings of one channel. */
const mostBindings = 100

/** Supabase Realtime's `postgres_changes`. */
export function createTableChanges({ feed, callers, observe }: TableChangesOptions): TableChanges {
  const registry = new Registry()
  const all = new Set<Subscriber>()
  let reading: Promise<() => void> | undefined
  let subscribers = 0

  const reader = {
    wants: (table: Change['table']) => registry.has(table),
    async take(commits: readonly Commit[]) {
      const changes = changesOf(commits)
      for (let from = 0; from < changes.length; from += together) await tell(changes.slice(from, from + together))
    },
    missed() {
      for (const subscriber of all) subscriber.warn(missed)
    },
  }

  /** What was made as a caller that was replaced meanwhile is not delivered but, once, made again as the new one. */
  async function tell(changes: readonly Change[], only?: ReadonlySet<Subscriber>): Promise<void> {
    const groups = groupsOf(changes, registry, only)
    const asked = new Map(
      groups.flatMap(({ entries }) => entries.map(({ subscriber }) => [subscriber, subscriber.caller])),
    )
    const told = await Promise.all(groups.map((group) => tellGroup(group)))
    const byChange = new Map<Change, Told[]>()
    for (const [change, one] of told.flat()) byChange.set(change, [...(byChange.get(change) ?? []), one])
    const renewed = new Set([...asked.keys()].filter((subscriber) => subscriber.caller !== asked.get(subscriber)))
    for (const change of changes) {
      for (const payloads of byChange.get(change) ?? []) {
        for (const { payload, ids } of payloads.values()) {
          for (const [subscriber, of] of ids) if (!renewed.has(subscriber)) subscriber.deliver(of, payload)
        }
      }
    }
    if (renewed.size === 0) return
    if (!only) return await tell(changes, renewed)
    for (const subscriber of renewed) subscriber.warn('Changes may have been missed: the token was replaced too often')
  }

  async function toldOf({ role, entries, changes }: Group): Promise<(readonly [Change, Told])[]> {
    const told = await tellRole(callers, role, entries, changes)
    return changes.map((change, i) => [change, told[i] as Told] as const)
  }

  /** Whose filter fails, or takes forever, is put out, so that the others go on hearing. */
  async function tellGroup(group: Group): Promise<(readonly [Change, Told])[]> {
    try {
      return await toldOf(group)
    } catch (error) {
      report(group, error)
    }
    const [plain, filtered] = [true, false].map((isPlain) =>
      group.entries.filter(({ binding }) => (binding.filters.length === 0) === isPlain),
    ) as [Entry[], Entry[]]
    try {
      const told = await toldOf({ ...group, entries: plain })
      for (const [subscriber, own] of Map.groupBy(filtered, ({ subscriber }) => subscriber)) {
        told.push(...(await toldAlone({ ...group, entries: own }, subscriber)))
      }
      return told
    } catch {
      // It is not for the filters.
      for (const subscriber of new Set(group.entries.map(({ subscriber }) => subscriber))) subscriber.warn(missed)
      return []
    }
  }

  async function toldAlone(group: Group, subscriber: Subscriber): Promise<(readonly [Change, Told])[]> {
    try {
      return await toldOf(group)
    } catch (error) {
      const { code = '' } = error as { readonly code?: string }
      if (!ofFilter.test(code)) throw error
      // The message might tell of a row that others alone may see.
      subscriber.putOut(`The subscription to changes ended: comparing a filter fails with ERROR ${code}`)
      return []
    }
  }

  function report({ role, changes }: Group, error: unknown): void {
    const { schema, name } = (changes[0] as Change).table
    const data = { role, table: `${schema}.${name}` }
    observe({ kind: 'message', level: 'warn', text: 'changes of a table could not be told', data, error })
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
    async subscribe(given, caller, deliver, warn = () => {}) {
      if (given.length > mostBindings) throw new RefusedBindings(`Too many bindings. Maximum ${mostBindings}`)
      const bindings = given.map(readBinding)
      await admitAll(bindings, caller)
      await enter()
      const current: Subscriber & { caller: Caller } = {
        caller,
        bindings,
        warn,
        putOut(reason) {
          remove()
          warn(reason)
        },
        deliver: (ids, data) => {
          if (!stopped) deliver(ids, data)
        },
      }
      let stopped = false
      const remove = registry.add(current)
      all.add(current)
      return {
        async renew(renewed) {
          // At once: nothing more is told with a token that was replaced, whatever becomes of this.
          current.caller = renewed
          await admitAll(bindings, renewed)
        },
        stop() {
          if (stopped) return
          stopped = true
          all.delete(current)
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
function groupsOf(changes: readonly Change[], registry: Registry, only?: ReadonlySet<Subscriber>): Group[] {
  const tables = Map.groupBy(changes, ({ table }) => `${table.schema}\0${table.name}`)
  return [...tables.values()].flatMap((changes) => {
    const entries = registry.of((changes[0] as Change).table).filter(({ subscriber }) => only?.has(subscriber) ?? true)
    const roles = Map.groupBy(entries, ({ subscriber }) => subscriber.caller.role)
    return [...roles].map(([role, entries]) => ({ role, entries, changes }))
  })
}
