import type { Caller, CallerPool } from '#database'
import type { Observe } from '#observe'
import { RefusedBindings, type TableChanges } from '../channels/index.ts'
import { type ChangeFeed, type Commit, FeedUnavailable } from '../feed/index.ts'
import { admit } from './admit.ts'
import { type Binding, readBinding } from './binding.ts'
import { Registry, type Subscriber } from './registry.ts'
import { type Change, changesOf } from './tell.ts'
import { tellAll } from './tell-all.ts'
import { missed } from './tell-group.ts'

export interface TableChangesOptions {
  readonly feed: ChangeFeed
  readonly callers: CallerPool
  readonly observe: Observe
}

/** Changes that are worked on together at most. */
const together = 500

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
      for (let from = 0; from < changes.length; from += together) {
        await tellAll({ callers, observe, registry }, changes.slice(from, from + together))
      }
    },
    missed() {
      for (const subscriber of all) subscriber.warn(missed)
    },
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
