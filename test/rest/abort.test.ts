import { connect } from 'node:net'
import { expect, test } from 'vitest'
import type { CallerPool, CatalogWatch } from '#database'
import type { Observation } from '#observe'
import { createRest } from '#rest'
import { serveOnLoopback } from '../support/loopback-server.ts'
import { createRestFixture } from './rest-fixture.ts'

test('a client that goes away in the middle of its body is no error of ours', async () => {
  const observed: Observation[] = []
  const rest = createRest({
    api: { schemas: ['public'], extraSearchPath: [], maxRows: 1000 },
    // Nothing is asked of the database before the body is there.
    callers: {} as CallerPool,
    catalog: {
      current: {
        version: '1',
        settings: {},
        schemas: [],
        tables: [],
        hidden: [],
        functions: [],
        types: new Map(),
        casts: [],
        aggregates: [],
      },
    } as unknown as CatalogWatch,
    verify: () => Promise.reject(new Error('not reached')),
    observe: (event) => void observed.push(event),
    url: () => 'http://127.0.0.1/rest/v1',
  })
  const begun = Promise.withResolvers<void>()
  const answered = Promise.withResolvers<void>()
  await using server = await serveOnLoopback((req, res) => {
    rest
      .handle(req, res, { url: '/films', authorization: undefined, address: undefined })
      .then(() => answered.resolve(), answered.reject)
    begun.resolve()
  })

  const socket = connect(server.port, '127.0.0.1').on('error', () => {})
  socket.write(
    'POST /films HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"title":',
  )
  await begun.promise
  socket.destroy()
  await answered.promise
  expect(observed).toEqual([])
})

test('the statement of a client that has gone away ends, and its connection serves others', async () => {
  const rest = await createRestFixture()
  try {
    await rest.sql(`create function public.sleepy() returns void language sql as 'select pg_sleep(60)';
      create function public.sleeping() returns bigint language sql security definer as
        $$ select count(*) from pg_stat_activity where state = 'active' and query like '%sleepy"(%' and pid <> pg_backend_pid() $$;
      grant execute on function public.sleepy, public.sleeping to anon`)
    await rest.refresh()
    // One of the two connections is left to look.
    const leaving = new AbortController()
    const asked = fetch(`${rest.url}/rpc/sleepy`, { method: 'POST', signal: leaving.signal }).catch(() => {})
    await expect.poll(async () => (await rest.ask('/rpc/sleeping')).body).toBe(1)
    leaving.abort()
    await asked
    await expect.poll(async () => (await rest.ask('/rpc/sleeping')).body).toBe(0)
  } finally {
    await rest.close()
  }
})
