import type pg from 'pg'
import type { Observe } from '#observe'
import type { Exchange } from './exchange.ts'
import { Line } from './line.ts'
import { type Kind, WaitingLists } from './waiting.ts'

export interface LinePoolOptions {
  readonly config: pg.ClientConfig
  /** Connections at most. */
  readonly size: number
  /** Connections at most for brief exchanges while these flow: more would only take turns on the server's processors. */
  readonly flowing: number
  /** False behind a transaction-mode pooler, where a prepared statement may be gone at the next transaction. */
  readonly prepared: boolean
  readonly observe: Observe
}

/** Connections for exchanges that hold one no longer than they last. */
export interface LinePool {
  /**
   * Sends as soon as a connection is free, in the order of asking; brief ones together. One connection is left to these:
   * however many others wait for slow statements, what is brief is answered.
   */
  run(exchange: Exchange): void
  /** Takes an exchange that waits out of the queue, or ends what it does in the database. */
  cancel(exchange: Exchange, reason: Error): void
  /** Resolves when what is under way has ended. */
  close(): Promise<void>
}

/** Milliseconds that an exchange waits for a connection, and that a connection waits for an exchange. */
const patience = 10_000
const idleTime = 10_000
const sweepEvery = 1000

/** Exchanges in one write: so few that they are not shared out, and at most. */
const together = { least: 4, most: 16 } as const
/** Milliseconds that one of them keeps those behind it waiting. */
const stuckAfter = 10

export function createLinePool({ config, size, flowing, prepared, observe }: LinePoolOptions): LinePool {
  const lines = new Set<Line>()
  /** The one used last is used next, so that the others can go. */
  const free: Line[] = []
  const waiting = new WaitingLists()
  /** Connections at most for each kind; for brief ones while these flow. */
  const most = { brief: flowing, other: size < 4 ? size : size - 1 } as const
  let opening = 0
  let closing: (() => void) | undefined
  let sweeping: NodeJS.Timeout | undefined
  let isDispatching = false
  let watching: NodeJS.Timeout | undefined

  function run(exchange: Exchange): void {
    if (closing) return void exchange.failed(closed())
    if (free.length > 0) {
      // Those that are asked in one turn of the event loop go together.
      if (exchange.brief) return void soon(exchange)
      if (isServed('other')) return void send(free.pop() as Line, exchange)
    }
    waiting.add(exchange)
    open()
    sweeping ??= setInterval(sweep, sweepEvery).unref()
    if (exchange.brief) watch()
  }

  function soon(exchange: Exchange): void {
    waiting.add(exchange)
    if (isDispatching) return
    isDispatching = true
    setImmediate(dispatch)
  }

  function dispatch(): void {
    isDispatching = false
    for (let next = nextFor(free); next; next = nextFor(free)) send(free.pop() as Line, next)
    if (waiting.count('brief') > 0) watch()
  }

  function nextFor({ length }: readonly Line[]): Exchange | undefined {
    return length > 0 ? waiting.next(isServed) : undefined
  }

  /** What was under way is asked again while the pool closes, too. */
  function again(exchange: Exchange): void {
    if (!closing) return void run(exchange)
    waiting.add(exchange)
    open()
  }

  /** Brief ones are served sooner together, behind those that flow, than each on a connection of its own. */
  function isServed(kind: Kind): boolean {
    return lines.size - free.length < most[kind] || count(kind) < most[kind]
  }

  function count(kind: Kind): number {
    let busy = 0
    for (const line of lines) if (line.isBusy && line.flows === (kind === 'brief')) busy++
    return busy
  }

  function send(line: Line, first: Exchange): void {
    let room = first.brief && line.prepared ? roomForBrief() : 1
    const next = () => (--room > 0 ? waiting.next((kind) => kind === 'brief') : undefined)
    if (!line.send(first, next)) return void onFree(line)
    if (line.isFollowed) watch()
  }

  /** Many are shared out among the connections that could take some now. */
  function roomForBrief(): number {
    const takers = Math.max(1, Math.min(most.brief - count('brief'), free.length + 1))
    const share = Math.ceil((waiting.count('brief') + 1) / takers)
    return Math.min(together.most, Math.max(together.least, share))
  }

  function open(): void {
    const wanted = wantedOf('brief') + wantedOf('other')
    if (wanted <= opening || lines.size + opening >= size) return
    opening++
    Line.open({ ...config, connectionTimeoutMillis: patience }, { prepared, onFree, onEnd })
      .finally(() => opening--)
      .then(
        (line) => {
          lines.add(line)
          onFree(line)
        },
        (error: Error) => failFirst(error.message === 'timeout expired' ? tooLate() : error),
      )
      .finally(() => (closing ? settle() : open()))
  }

  /** Connections that those who wait could have besides. */
  function wantedOf(kind: Kind): number {
    return Math.min(waiting.count(kind), Math.max(0, most[kind] - count(kind)))
  }

  function failFirst(error: Error): void {
    waiting.next(() => true)?.failed(error)
  }

  function onFree(line: Line): void {
    const next = waiting.next(isServed)
    if (next) return void send(line, next)
    if (closing) return void line.end()
    free.push(line)
    sweeping ??= setInterval(sweep, sweepEvery).unref()
  }

  function onEnd(line: Line, left: readonly Exchange[]): void {
    const at = free.indexOf(line)
    if (at >= 0) {
      free.splice(at, 1)
      if (!closing) observe({ kind: 'message', level: 'warn', text: 'an idle database connection broke' })
    }
    lines.delete(line)
    for (const exchange of left) again(exchange)
    if (closing) settle()
    else open()
  }

  function sweep(): void {
    const now = performance.now()
    for (let late = waiting.nextSince(now - patience); late; late = waiting.nextSince(now - patience)) {
      late.failed(tooLate())
    }
    while (free[0] && now - free[0].freeSince > idleTime) void free.shift()?.end()
    if (free.length > 0 || waiting.size > 0) return
    clearInterval(sweeping)
    sweeping = undefined
  }

  /**
   * What has arrived by now is read before anybody is judged, and by the time it is now: a process that is busy is no sign
   * of a server that is.
   */
  function watch(): void {
    watching ??= setInterval(() => setImmediate(relieve, performance.now()), stuckAfter).unref()
  }

  function relieve(now: number): void {
    for (const line of lines) for (const exchange of line.relieve(now, stuckAfter)) again(exchange)
    dispatch()
    open()
    if (waiting.count('brief') > 0 || [...lines].some((line) => line.isWatched)) return
    clearInterval(watching)
    watching = undefined
  }

  function settle(): void {
    if (lines.size > 0 || opening > 0) return
    while (waiting.size > 0) failFirst(closed())
    clearInterval(watching)
    closing?.()
  }

  return {
    run,
    cancel(exchange, reason) {
      if (waiting.remove(exchange)) return exchange.failed(reason)
      for (const line of lines) for (const left of line.cancel(exchange, reason)) again(left)
    },
    async close() {
      clearInterval(sweeping)
      const { promise, resolve } = Promise.withResolvers<void>()
      closing = resolve
      dispatch()
      for (const line of free.splice(0)) void line.end()
      settle()
      await promise
    },
  }
}

/** In node-postgres' words, as whoever asks whether the database is away expects them. */
const tooLate = () => new Error('timeout exceeded when trying to connect')
const closed = () => new Error('Connection terminated: the pool is closed')
