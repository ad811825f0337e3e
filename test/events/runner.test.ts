import pg from 'pg'
import { describe, expect, test } from 'vitest'
import { silent } from '#observe'
import { openEventsDatabase } from '../../src/events/database.ts'
import { startRunner } from '../../src/events/drain/runner.ts'
import { useDatabase } from '../support/database.ts'

// A database for each: a call to look that was left over from one would be a drain of the other.
describe.each(['fails', 'ends'])('a drain that %s while the database is away', (how) => {
  const database = useDatabase()

  test('ends nothing but the runner, which comes back', async () => {
    const opened = openEventsDatabase(database.connections, silent)
    const drained: number[] = []
    let told = Promise.withResolvers<void>()
    const connect = opened.pool.connect.bind(opened.pool)
    let isAway = false
    // What graphile-worker asks for while it writes down what came of its job. Not awaited, a refusal would be nobody's.
    const refusal = () => new pg.DatabaseError('terminating connection', 1, 'error')
    type Connected = Parameters<pg.Pool['connect']>[0]
    opened.pool.connect = ((connected?: Connected) => {
      if (!isAway) return connected ? connect(connected) : connect()
      return connected ? connected(refusal(), undefined, () => {}) : Promise.reject(refusal())
    }) as never
    const runner = await startRunner(
      opened,
      async (lane) => {
        drained.push(lane)
        isAway = drained.length === 1
        told.resolve()
        if (how === 'fails' && isAway) throw new Error('the drain fails')
      },
      silent,
    )
    try {
      await runner.wake(1)
      await told.promise
      told = Promise.withResolvers()
      // By now the outcome could not be written down, and the runner has given up.
      await expect.poll(() => opened.pool.idleCount === opened.pool.totalCount).toBe(true)
      isAway = false
      await expect.poll(async () => await runner.wake(2).then(() => drained.includes(2)), { interval: 200 }).toBe(true)
    } finally {
      isAway = false
      await runner.stop()
      await opened.close()
    }
  })
})
