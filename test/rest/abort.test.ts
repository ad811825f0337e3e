import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { expect, test } from 'vitest'
import type { CallerPool, CatalogWatch } from '#database'
import type { Observation } from '#observe'
import { createRest } from '#rest'

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
  const server = createServer((req, res) => {
    rest
      .handle(req, res, { url: '/films', authorization: undefined, address: undefined })
      .then(() => answered.resolve(), answered.reject)
    begun.resolve()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  socket.write(
    'POST /films HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"title":',
  )
  await begun.promise
  socket.destroy()
  await answered.promise
  server.close()
  expect(observed).toEqual([])
})
