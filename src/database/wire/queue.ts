/**
 * First in, first out; what waits may also leave. Not a `Map`: one that is added to and taken from all the time leaves a
 * trail of its former tables, and each keeps what was in it until the whole heap is looked through.
 */
export class Queue<T extends object> {
  #items: (T | undefined)[] = []
  #head = 0
  #size = 0

  get size(): number {
    return this.#size
  }

  push(item: T): void {
    this.#items.push(item)
    this.#size++
  }

  /** The one that has waited longest, which goes on waiting. */
  peek(): T | undefined {
    while (this.#size > 0 && this.#items[this.#head] === undefined) this.#head++
    return this.#items[this.#head]
  }

  shift(): T | undefined {
    const first = this.peek()
    if (first) this.#take(this.#head)
    return first
  }

  /** Takes the first such item out. False where none waits. */
  remove(isIt: (item: T) => boolean): boolean {
    const at = this.#items.findIndex((item) => item !== undefined && isIt(item))
    if (at >= 0) this.#take(at)
    return at >= 0
  }

  #take(at: number): void {
    this.#items[at] = undefined
    this.#size--
    if (at === this.#head) this.#head++
    if (this.#size === 0) {
      this.#items.length = 0
      this.#head = 0
    } else if (this.#head >= longest) {
      this.#items = this.#items.slice(this.#head)
      this.#head = 0
    }
  }
}

/** Places that were left, before room is made. */
const longest = 1024
