import { hash } from 'node:crypto'
import { ClientGone } from '#database'
import { Latest } from './latest.ts'
import type { Turns } from './turns.ts'

/** What came of one run. `stale`: the schema has changed since it was planned, so it has to be planned and run again. */
export type Outcome =
  | { readonly kind: 'answer' | 'failed' | 'over' | 'unready'; readonly answer: Buffer }
  | { readonly kind: 'stale' }

export interface LiveQueryOptions {
  /** Called before each run: watches what the operation reads. An outcome instead, where it cannot be run. */
  readonly prepare: () => Promise<Outcome | undefined>
  readonly ask: (signal: AbortSignal) => Promise<Outcome>
  readonly turns: { readonly prepare: Turns; readonly ask: Turns }
  /** Milliseconds between two runs at least. */
  readonly interval: number
  /** Called when nobody reads it any more. */
  readonly left: () => void
}

/** One operation of one caller, run again whenever what it reads may have changed, for all who subscribed to just this. */
export interface LiveQuery {
  /** Adds a reader. Its first answer is from a run that begins after it has joined, never one that others got before. */
  join(client: string): Latest
  /** Something that it reads may have changed. */
  changed(): void
}

/** A run that took some time is not begun again before this many times as long: a slow query leaves the database to others. */
const share = 4

/** Milliseconds after which a query is run again whose database was not there. */
const recovery = 1000

export function createLiveQuery(options: LiveQueryOptions): LiveQuery {
  const { prepare, ask, turns, interval, left } = options
  /** Readers, each with its client: those that the next answer is for, and those that joined after its run had begun. */
  const readers = new Map<Latest, string>()
  const joining = new Map<Latest, string>()
  const leaving = new AbortController()
  let told: string | undefined
  let due = false
  let running = false
  let timer: NodeJS.Timeout | undefined
  /** When the next run may begin, for whoever is told of changes and for whoever waits for a first answer. */
  let [rests, opens] = [0, 0]

  function* clients(): Iterable<string> {
    yield* joining.values()
    yield* readers.values()
  }

  function changed(): void {
    due = true
    schedule()
  }

  function schedule(): void {
    if (running || leaving.signal.aborted) return
    clearTimeout(timer)
    const wait = (joining.size > 0 ? opens : rests) - performance.now()
    if (wait <= 0) void run()
    else timer = setTimeout(run, wait)
  }

  async function run(): Promise<void> {
    running = true
    const refused = await turns.prepare.take(clients, leaving.signal, prepare)
    if (refused) take(refused, performance.now())
    else {
      await turns.ask.take(clients, leaving.signal, async () => {
        // What changes from here on, the statement may not see, and who comes is not told of it.
        due = false
        for (const [reader, client] of joining) readers.set(reader, client)
        joining.clear()
        const began = performance.now()
        take(await ask(leaving.signal), began)
      })
    }
    running = false
    if (due) schedule()
  }

  function take(outcome: Outcome, began: number): void {
    if (leaving.signal.aborted) return
    if (outcome.kind === 'stale') {
      changed()
      return
    }
    const { kind, answer } = outcome
    opens = began + interval
    // Those that one change woke together do not run together for ever.
    rests = began + Math.max(interval, share * (performance.now() - began)) * (1 + Math.random() / 4)
    if (kind === 'over' || (kind !== 'answer' && told === undefined)) {
      end(answer)
      return
    }
    if (kind === 'unready') {
      opens = rests = performance.now() + recovery
      changed()
      return
    }
    const now = hash('sha256', answer, 'base64')
    const isNew = now !== told
    told = now
    for (const reader of readers.keys()) if (isNew || !reader.begun) reader.put(answer)
  }

  function end(last: Buffer): void {
    for (const known of [readers, joining]) {
      for (const reader of known.keys()) reader.end(last)
      known.clear()
    }
    stop()
  }

  function stop(): void {
    leaving.abort(new ClientGone('nobody reads it any more'))
    clearTimeout(timer)
    left()
  }

  return {
    join(client) {
      const reader = new Latest(() => {
        const was = readers.delete(reader) || joining.delete(reader)
        if (was && readers.size + joining.size === 0) stop()
      })
      joining.set(reader, client)
      changed()
      return reader
    },
    changed,
  }
}
