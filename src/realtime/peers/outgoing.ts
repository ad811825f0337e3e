/** What waits to be told to other processes: in order, as much together as has come meanwhile. */
export interface Outgoing {
  /** Characters that wait. */
  readonly waiting: number
  put(texts: readonly string[]): void
}

/** Notifications of one statement. */
const together = 200

/** @param failed some were told to nobody */
export function createOutgoing(
  notify: (texts: readonly string[]) => Promise<void>,
  failed: (error: unknown) => void,
): Outgoing {
  let queue: string[] = []
  let waiting = 0
  let working = false

  async function work(): Promise<void> {
    working = true
    while (queue.length > 0) {
      const texts = queue.slice(0, together)
      queue = queue.slice(together)
      for (const text of texts) waiting -= text.length
      await notify(texts).catch(failed)
    }
    working = false
  }

  return {
    get waiting() {
      return waiting
    },
    put(texts) {
      for (const text of texts) {
        queue.push(text)
        waiting += text.length
      }
      if (!working) void work()
    },
  }
}
