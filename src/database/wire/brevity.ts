import { LRUCache } from 'lru-cache'

/** Milliseconds, as seen from here: a brief statement takes so many at most, one that takes the others is none any more. */
const brief = 2
const slow = 5
const long = 10

/** Brief runs that make a statement known as brief, those that count at most, and those that a long one costs. */
const enough = 3
const most = 8
const cost = 10

/** Characters of SQL that are kept. */
const maxSize = 2_000_000

/**
 * Which statements take little time, by how long they took. What is known to be brief may share a round trip with
 * others. A busy machine makes every run seem longer, so one that is neither brief nor slow says nothing.
 */
export class Brevity {
  readonly #runs = new LRUCache<string, number>({ maxSize, sizeCalculation: (_runs, text) => text.length + 1 })

  isBrief(text: string): boolean {
    return (this.#runs.get(text) ?? 0) >= enough
  }

  /** @param took milliseconds so far, however it ended */
  note(text: string, took: number): void {
    const runs = this.#runs.get(text) ?? 0
    const now = took > long ? -cost : took > slow ? runs - 2 : took > brief ? runs : Math.min(runs + 1, most)
    if (now !== runs) this.#runs.set(text, now)
  }
}
