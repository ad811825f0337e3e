import { createJobRunner } from './cron/index.ts'
import type { EventsDatabase } from './database.ts'
import { createDrain, createSpread, createWebhookDelivery } from './drain/index.ts'
import { forgetOld, lanes, pendingLanes, releaseAbandoned } from './log/index.ts'
import type { EventsOptions } from './options.ts'
import type { Send } from './outbound/index.ts'
import type { Presence } from './presence.ts'

/** How often, in milliseconds, events of processes that are gone are looked for. */
const tidyEvery = 5000
/** How many of those looks pass between two that forget what is old, and two that wake whatever is pending. */
const forgetEvery = 120
const wakeEvery = 6

/** Delivers the log. */
export interface Engine {
  /** There is something new in a lane; in any of them if none is named. */
  wake(lane?: number): Promise<void>
  stop(): Promise<void>
}

export async function startEngine(
  options: EventsOptions,
  database: EventsDatabase,
  presence: Presence,
  send: Send,
): Promise<Engine> {
  const { functions, observe } = options
  const webhook = createWebhookDelivery(send, functions.serviceRoleKey)
  const job = createJobRunner(database, options.loginAs)
  const drain = createDrain({
    database,
    worker: presence.worker,
    attempt: (event, stopping) => (event.source === 'cron' ? job(event, stopping) : webhook(event, stopping)),
    wakeLater: (lane, at) => spread.wakeLater(lane, at),
    observe,
  })
  await releaseAbandoned(database)
  const spread = createSpread(database, presence, (lane) => drain.drain(lane), observe)

  async function wake(lane?: number): Promise<void> {
    const woken = lane === undefined ? await pendingLanes(database) : [lane]
    await Promise.all(woken.map((one) => drain.nudge(one) || spread.wake(one)))
  }

  let looks = 0
  let troubled = false
  async function tidy(): Promise<void> {
    try {
      await spread.look()
      for (const lane of await releaseAbandoned(database)) await wake(lane)
      if (looks % forgetEvery === 0) await forgetOld(database)
      // A call that was lost, because the database was away, is made again.
      if (looks % wakeEvery === 0) await wake()
      looks++
      troubled = false
    } catch (error) {
      if (!troubled) observe({ kind: 'message', level: 'warn', text: 'the event log cannot be looked after', error })
      troubled = true
    }
  }
  let tidying = Promise.resolve()
  const timer = setInterval(() => {
    tidying = tidying.then(tidy)
  }, tidyEvery)

  return {
    wake: async (lane) => await wake(lane !== undefined && lane >= 0 && lane < lanes ? lane : undefined),
    async stop() {
      clearInterval(timer)
      await tidying
      await drain.stop()
      await spread.stop()
    },
  }
}
