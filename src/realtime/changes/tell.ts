import type { Caller, CallerPool } from '#database'
import type { Commit, RowChange } from '../feed/index.ts'
import { type Evaluated, evaluate } from './evaluate.ts'
import { changePayload, errorPayload, noPrimaryKey, unauthorized } from './payload.ts'
import type { Entry } from './registry.ts'
import type { Subscriber } from './subscriber.ts'
import { readTableFacts, type TableFacts } from './table-facts.ts'
import { visibility, visibleRows } from './visible.ts'

/** Callers whose policies are asked at once; more would keep requests waiting. */
const atOnce = 32

export interface Change extends RowChange {
  readonly committedAt: string
  /** Among all changes that were read, in the order of commits. */
  readonly place: number
}

/** What is told to whom of one change, by subscriber. */
export type Told = ReadonlyMap<string, { readonly payload: string; readonly ids: Map<Subscriber, number[]> }>

/** @param from the place of the first */
export function changesOf(commits: readonly Commit[], from: number): Change[] {
  let place = from
  return commits.flatMap(({ rows, committedAt }) => rows.map((row) => ({ ...row, committedAt, place: place++ })))
}

/**
 * Decides for the subscribers of one role what they are told of some changes of one table: what they asked for, may
 * select, and fits their filters.
 *
 * Nothing is asked of the database as anybody but the subscriber's own role.
 *
 * @param patience milliseconds that comparing the filters may take
 * @see supabase/realtime, `realtime.apply_rls`
 */
export async function tellRole(
  callers: CallerPool,
  role: string,
  entries: readonly Entry[],
  changes: readonly Change[],
  patience: number,
): Promise<readonly Told[]> {
  const caller: Caller = { role, claims: { role } }
  const nothing = () => changes.map((): Told => new Map())
  const table = changes[0]?.table
  const [facts] = table ? await readTableFacts(callers, caller, table) : []
  if (!facts) return nothing()
  const error = keyError(facts)
  if (error !== undefined && changes.every(({ action }) => action !== 'DELETE')) {
    return changes.map((change) => erring(change, facts, entries, error))
  }
  const filters = entries.flatMap(({ binding }) => binding.filters)
  const evaluated = await evaluate(callers, caller, facts, changes, filters, patience)
  const fitting = changes.map((change, i) => {
    return entries.filter(({ binding }) => isWanted(change, facts, binding) && evaluated[i]?.fits(binding.filters))
  })
  const mayKnow =
    error === undefined && facts.hasRowSecurity ? await knowers(callers, facts, changes, fitting) : everybody
  return changes.map((change, i) => {
    if (error !== undefined && change.action !== 'DELETE') return erring(change, facts, entries, error)
    const knowing = (fitting[i] as Entry[]).filter((entry) => change.action === 'DELETE' || mayKnow(entry, i))
    return telling(knowing, (select) =>
      changePayload(change, change.committedAt, facts, evaluated[i] as Evaluated, select),
    )
  })
}

const everybody = () => true

function keyError({ columns }: TableFacts): string | undefined {
  const keys = columns.filter(({ isKey }) => isKey)
  if (keys.length === 0) return noPrimaryKey
  return keys.every(({ isSelectable }) => isSelectable) ? undefined : unauthorized
}

function isWanted({ action }: Change, { published }: TableFacts, { action: wanted }: Entry['binding']): boolean {
  return published.includes(action) && (wanted === '*' || wanted === action)
}

function erring(change: Change, facts: TableFacts, entries: readonly Entry[], error: string): Told {
  return telling(
    entries.filter(({ binding }) => isWanted(change, facts, binding)),
    () => errorPayload(change, error),
  )
}

/** One payload for all who asked for the same columns. */
function telling(entries: readonly Entry[], payload: (select: readonly string[] | undefined) => string): Told {
  const told = new Map<string, { readonly payload: string; readonly ids: Map<Subscriber, number[]> }>()
  for (const { subscriber, binding } of entries) {
    const key = binding.select?.join('\0') ?? ''
    const group = told.get(key) ?? { payload: payload(binding.select), ids: new Map() }
    told.set(key, group)
    group.ids.set(subscriber, [...(group.ids.get(subscriber) ?? []), binding.id])
  }
  return told
}

/** Asks row-level security, once for all who come with the same claims. */
async function knowers(
  callers: CallerPool,
  facts: TableFacts,
  changes: readonly Change[],
  fitting: readonly (readonly Entry[])[],
): Promise<(entry: Entry, change: number) => boolean> {
  const keyOf = claimsKeys()
  const asked = new Map<string, { readonly caller: Caller; readonly places: number[]; seen: ReadonlySet<number> }>()
  for (const [place, entries] of fitting.entries()) {
    if (changes[place]?.action === 'DELETE') continue
    for (const { subscriber } of entries) {
      const key = keyOf(subscriber.caller)
      const one = asked.get(key) ?? { caller: subscriber.caller, places: [], seen: new Set() }
      asked.set(key, one)
      if (one.places.at(-1) !== place) one.places.push(place)
    }
  }
  const all = [...asked.values()]
  for (let from = 0; from < all.length; from += atOnce) {
    await Promise.all(
      all.slice(from, from + atOnce).map(async (one) => {
        const rows = one.places.map((place) => (changes[place] as Change).record)
        const { role, claims } = one.caller
        const seen = await visibleRows(callers, { role, claims }, visibility(facts, rows)).catch(failsForOne)
        one.seen = new Set([...seen].map((row) => one.places[row] as number))
      }),
    )
  }
  return ({ subscriber }, place) => asked.get(keyOf(subscriber.caller))?.seen.has(place) === true
}

/** A policy that fails shows nothing; whoever it fails for is alone with it. Otherwise the database could not be asked. */
function failsForOne(error: unknown): ReadonlySet<number> {
  const { code = '' } = error as { readonly code?: string }
  if (/^[0-9A-Z]{5}$/.test(code) && (code === queryCanceled || !/^(08|53|57|58|XX)/.test(code))) return new Set()
  throw error
}

/** By the time that a role's statements may take. */
const queryCanceled = '57014'

/** A text for each caller, the same for all who have the same claims. */
function claimsKeys(): (caller: Caller) => string {
  const keys = new Map<Caller, string>()
  return (caller) => {
    const key = keys.get(caller) ?? JSON.stringify(caller.claims)
    keys.set(caller, key)
    return key
  }
}
