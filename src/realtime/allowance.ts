/** So many seconds' worth may come at once. */
const burstSeconds = 5

/** Lets so many things happen a second on average. */
export class Allowance {
  readonly #perSecond: number
  #left: number
  #since = performance.now()

  constructor(perSecond: number) {
    this.#perSecond = perSecond
    this.#left = perSecond * burstSeconds
  }

  /** Whether one more may happen now. */
  take(): boolean {
    const now = performance.now()
    this.#left = Math.min(this.#perSecond * burstSeconds, this.#left + ((now - this.#since) / 1000) * this.#perSecond)
    this.#since = now
    if (this.#left < 1) return false
    this.#left -= 1
    return true
  }

  /** What was done turned out to be worth more than one; what is owed has to come in before anything else may happen. */
  charge(more: number): void {
    this.#left -= more
  }
}
