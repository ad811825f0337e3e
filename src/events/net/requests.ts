import type { Observe } from '#observe'
import type { EventsDatabase } from '../database.ts'
import type { Send } from '../outbound/index.ts'
import { answerOf } from './answer.ts'
import { createPlaces } from './places.ts'
import { answerAbandoned, forgetOld, keepAnswer, type Queued, takeRequests } from './queue.ts'

/** How often, in milliseconds, requests of processes that are gone, old answers and what was left waiting are looked for. */
const tidyEvery = 10_000
/** How soon, in milliseconds, what another process was about to take is looked at again. */
const soon = 100

export interface NetRequests {
  /** Sends what is queued, as far as there are places; the others follow when one is free. */
  send(): Promise<void>
  stop(): Promise<void>
}

/** pg_net's work: each queued request is sent once, and its answer kept. */
export function createNetRequests(database: EventsDatabase, worker: number, send: Send, observe: Observe): NetRequests {
  const places = createPlaces()
  const underWay = new Set<Promise<void>>()
  let stopped = false
  let looking: Promise<void> | undefined
  let isNew = false
  let later: NodeJS.Timeout | undefined

  async function look(): Promise<void> {
    try {
      while (isNew && !stopped) {
        isNew = false
        const { requests, contended } = await takeRequests(database, worker, places)
        for (const request of requests) begin(request)
        if (requests.length > 0) isNew = true
        else if (contended) lookSoon()
      }
    } finally {
      looking = undefined
    }
  }

  async function sendQueued(): Promise<void> {
    if (stopped) return
    isNew = true
    looking ??= look()
    await looking
  }

  function lookSoon(): void {
    later ??= setTimeout(() => {
      later = undefined
      sendMore()
    }, soon)
  }

  /** Where the database is away, it is looked at again with the tidying. */
  function sendMore(): void {
    void sendQueued().catch(() => {})
  }

  function begin(request: Queued): void {
    places.take(request.target)
    const one = attempt(request).finally(() => {
      underWay.delete(one)
      if (places.free(request.target)) sendMore()
    })
    underWay.add(one)
  }

  async function attempt(request: Queued): Promise<void> {
    try {
      await keepAnswer(database, request.id, await answerOf(request, send))
    } catch (error) {
      observe({ kind: 'message', level: 'warn', text: 'the answer to a request of SQL could not be kept', error })
    }
  }

  let troubled = false
  async function tidy(): Promise<void> {
    try {
      await answerAbandoned(database)
      await forgetOld(database)
      await sendQueued()
      troubled = false
    } catch (error) {
      if (!troubled) observe({ kind: 'message', level: 'warn', text: 'requests of SQL cannot be looked after', error })
      troubled = true
    }
  }
  let tidying = tidy()
  const timer = setInterval(() => {
    tidying = tidying.then(tidy)
  }, tidyEvery)

  return {
    send: sendQueued,
    async stop() {
      stopped = true
      clearInterval(timer)
      clearTimeout(later)
      await tidying
      await looking?.catch(() => {})
      await Promise.all(underWay)
    },
  }
}
