import { LRUCache } from 'lru-cache'

/** Milliseconds that a brief statement takes at most, and that one takes which is slow, or long. */
const brief = 2
const slow = 5
const long = 10

/** Brief runs that make a statement known as brief, and those that count at most. */
const enough = 3
const most = 8

/** Characters of SQL that are kept. */
const maxSize = 2_000_000

/**
 * Which statements take little time, by how long they took. What is known to be brief may share a round trip with
 * others. A busy process reads answers late, so a run that seems to be slow is one only where a look at what has arrived
 * says so.
 */
export class Brevity {
  readonly #runs = new LRUCache<string, number>({ maxSize, sizeCalculation: (_runs, text) => text.length + 1 })

  isBrief(text: string): boolean {
    return (this.#runs.get(text) ?? 0) >= enough
  }

  /** One took so many milliseconds, as seen from here. */
  took(text: string, milliseconds: number): void {
    if (milliseconds > brief) return
    const runs = this.#runs.get(text) ?? 0
    if (runs < most) this.#runs.set(text, runs + 1)
  }

  /** One has not ended after so many milliseconds. */
  late(text: string, milliseconds: number): void {
    if (milliseconds <= slow) return
    const runs = this.#runs.get(text) ?? 0
    this.#runs.set(text, milliseconds >= long ? -most : runs - 2)
  }
}
