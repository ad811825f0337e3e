import fc from 'fast-check'
import pg from 'pg'
import { describe, expect, test } from 'vitest'
import { createCallerPool, watchCatalog } from '#database'
import { silent } from '#observe'
import { createRest } from '#rest'
import { administer } from '../support/administer.ts'
import { cloneDatabase } from '../support/database.ts'
import { useFixture } from '../support/fixture.ts'
import { type RandomTable, randomSchema, schemaSql } from '../support/random-schema.ts'
import { randomRead } from './random/read.ts'
import { countOf, sqlOf } from './random/sql.ts'
import { urlOf } from './random/url.ts'
import { randomWrite, requestOf, writeSql } from './random/write.ts'

const seeds = [11, 23, 37, 53, 71]
const reads = 100
const writes = 40
const schema = 'random'

/** 700 requests that nobody thought of, over five schemas that nobody wrote, answered as plain SQL answers them to that role. */
describe.each(seeds)('a random schema (%i)', (seed) => {
  const both = useFixture(() => createBoth(seed))

  test('is read as SQL reads it', async () => {
    let withRows = 0
    await fc.assert(
      fc.asyncProperty(randomRead(both.tables), async (read) => {
        const response = await both.ask(
          new Request(`http://localhost${urlOf(read)}`, { headers: { prefer: 'count=exact' } }),
        )
        const answer = (await response.json()) as { code?: string }
        const total = response.headers.get('content-range')?.split('/')[1]
        if (response.status === 416) {
          expect([await both.plain(countOf(schema, read)), (read.offset ?? 0) > Number(total)]).toEqual([
            Number(total),
            true,
          ])
          return
        }
        expect(response.status >= 400 ? `error ${answer.code}` : answer).toEqual(await both.plain(sqlOf(schema, read)))
        if (response.status >= 400) return
        withRows += Array.isArray(answer) && answer.length > 0 ? 1 : 0
        if (!read.grouped) expect(total).toBe(String(await both.plain(countOf(schema, read))))
      }),
      { seed, numRuns: reads },
    )
    expect(withRows).toBeGreaterThan(reads / 4)
  })

  test('is changed as SQL changes it', async () => {
    let changed = 0
    await fc.assert(
      fc.asyncProperty(randomWrite(both.tables), async (write) => {
        const response = await both.ask(requestOf(write, 'http://localhost'))
        const answer = (await response.json()) as { code?: string } | unknown[]
        const expected = await both.undone(writeSql(schema, write))
        if (!Array.isArray(answer)) return void expect(`error ${answer.code}`).toBe(expected)
        expect(sorted(answer)).toEqual(Array.isArray(expected) ? sorted(expected) : expected)
        expect(response.headers.get('preference-applied')).toContain('tx=rollback')
        changed += answer.length > 0 ? 1 : 0
      }),
      { seed, numRuns: writes },
    )
    expect(changed).toBeGreaterThan(writes / 10)
  })
})

/** A database's rows, by the Data API and by a session of the same role. */
interface Both {
  readonly tables: readonly RandomTable[]
  ask(request: Request): Promise<Response>
  /** One value; an error is as good an answer, if both give it. */
  plain(text: string): Promise<unknown>
  /** The same, and nothing of it stays. */
  undone(text: string): Promise<unknown>
  close(): Promise<void>
}

async function createBoth(seed: number): Promise<Both> {
  const database = await cloneDatabase()
  const { connections } = database
  const [tables = []] = fc.sample(randomSchema, { seed, numRuns: 1 })
  await administer(
    connections,
    schemaSql(schema, tables, 'anon'),
    `alter role authenticator in database ${database.name} set pgrst.db_tx_end = 'commit-allow-override'`,
    `alter role authenticator in database ${database.name} set pgrst.db_aggregates_enabled = 'true'`,
  )
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

  async function plain(text: string): Promise<unknown> {
    try {
      const { rows } = await sql.query<unknown[]>({ text, rowMode: 'array' })
      return rows[0]?.[0]
    } catch (error) {
      return `error ${(error as { code?: string }).code}`
    }
  }

  return {
    tables,
    ask: (request) => rest.fetch(request),
    plain,
    async undone(text) {
      await sql.query('begin')
      try {
        return await plain(text)
      } finally {
        await sql.query('rollback')
      }
    },
    async close() {
      await sql.end()
      await catalog.close()
      await callers.close()
      await database.drop()
    },
  }
}

function sorted(rows: readonly unknown[]): string[] {
  return rows.map((row) => JSON.stringify(row, Object.keys(row as object).toSorted())).toSorted()
}
