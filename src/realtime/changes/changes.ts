import type { Caller, CallerPool } from '#database'
import type { Observe } from '#observe'
import { NotYet, RefusedBindings, type TableChanges } from '../channels/index.ts'
import { type ChangeFeed, type Commit, FeedDelayed, FeedUnavailable } from '../feed/index.ts'
import { admit } from './admit.ts'
import { type Binding, readBinding } from './binding.ts'
import { createLanes } from './lanes.ts'
import { Registry } from './registry.ts'
import { createSlowness } from './slowness.ts'
import { Subscriber } from './subscriber.ts'
import { type Change, changesOf } from './tell.ts'
import { missed } from './tell-group.ts'

export interface TableChangesOptions {
  readonly feed: ChangeFeed
  readonly callers: CallerPool
  readonly observe: Observe
}

/** Changes that are handed on together at most. */
const together = 500

/** Bindings of one channel. */
const mostBindings = 100

/** Supabase Realtime's `postgres_changes`, and how they do. */
export interface WatchedTableChanges extends TableChanges {
  readonly subscriptions: number
  /** Milliseconds that the change that waits the longest has waited. */
  lag(): number
}

/** Tells each subscriber of the changes that its filters fit and its policies allow. */
export function createTableChanges({ feed, callers, observe }: TableChangesOptions): WatchedTableChanges {
  const registry = new Registry()
  const slowness = createSlowness()
  const putOut = (subscriber: Subscriber, reason: string) => {
    registry.remove(subscriber)
    subscriber.warn(reason)
  }
  const tooSlow = ({ caller, address }: Subscriber, bindings: readonly Binding[]) => {
    slowness.note({ caller, address, bindings })
  }
  const lanes = createLanes({ callers, observe, putOut, tooSlow }, registry)
  let read = 0
  let reading: Promise<() => void> | undefined
  let subscribers = 0

  const reader = {
    wants: (table: Change['table']) => registry.has(table),
    async take(commits: readonly Commit[]) {
      const changes = changesOf(commits, read)
      read += changes.length
      for (let from = 0; from < changes.length; from += together) {
        await lanes.put(changes.slice(from, from + together))
      }
    },
    missed() {
      for (const subscriber of registry.subscribers) subscriber.warn(missed)
    },
  }

  async function enter(): Promise<void> {
    subscribers++
    // Each time another: one that is left later than the next has come must not end that.
    reading ??= feed.read({ ...reader })
    const mine = reading
    try {
      await mine
    } catch (error) {
      if (reading === mine) reading = undefined
      subscribers--
      if (error instanceof FeedDelayed) {
        throw new NotYet('Unable to subscribe to changes: the database is busy with a long transaction, trying again')
      }
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
    get subscriptions() {
      return registry.size
    },
    lag: lanes.lag,
    async subscribe(given, caller, { deliver, warn = () => {}, address }) {
      if (given.length > mostBindings) throw new RefusedBindings(`Too many bindings. Maximum ${mostBindings}`)
      const bindings = given.map(readBinding)
      const left = Math.ceil(slowness.left({ caller, address, bindings }) / 1000)
      if (left > 0) {
        throw new RefusedBindings(
          `Unable to subscribe to changes: a filter took too long, try again in ${left} seconds`,
        )
      }
      await admitAll(bindings, caller)
      await enter()
      const subscriber = new Subscriber({ caller, bindings, address, since: read, deliver, warn, asking: lanes })
      registry.add(subscriber)
      return {
        async renew(renewed) {
          // At once: nothing more is told with a token that was replaced, whatever becomes of this.
          subscriber.caller = renewed
          await admitAll(bindings, renewed)
        },
        stop() {
          if (subscriber.isOver) return
          subscriber.isOver = true
          registry.remove(subscriber)
          leave()
        },
      }
    },
  }
}
