import { setTimeout as sleep } from 'node:timers/promises'
import { Logger, run } from 'graphile-worker'
import type { Observe } from '#observe'
import type { EventsDatabase } from '../database.ts'
import { lanes } from '../log/index.ts'

/** The worker's own tables, apart from those of a project that uses it as well. */
const schema = 'portico_worker'

/** Wakes drains, in this process or in another one of the same database. */
export interface Runner {
  wake(lane: number): Promise<void>
  wakeLater(lane: number, at: Date): Promise<void>
  stop(): Promise<void>
}

/**
 * graphile-worker, which spreads the lanes over the processes of a database and wakes them for retries. A job is a call
 * to look, and nothing hangs on it: two of one lane at once deliver nothing twice, and one that is lost with its process
 * is made again by whoever looks next.
 */
export async function startRunner(
  { pool }: EventsDatabase,
  drain: (lane: number) => Promise<void>,
  observe: Observe,
): Promise<Runner> {
  let stopped = false
  const begin = async () => {
    const runner = await run({
      // Without them what the worker writes down of a job is a promise that nobody waits for, and its failure nobody's.
      preset: { worker: { completeJobBatchDelay: 0, failJobBatchDelay: 0 } },
      pgPool: pool,
      schema,
      concurrency: lanes,
      pollInterval: 2000,
      noHandleSignals: true,
      parsedCronItems: [],
      taskList: { drain: async (payload) => await drain((payload as { lane: number }).lane) },
      logger: new Logger(() => (level, text) => {
        if (level === 'error') observe({ kind: 'message', level: 'warn', text: `events: ${text}` })
      }),
    })
    // It gives up when the database is away for long.
    void runner.promise.catch(() => {}).then(restart)
    return runner
  }
  let current = await begin()
  async function restart(): Promise<void> {
    while (!stopped) {
      await sleep(1000)
      try {
        current = await begin()
        if (stopped) await current.stop()
        return
      } catch {}
    }
  }
  const job = async (lane: number, spec: { readonly jobKey: string; readonly runAt?: Date }) => {
    await current.addJob('drain', { lane }, { ...spec, maxAttempts: 3 })
  }
  return {
    wake: (lane) => job(lane, { jobKey: `drain ${lane}` }),
    // Another key than that of a call for now, which it would put off.
    wakeLater: (lane, runAt) => job(lane, { jobKey: `retry ${lane}`, runAt }),
    async stop() {
      stopped = true
      await current.stop().catch(() => {})
    },
  }
}
