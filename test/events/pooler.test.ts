import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { applyBaseline, type Connections, holdDataFolder, type PostgresServer, startPostgres } from '#database'
import { silent } from '#observe'
import { administer } from '../support/administer.ts'
import { dataRoot } from '../support/data-root.ts'
import { hasPgbouncer, type Pgbouncer, startPgbouncer, withoutPgbouncer } from '../support/pgbouncer.ts'
import { baselineOptions } from '../support/platform.ts'
import { connectAs, startConsumer, startEvents, ticksOf, webhook } from './events-fixture.ts'

// Behind a transaction-mode pooler no notification arrives, and no lock tells that a process is there.

describe.runIf(hasPgbouncer)(`through a transaction-mode pooler${withoutPgbouncer}`, () => {
  const data = mkdtempSync(join(dataRoot(), 'portico-pooled-'))
  const folder = holdDataFolder(data)
  let server: PostgresServer
  let pooler: Pgbouncer
  let direct: Connections
  let pooled: Connections
  beforeAll(async () => {
    server = await startPostgres({ folder, listen: { host: '127.0.0.1', port: 0 }, observe: silent })
    direct = server.connections()
    await applyBaseline(direct, baselineOptions)
    await administer(
      direct,
      "create role pooled login superuser password 'pooled'",
      'create extension pg_cron',
      'create table public.ran (at timestamptz)',
    )
    pooler = await startPgbouncer(`postgresql://pooled:pooled@127.0.0.1:${server.port}/postgres`)
    pooled = { for: () => ({ connectionString: pooler.url }) }
  })
  afterAll(async () => {
    await pooler?.stop()
    await server?.stop()
    folder.release()
    rmSync(data, { recursive: true })
  })

  test('two processes deliver each event in order, and a tick of cron comes once', async () => {
    let failures = 2
    await using consumer = await startConsumer(() => (failures-- > 0 ? 500 : 200))
    await using client = await connectAs({ connections: direct }, 'supabase_admin')
    await using first = await startEvents({ connections: pooled })
    await using second = await startEvents({ connections: pooled })
    await client.sql(
      `create table public.orders (id int primary key, n int); ${webhook('public.orders', consumer.url)}`,
    )
    const begun = new Date()
    await client.sql(`select cron.schedule('tick', '1 second', 'insert into public.ran values (clock_timestamp())')`)
    await client.sql(`insert into orders select i, 0 from generate_series(1, 20) i; update orders set n = 1`)
    await client.until(`select count(*)::int from portico.events where source = 'webhook' and state <> 'delivered'`, 0)
    await client.until('select count(*) >= 3 from public.ran', true)
    const { ticks, seconds } = await ticksOf('tick', { connections: direct }, begun)
    expect(ticks, 'never two for one second').toBeLessThanOrEqual(seconds)
    await client.sql(`select cron.unschedule('tick')`)

    const taken = consumer.arrived.slice(2).map(({ body }) => JSON.parse(body).record)
    expect(taken.toSorted((a, b) => a.id - b.id)).toEqual(
      Array.from({ length: 20 }, (_, i) => [0, 1].map((n) => ({ id: i + 1, n }))).flat(),
    )
    expect([...first.observations, ...second.observations].filter(({ kind }) => kind === 'message')).toEqual([])
  })
})
