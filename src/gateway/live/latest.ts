/** Answers for a reader who may be slow. Only the latest is kept: a reader that comes back late gets that one, not those before. */
export class Latest implements AsyncIterableIterator<Buffer> {
  /** Whether there was an answer yet. */
  begun = false
  #waiting: ((result: IteratorResult<Buffer>) => void) | undefined
  #next: Buffer | undefined
  #ended = false
  readonly #left: () => void

  /** @param left called when the reader goes, if that is before the end */
  constructor(left: () => void) {
    this.#left = left
  }

  put(answer: Buffer): void {
    if (this.#ended) return
    this.begun = true
    if (!this.#waiting) this.#next = answer
    else this.#tell({ done: false, value: answer })
  }

  /** Nothing comes after this; what is there already may still be taken. */
  end(last?: Buffer): void {
    if (last) this.put(last)
    this.#ended = true
    this.#tell(over)
  }

  next(): Promise<IteratorResult<Buffer>> {
    const value = this.#next
    this.#next = undefined
    if (value) return Promise.resolve({ done: false, value })
    if (this.#ended) return Promise.resolve(over)
    return new Promise((resolve) => {
      this.#waiting = resolve
    })
  }

  return(): Promise<IteratorResult<Buffer>> {
    const early = !this.#ended
    this.#next = undefined
    this.end()
    if (early) this.#left()
    return Promise.resolve(over)
  }

  throw(): Promise<IteratorResult<Buffer>> {
    return this.return()
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  #tell(result: IteratorResult<Buffer>): void {
    this.#waiting?.(result)
    this.#waiting = undefined
  }
}

const over = { done: true, value: undefined } as const
