import { LRUCache } from 'lru-cache'

/** Milliseconds that a brief statement takes at most, as seen from here, and that one takes which is none at all. */
const brief = 5
const long = 50

/** Runs that make a statement brief, and those that it takes after a long one. */
const enough = 3
const forgiven = 100

/**
 * Which statements take little time, by how long they took. What is known to be brief may share a round trip with
 * others. A busy machine makes every run seem longer, so one between the two says nothing.
 */
export class Brevity {
  readonly #runs = new LRUCache<string, number>({ max: 2000 })

  isBrief(text: string): boolean {
    return (this.#runs.get(text) ?? 0) >= enough
  }

  /** @param took milliseconds */
  note(text: string, took: number): void {
    if (took >= long) this.#runs.set(text, -forgiven)
    if (took > brief) return
    const runs = this.#runs.get(text) ?? 0
    if (runs < enough) this.#runs.set(text, runs + 1)
  }
}
