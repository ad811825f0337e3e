import { hash } from 'node:crypto'
import type { LRUCache } from 'lru-cache'
import { ClientGone } from '#database'
import { Latest } from './latest.ts'
import type { Turns } from './turns.ts'

/** What came of asking once. `stale`: the schema is another by now, and has to be asked anew. */
export type Outcome =
  | { readonly kind: 'answer' | 'failed' | 'over' | 'unready'; readonly answer: Buffer }
  | { readonly kind: 'stale' }

export interface LiveQueryOptions {
  /** Called before each run: watches what the operation reads. An outcome instead, where it cannot be asked. */
  readonly prepare: () => Promise<Outcome | undefined>
  readonly ask: (signal: AbortSignal) => Promise<Outcome>
  readonly turns: { readonly prepare: Turns; readonly ask: Turns }
  /** Milliseconds between two runs at least. */
  readonly interval: number
  /** The last answers, of all live queries together; one that is not there any more is asked for again. */
  readonly kept: LRUCache<object, Buffer>
  /** Nobody reads it any more. */
  readonly left: () => void
}

/** One operation of one caller, run again when something may have changed, for everybody who reads it. */
export interface LiveQuery {
  join(): Latest
  /** What it looks at may have changed. */
  changed(): void
}

/** A run takes no more than this part of the time between its end and that of the next. */
const share = 4

/** Milliseconds after which a database that was not there is asked again. */
const recovery = 1000

export function createLiveQuery(options: LiveQueryOptions): LiveQuery {
  const { prepare, ask, turns, interval, kept, left } = options
  const readers = new Set<Latest>()
  const leaving = new AbortController()
  let told: string | undefined
  let due = false
  let running = false
  /** An answer is on its way that everybody gets who is there by then. */
  let coming = false
  let timer: NodeJS.Timeout | undefined
  let rests = 0

  function changed(): void {
    due = true
    schedule()
  }

  function schedule(): void {
    if (running || timer || leaving.signal.aborted) return
    const wait = rests - performance.now()
    if (wait <= 0) void run()
    else {
      timer = setTimeout(() => {
        timer = undefined
        void run()
      }, wait)
    }
  }

  async function run(): Promise<void> {
    running = true
    coming = true
    const refused = await turns.prepare.take(prepare)
    if (refused) take(refused, 0)
    else {
      await turns.ask.take(async () => {
        if (leaving.signal.aborted) return
        // What changes from here on, the statement may not see.
        due = false
        const started = performance.now()
        take(await ask(leaving.signal), performance.now() - started)
      })
    }
    running = false
    if (due) schedule()
  }

  function take(outcome: Outcome, took: number): void {
    coming = false
    if (leaving.signal.aborted) return
    if (outcome.kind === 'stale') {
      changed()
      return
    }
    const { kind, answer } = outcome
    // Those that one change woke together do not run together for ever.
    rest(Math.max(interval, share * took) * (1 + Math.random() / 4))
    if (kind === 'over' || (kind !== 'answer' && told === undefined)) {
      end(answer)
      return
    }
    if (kind === 'unready') {
      rest(recovery)
      changed()
      return
    }
    const now = hash('sha256', answer, 'base64')
    const isNew = now !== told
    told = now
    kept.set(query, answer)
    for (const reader of readers) if (isNew || !reader.begun) reader.put(answer)
  }

  function rest(ms: number): void {
    rests = performance.now() + ms
  }

  function end(last: Buffer): void {
    for (const reader of readers) reader.end(last)
    readers.clear()
    stop()
  }

  function stop(): void {
    leaving.abort(new ClientGone('nobody reads it any more'))
    clearTimeout(timer)
    kept.delete(query)
    left()
  }

  const query: LiveQuery = {
    join() {
      const reader = new Latest(() => {
        if (readers.delete(reader) && readers.size === 0) stop()
      })
      readers.add(reader)
      const answer = kept.get(query)
      if (answer) reader.put(answer)
      else if (!coming) changed()
      return reader
    },
    changed,
  }
  return query
}
