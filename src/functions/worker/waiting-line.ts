import { Refusal } from '../refusals.ts'

/** Requests that wait until a worker has room for one more: first come, first served. */
export interface WaitingLine {
  /**
   * @param until in milliseconds of `performance.now()`: one for whom there was no room after all comes again
   * @throws {Refusal} WORKER_BUSY when none had room in time, or too many wait already
   */
  wait(until: number, gone?: AbortSignal): Promise<void>
  /** There is room for one more. */
  next(): void
  close(reason: Error): void
}

const longest = 1_000

export function createWaitingLine(): WaitingLine {
  const waiting = new Set<{ go(): void; give(error: Error): void }>()

  return {
    wait(until, gone) {
      if (waiting.size >= longest) throw new Refusal('WORKER_BUSY')
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const place = { go: resolve, give: reject }
      const leave = () => reject(gone?.reason ?? new Refusal('WORKER_BUSY'))
      waiting.add(place)
      const late = setTimeout(() => reject(new Refusal('WORKER_BUSY')), until - performance.now())
      gone?.addEventListener('abort', leave, { once: true })
      return promise.finally(() => {
        clearTimeout(late)
        gone?.removeEventListener('abort', leave)
        waiting.delete(place)
      })
    },
    next() {
      const [first] = waiting
      if (first === undefined) return
      waiting.delete(first)
      first.go()
    },
    close(reason) {
      for (const { give } of waiting) give(reason)
    },
  }
}
