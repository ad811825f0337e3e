import type { Caller } from '#database'
import type { Kind, Subscriber } from './subscriber.ts'
import type { Change } from './tell.ts'

/** What a subscriber is told of one change. */
export interface Said {
  readonly place: number
  readonly ids: readonly number[]
  readonly payload: string
}

/** What came of looking at some changes of one table for a subscriber. */
export interface Step {
  /** Of the bindings that it was looked at for. */
  readonly kind: Kind
  readonly changes: readonly Change[]
  /** As whom it was asked; nothing of it is told once the subscriber is another. */
  readonly as: Caller
  readonly said: readonly Said[]
}

export interface Asking {
  /** Looks at those of a step's changes once more that are at a place or behind it. */
  again(subscriber: Subscriber, step: Step, from: number): Promise<Step>
  /** Has the subscriber told what can be told now. */
  flush(subscriber: Subscriber): void
}

/**
 * Where what a subscriber is to be told waits until its other tables have come as far: they are looked at independently,
 * and it hears of all in the order of commits.
 */
export class Outbox {
  readonly #subscriber: Subscriber
  readonly #by: Asking
  #steps: Step[] = []
  /** What is before this place was told. */
  #from: number
  #asking = false

  constructor(subscriber: Subscriber, from: number, by: Asking) {
    this.#subscriber = subscriber
    this.#from = from
    this.#by = by
  }

  get isEmpty(): boolean {
    return this.#steps.length === 0
  }

  add(step: Step): void {
    this.#steps.push(step)
  }

  /** Tells what lies before a place. */
  flush(before: number): void {
    if (this.#asking || this.#steps.length === 0) return
    const subscriber = this.#subscriber
    const stale = this.#steps.find(({ as }) => as !== subscriber.caller)
    if (stale && !subscriber.isOver) return void this.#askAgain(stale)
    const due = this.#steps.flatMap(({ said }) => said.filter(({ place }) => place >= this.#from && place < before))
    for (const { ids, payload } of this.#steps.length > 1 ? inOrder(due) : due) subscriber.deliver(ids, payload)
    this.#steps = this.#steps.filter(({ changes }) => (changes.at(-1)?.place ?? 0) >= before)
    for (const { place } of due) this.#from = Math.max(this.#from, place + 1)
  }

  /** The token was replaced meanwhile: the same changes as the new caller, in their place. Once: it may be replaced without end. */
  async #askAgain(stale: Step): Promise<void> {
    this.#asking = true
    const next = await this.#by.again(this.#subscriber, stale, this.#from)
    this.#asking = false
    const isStale = next.as !== this.#subscriber.caller
    if (isStale) this.#subscriber.warn('Changes may have been missed: the token was replaced too often')
    this.#steps = this.#steps.flatMap((step) => (step === stale ? (isStale ? [] : [next]) : [step]))
    this.#by.flush(this.#subscriber)
  }
}

/** By place; what two bindings of different kinds are told of one change is one message. */
function inOrder(due: readonly Said[]): Said[] {
  const told: Said[] = []
  for (const said of due.toSorted((one, other) => one.place - other.place)) {
    const before = told.at(-1)
    if (before?.place !== said.place || before.payload !== said.payload) told.push(said)
    else told[told.length - 1] = { ...said, ids: [...before.ids, ...said.ids].toSorted((one, other) => one - other) }
  }
  return told
}
