import type { Observe } from '#observe'
import type { FeedReader } from './feed.ts'
import type { Read } from './intake.ts'
import { createMailbox, isTooMuch, type Mailbox } from './mailbox.ts'
import type { Sight } from './seen.ts'

export interface Flow {
  pause(): void
  resume(): void
  /** Nothing can be said of what comes. */
  fail(error: unknown): void
}

/** Hands transactions to the readers in order: all that have come meanwhile together, once others see what they did. */
export interface Pump {
  push(transaction: Read): void
  /** Milliseconds that what was read and not handed on has waited. */
  lag(): number
  /** Nothing more is handed out. */
  stop(): void
}

export function createPump(readers: ReadonlySet<FeedReader>, sight: Sight, flow: Flow, observe: Observe): Pump {
  const mailboxes = new Map<FeedReader, Mailbox>()
  let queue: Read[] = []
  let bytes = 0
  /** When the first of what waits came, and the first of what is worked on. */
  let [came, begun]: (number | undefined)[] = []
  let working = false
  let paused = false
  let stopped = false

  function regulate(): void {
    const isBehind =
      isTooMuch(queue, bytes) || [...mailboxes].some(([reader, { isFull }]) => readers.has(reader) && isFull)
    if (isBehind === paused) return
    paused = isBehind
    if (paused) flow.pause()
    else flow.resume()
  }

  function push(transaction: Read): void {
    if (stopped) return
    queue.push(transaction)
    came ??= performance.now()
    bytes += transaction.size
    regulate()
    if (!working) void work()
  }

  async function work(): Promise<void> {
    working = true
    while (queue.length > 0 && !stopped) {
      const batch = queue
      queue = []
      bytes = 0
      begun = came
      came = undefined
      regulate()
      try {
        await sight.seen([...new Set(batch.map(({ xid }) => xid))])
      } catch (error) {
        // Readers are told that they missed something once there is another stream.
        return flow.fail(error)
      }
      if (!stopped) handOut(batch)
    }
    working = false
    begun = undefined
  }

  function handOut(batch: readonly Read[]): void {
    for (const [reader, mailbox] of mailboxes) {
      if (readers.has(reader)) continue
      mailbox.close()
      mailboxes.delete(reader)
    }
    for (const reader of readers) {
      const mailbox = mailboxes.get(reader) ?? createMailbox(reader, regulate, observe)
      mailboxes.set(reader, mailbox)
      mailbox.put(batch)
    }
    regulate()
  }

  return {
    push,
    lag() {
      const since = begun ?? came
      return since === undefined ? 0 : performance.now() - since
    },
    stop() {
      stopped = true
      queue = []
      for (const mailbox of mailboxes.values()) mailbox.close()
      mailboxes.clear()
    },
  }
}
