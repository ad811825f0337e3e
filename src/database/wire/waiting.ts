import type { Exchange } from './exchange.ts'
import { Queue } from './queue.ts'

/** Brief ones, and all others: each kind leaves connections to the other. */
export type Kind = 'brief' | 'other'

function kindOf({ brief }: Exchange): Kind {
  return brief ? 'brief' : 'other'
}

/** Exchanges that wait for a connection, in the order of asking. */
export class WaitingLists {
  readonly #lists = { brief: new Queue<Exchange>(), other: new Queue<Exchange>() } as const

  get size(): number {
    return this.#lists.brief.size + this.#lists.other.size
  }

  count(kind: Kind): number {
    return this.#lists[kind].size
  }

  add(exchange: Exchange): void {
    this.#lists[kindOf(exchange)].push(exchange)
  }

  /** The one that has waited longest, of the kinds that are served now. */
  next(isServed: (kind: Kind) => boolean): Exchange | undefined {
    const { brief, other } = this.#lists
    const a = brief.size > 0 && isServed('brief') ? brief.peek() : undefined
    const b = other.size > 0 && isServed('other') ? other.peek() : undefined
    if (a && (!b || a.since <= b.since)) return brief.shift()
    return b && other.shift()
  }

  /** One that has waited since then, or longer. */
  nextSince(time: number): Exchange | undefined {
    const late = Object.values(this.#lists).find((list) => (list.peek()?.since ?? Number.POSITIVE_INFINITY) <= time)
    return late?.shift()
  }

  /** Takes one out. False where it does not wait. */
  remove(exchange: Exchange): boolean {
    return this.#lists[kindOf(exchange)].remove((one) => one === exchange)
  }
}
