import { hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Caller } from '#database'
import { clientOf } from '../token.ts'
import type { Binding } from './binding.ts'
import { kindOf } from './subscriber.ts'

/** Whose filters, of which bindings. */
export interface Filtering {
  readonly caller: Caller
  readonly address: string | undefined
  readonly bindings: readonly Binding[]
}

/** Remembers whose filters took too long, and which: they are not let in again at once, and each time later. */
export interface Slowness {
  note(filtering: Filtering): void
  /** Milliseconds for which they are refused. */
  left(filtering: Filtering): number
}

interface Noted {
  readonly until: number
  readonly penalty: number
}

/** Milliseconds of the first time, and at most; each is twice the one before. */
const first = 10_000
const longest = 60 * 60_000

/** Whom and what is remembered at most; those noted longest ago are forgotten. */
const most = 10_000

/** @param now milliseconds, of any clock that goes on */
export function createSlowness(now: () => number = () => performance.now()): Slowness {
  const noted = new LRUCache<string, Noted>({ max: most })
  return {
    note(filtering) {
      const at = now()
      for (const key of faults(filtering)) {
        const { until = 0, penalty = 0 } = noted.get(key) ?? {}
        // Put out of several channels by one change is once.
        if (until > at) continue
        // Who was good for as long as it last had to wait begins anew.
        const next = penalty > 0 && at < until + penalty ? Math.min(penalty * 2, longest) : first
        noted.set(key, { until: at + next, penalty: next })
      }
    },
    left(filtering) {
      const at = now()
      const keys = filtered(filtering).flatMap((binding) => [whoOf(filtering, binding), whatOf(filtering, binding)])
      return Math.max(0, ...keys.map((key) => (noted.get(key)?.until ?? 0) - at))
    },
  }
}

const filtered = ({ bindings }: Filtering) => bindings.filter(({ filters }) => filters.length > 0)

/** Which of several it was is not known, and a common one must not be refused to everybody for the company that it was in. */
function faults(filtering: Filtering): ReadonlySet<string> {
  const bindings = filtered(filtering)
  const who = bindings.map((binding) => whoOf(filtering, binding))
  return new Set(bindings.length === 1 ? [...who, ...bindings.map((one) => whatOf(filtering, one))] : who)
}

/** Who it is, whatever it compares with. */
function whoOf({ caller, address }: Filtering, binding: Binding): string {
  return keyOf(kindOf(binding), clientOf(caller, address))
}

/** What is compared, whoever of the role asks for it. */
function whatOf({ caller }: Filtering, { schema, table, filters }: Binding): string {
  return keyOf(caller.role, schema, table, filters)
}

function keyOf(...parts: readonly unknown[]): string {
  return hash('sha256', JSON.stringify(parts), 'base64')
}
