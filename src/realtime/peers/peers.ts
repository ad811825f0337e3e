import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ClientConfig } from 'pg'
import { errorMessage } from '#errors'
import type { Observe } from '#observe'
import { createAttendance } from './attendance.ts'
import { createGrace } from './grace.ts'
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

/** Milliseconds between attempts to connect, and those that a join waits for one. */
const again = 1_000
const patience = 2_000

/** Milliseconds for which others are taken to be where they were: while the connection is broken, and once it is back. */
const graceOf = { broken: 30_000, back: 10_000 }

export function createPeers({ login, observe, hears }: PeersOptions): Peers {
  const process = randomUUID()
  const grace = createGrace(hears.there)
  const own: Hears = { ...hears, there: grace.there }
  const attendance = createAttendance(start, () => void end())
  let session: Session | undefined
  let opening: Promise<void> | undefined
  let retry: NodeJS.Timeout | undefined
  /** Said once, however often it is tried. */
  let trouble: string | undefined
  let isAway = false
  let closed = false

  function warn(text: string, error: unknown): void {
    const now = errorMessage(error)
    if (now !== trouble) observe({ kind: 'message', level: 'warn', text, error })
    trouble = now
  }

  async function open(): Promise<void> {
    try {
      await openSession({ login, process, hears: own, opened, failed })
      isAway = false
      trouble = undefined
      if (grace.isSettling) grace.settle(graceOf.back)
      await session?.met
    } catch (error) {
      isAway = true
      if (error instanceof NoLink) closed = true
      warn('clients of other processes are not heard', error)
      void session?.close()
      session = undefined
      later()
    } finally {
      opening = undefined
    }
    if (closed || attendance.isEmpty) await end()
  }

  function opened(one: Session): void {
    session = one
    void one.ended.then((error) => {
      if (session !== one) return
      session = undefined
      warn('the connection to other processes broke', error)
      grace.settle(graceOf.broken)
      grace.there(new Set())
      later()
    })
  }

  function later(): void {
    if (closed || attendance.isEmpty) return
    clearTimeout(retry)
    retry = setTimeout(start, again).unref()
  }

  function start(): void {
    if (!closed && !session) opening ??= open()
  }

  async function end(): Promise<void> {
    clearTimeout(retry)
    const ending = session
    session = undefined
    grace.end()
    await ending?.close()
  }

  function failed(error: unknown): void {
    warn('not all that processes tell one another arrives', error)
  }

  async function soon(): Promise<void> {
    if (opening && !isAway) await Promise.race([opening, sleep(patience, undefined, { ref: false })])
  }

  return {
    get size() {
      return session?.size ?? 0
    },
    enter: attendance.enter,
    leave: attendance.leave,
    soon,
    async awake() {
      attendance.pass()
      await soon()
    },
    tell(message) {
      if (session?.tell(message) === false) failed(new Error('More is told than other processes can be.'))
    },
    async close() {
      closed = true
      attendance.close()
      await opening
      await end()
    },
  }
}
