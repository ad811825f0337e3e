import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ClientConfig } from 'pg'
import { errorMessage } from '#errors'
import type { Observe } from '#observe'
import { NoLink } from './link.ts'
import type { PeerMessage } from './message.ts'
import { type Hears, openSession, type Session } from './session.ts'

/** The other processes on this database, whose clients hear the same channels. */
export interface Peers {
  /** How many there are. */
  readonly size: number
  /** They are listened to until everybody who entered has left. */
  enter(): void
  leave(): void
  /** Resolves once what they tell from now on is heard, for whoever goes on without it in the end. */
  soon(): Promise<void>
  /** For whoever tells them something and does not stay. */
  awake(): Promise<void>
  tell(message: PeerMessage): void
  close(): Promise<void>
}

export interface PeersOptions {
  /** Whoever may write Portico's own tables. */
  readonly login: ClientConfig
  readonly observe: Observe
  readonly hears: Hears
}

/** Where there can be no other process. */
export const noPeers: Peers = {
  size: 0,
  enter() {},
  leave() {},
  async soon() {},
  async awake() {},
  tell() {},
  async close() {},
}

/** Milliseconds that the connection outlives whoever was there last, and whoever told something. */
const linger = 5_000
const vigil = 60_000

/** Milliseconds between attempts to connect, and those that a join waits for one. */
const again = 1_000
const patience = 2_000

/** Milliseconds for which others are taken to be where they were: while the connection is broken, and once it is back. */
const grace = { broken: 30_000, back: 5_000 }

export function createPeers({ login, observe, hears }: PeersOptions): Peers {
  const process = randomUUID()
  let members = 0
  let session: Session | undefined
  let opening: Promise<void> | undefined
  let there: ReadonlySet<string> = new Set()
  let [retry, leaving, settling]: (NodeJS.Timeout | undefined)[] = []
  let isSettling = false
  /** Said once, however often it is tried. */
  let trouble: string | undefined
  let closed = false

  const own: Hears = {
    ...hears,
    there(now) {
      there = now
      if (!isSettling) hears.there(now)
    },
  }

  /** Nobody is missed before it is over. */
  function settle(ms: number): void {
    clearTimeout(settling)
    isSettling = true
    settling = setTimeout(() => {
      isSettling = false
      hears.there(there)
    }, ms).unref()
  }

  function warn(text: string, error: unknown): void {
    const now = errorMessage(error)
    if (now !== trouble) observe({ kind: 'message', level: 'warn', text, error })
    trouble = now
  }

  async function open(): Promise<void> {
    try {
      const opened = await openSession({ login, process, hears: own, lost })
      session = opened
      trouble = undefined
      if (isSettling) settle(grace.back)
      void opened.ended.then((error) => {
        if (session !== opened) return
        session = undefined
        there = new Set()
        warn('the connection to other processes broke', error)
        settle(grace.broken)
        later()
      })
      if (closed || members === 0) await end()
    } catch (error) {
      if (error instanceof NoLink) closed = true
      warn('clients of other processes are not heard', error)
      later()
    } finally {
      opening = undefined
    }
  }

  function later(): void {
    if (closed || members === 0) return
    clearTimeout(retry)
    retry = setTimeout(start, again).unref()
  }

  function start(): void {
    if (!closed && !session) opening ??= open()
  }

  function end(): Promise<void> | undefined {
    clearTimeout(retry)
    clearTimeout(settling)
    isSettling = false
    const ending = session
    session = undefined
    there = new Set()
    hears.there(there)
    return ending?.close()
  }

  function lost(error: unknown): void {
    warn('other processes were not told', error)
  }

  function enter(): void {
    members++
    clearTimeout(leaving)
    start()
  }

  function leave(): void {
    if (--members > 0 || closed) return
    leaving = setTimeout(() => {
      if (members === 0) void end()
    }, linger).unref()
  }

  async function soon(): Promise<void> {
    if (opening && trouble === undefined) await Promise.race([opening, sleep(patience, undefined, { ref: false })])
  }

  return {
    get size() {
      return session?.size ?? 0
    },
    ...{ enter, leave, soon },
    async awake() {
      enter()
      setTimeout(leave, vigil).unref()
      await soon()
    },
    tell(message) {
      if (session?.tell(message) === false)
        warn('other processes were not told', new Error('More is told than they can be.'))
    },
    async close() {
      closed = true
      members = 0
      clearTimeout(leaving)
      await opening
      await end()
    },
  }
}
