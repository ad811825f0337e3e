import type { CallerPool } from '#database'
import type { Observe } from '#observe'
import type { Binding } from './binding.ts'
import type { Entry } from './registry.ts'
import type { Subscriber } from './subscriber.ts'
import { type Change, type Told, tellRole } from './tell.ts'

export interface Telling {
  readonly callers: CallerPool
  readonly observe: Observe
  /** Ends it: what it asks for cannot be answered. */
  readonly putOut: (subscriber: Subscriber, reason: string) => void
  /** Comparing these of its bindings, and nobody's else, takes too long. */
  readonly tooSlow: (subscriber: Subscriber, bindings: readonly Binding[]) => void
}

/** The subscribers of one role, and the changes of one table. */
export interface Group {
  readonly role: string
  readonly entries: readonly Entry[]
  readonly changes: readonly Change[]
}

export const missed = 'Changes may have been missed: the connection to the database broke'

/** SQLSTATEs that a filter is at fault for, which may also take too long. */
const ofFilter = /^(22|23|42|54)|^57014$/

/** By the time that a statement may take. */
const queryCanceled = '57014'

/** Milliseconds that the filters of one kind of a table may take. */
const patience = 1000

/** Milliseconds that looking for the filters at fault may take in all, whosever they are, and in one statement. */
const budgetOfAll = 1500
const budgetOfOne = 150

/** What looking for filters at fault may still take; its clock starts when somebody first looks. */
export type Budget = () => number

export function createBudget(): Budget {
  let ends: number | undefined
  return () => {
    const now = performance.now()
    ends ??= now + budgetOfAll
    return Math.floor(ends - now)
  }
}

type Pairs = (readonly [Change, Told])[]

/** Whose filter fails, or takes forever, is put out, so that the others go on hearing. */
export async function tellGroup(by: Telling, group: Group, budget: Budget): Promise<Pairs> {
  const { callers, observe } = by
  const { role, changes } = group

  async function toldOf(entries: readonly Entry[], patience: number): Promise<Pairs> {
    const told = await tellRole(callers, role, entries, changes, patience)
    return changes.map((change, i) => [change, told[i] as Told] as const)
  }

  /** Halves them until those at fault are alone: a thousand others are not asked for one by one. */
  async function toldApart(subscribers: readonly (readonly [Subscriber, readonly Entry[]])[]): Promise<Pairs> {
    if (subscribers.length === 0) return []
    const left = budget()
    if (left <= 0) return putOut(by, subscribers, queryCanceled)
    const own = subscribers.flatMap(([, entries]) => entries)
    try {
      return await toldOf(own, Math.min(left, budgetOfOne))
    } catch (error) {
      const { code = '' } = error as { readonly code?: string }
      if (!ofFilter.test(code)) throw error
      const [[subscriber] = []] = subscribers
      if (subscribers.length === 1 && subscriber) {
        if (code === queryCanceled)
          by.tooSlow(
            subscriber,
            own.map(({ binding }) => binding),
          )
        return putOut(by, subscribers, code)
      }
    }
    const middle = Math.ceil(subscribers.length / 2)
    const first = await toldApart(subscribers.slice(0, middle))
    return [...first, ...(await toldApart(subscribers.slice(middle)))]
  }

  try {
    return await toldOf(group.entries, patience)
  } catch (error) {
    const { schema, name } = (changes[0] as Change).table
    const data = { role, table: `${schema}.${name}` }
    observe({ kind: 'message', level: 'warn', text: 'changes of a table could not be told', data, error })
  }
  const isPlain = ({ binding }: Entry) => binding.filters.length === 0
  try {
    const plain = await toldOf(group.entries.filter(isPlain), patience)
    const filtered = group.entries.filter((entry) => !isPlain(entry))
    return [...plain, ...(await toldApart([...Map.groupBy(filtered, ({ subscriber }) => subscriber)]))]
  } catch {
    // It is not for the filters.
    for (const subscriber of new Set(group.entries.map(({ subscriber }) => subscriber))) subscriber.warn(missed)
    return []
  }
}

function putOut(by: Telling, subscribers: readonly (readonly [Subscriber, unknown])[], code: string): Pairs {
  for (const [subscriber] of subscribers) {
    // The message might tell of a row that others alone may see.
    by.putOut(subscriber, `The subscription to changes ended: comparing a filter fails with ERROR ${code}`)
  }
  return []
}
