import { hash } from 'node:crypto'
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
  /** Nobody reads it any more. */
  readonly left: () => void
}

/** One operation of one caller, run again when something may have changed, for everybody who reads it. */
export interface LiveQuery {
  /** Who comes is told what a run finds that begins then, and nothing that others were told before. */
  join(client: string): Latest
  /** What it looks at may have changed. */
  changed(): void
}

/** The time from the beginning of a run to that of the next, in times of what it took. */
const share = 4

/** Milliseconds after which a database that was not there is asked again. */
const recovery = 1000

export function createLiveQuery(options: LiveQueryOptions): LiveQuery {
  const { prepare, ask, turns, interval, left } = options
  /** Each with its client: those that the next answer is for, and those that came since its run began. */
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
