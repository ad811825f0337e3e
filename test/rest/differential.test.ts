import fc from 'fast-check'
import pg from 'pg'
import { expect, test } from 'vitest'
import { createCallerPool, watchCatalog } from '#database'
import { silent } from '#observe'
import { createRest } from '#rest'
import { administer } from '../support/administer.ts'
import { cloneDatabase } from '../support/database.ts'
import { randomSchema, schemaSql } from '../support/random-schema.ts'
import { countOf, randomRead, sqlOf, urlOf } from './random-request.ts'

const seeds = [11, 23, 37, 53, 71]
const perSchema = 100

/** 500 requests that nobody thought of, over five schemas that nobody wrote, answered as plain SQL answers them to that role. */
test.each(seeds)('a random schema (%i) is read as SQL reads it', { timeout: 120_000 }, async (seed) => {
  const database = await cloneDatabase()
  const { connections } = database
  const schema = 'random'
  const [tables = []] = fc.sample(randomSchema, { seed, numRuns: 1 })
  await administer(connections, schemaSql(schema, tables, 'anon'))
  const callers = await createCallerPool({ connections, observe: silent, size: 1 })
  const catalog = await watchCatalog({ connections, observe: silent, schemas: [schema], pollEvery: 60_000 })
  const rest = createRest({
    api: { schemas: [schema], extraSearchPath: [], maxRows: 0 },
    callers,
    catalog,
    verify: () => Promise.reject(new Error('nobody signs in here')),
    observe: silent,
    url: () => 'http://localhost/',
  })
  const sql = new pg.Client(connections.for('authenticator'))
  await sql.connect()
  await sql.query('set role anon')

  /** Of one value; an error is as good an answer, if both give it. */
  async function plain(text: string): Promise<unknown> {
    try {
      const { rows } = await sql.query<unknown[]>({ text, rowMode: 'array' })
      return rows[0]?.[0]
    } catch (error) {
      return `error ${(error as { code?: string }).code}`
    }
  }

  let withRows = 0
  try {
    await fc.assert(
      fc.asyncProperty(randomRead(tables), async (read) => {
        const headers = { prefer: 'count=exact' }
        const response = await rest.fetch(new Request(`http://localhost${urlOf(read)}`, { headers }))
        const answer = (await response.json()) as { code?: string }
        const expected = await plain(sqlOf(schema, read))
        if (response.status === 416) {
          const total = Number(response.headers.get('content-range')?.split('/')[1])
          expect([await plain(countOf(schema, read)), (read.offset ?? 0) > total]).toEqual([total, true])
        } else if (response.status >= 400) expect(`error ${answer.code}`).toEqual(expected)
        else {
          expect(answer).toEqual(expected)
          withRows += Array.isArray(answer) && answer.length > 0 ? 1 : 0
          expect(response.headers.get('content-range')?.split('/')[1]).toBe(String(await plain(countOf(schema, read))))
        }
      }),
      { seed, numRuns: perSchema },
    )
    expect(withRows).toBeGreaterThan(perSchema / 4)
  } finally {
    await sql.end()
    await catalog.close()
    await callers.close()
    await database.drop()
  }
})
