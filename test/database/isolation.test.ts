import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { createCallerPool, type Statement } from '#database'
import { silent } from '#observe'
import { administer } from '../support/administer.ts'
import { useDatabase } from '../support/database.ts'

const database = useDatabase(
  'create table counts (n int); insert into counts values (0); grant all on counts to authenticated',
)

const level: Statement = { text: `select current_setting('transaction_isolation')`, values: [] }
const ada = { role: 'authenticated', claims: { role: 'authenticated', sub: 'ada' } }
const nobody = { role: 'anon', claims: { role: 'anon' } }
const request = (settings: Record<string, string>) => ({ method: 'GET', path: '/', headers: {}, settings })
const apart = (level: string) => request({ default_transaction_isolation: level })

/** As the role `authenticated` is from here on. */
async function opened(options: { prepared?: boolean; size?: number } = {}) {
  const { connections, name } = database
  await administer(
    connections,
    `alter role authenticated in database ${name} set default_transaction_isolation = 'serializable'`,
  )
  return await createCallerPool({ connections, observe: silent, size: 1, ...options })
}

test.each([true, false])(
  "a role's own isolation, a function's before it, on a connection that others use as well (prepared: %s)",
  async (prepared) => {
    const callers = await opened({ prepared })
    try {
      for (let turn = 0; turn < 3; turn++) {
        expect(await callers.run(ada, undefined, [level, level])).toEqual(['serializable', 'serializable'])
        expect(await callers.run(nobody, undefined, [level], { reads: true })).toEqual(['read committed'])
        expect(await callers.run(ada, apart('REPEATABLE READ'), [level], { undone: true })).toEqual(['repeatable read'])
        expect(await callers.run(nobody, apart('read uncommitted'), [level])).toEqual(['read uncommitted'])
        const injected = apart("serializable'; drop table counts; --")
        await expect(callers.run(ada, injected, [level])).rejects.toMatchObject({ code: '22023' })
        await expect(callers.run(ada, undefined, [{ text: 'select 1 / 0', values: [] }])).rejects.toMatchObject({
          code: '22012',
          statement: 0,
        })
        const inSteps = await callers.transaction(ada, undefined, async (trx) => {
          return (await sql<{ now: string }>`select current_setting('transaction_isolation') as now`.execute(trx)).rows
        })
        expect(inSteps).toEqual([{ now: 'serializable' }])
      }
    } finally {
      await callers.close()
    }
  },
)

test('what others get in the way of is done again', async () => {
  const callers = await opened({ size: 3 })
  try {
    const add: Statement = { text: 'update counts set n = n + 1 returning n::text', values: [] }
    const answers = await Promise.all(Array.from({ length: 12 }, () => callers.run(ada, undefined, [add])))
    expect(answers.map(([n]) => Number(n)).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 12 }, (_, i) => i + 1),
    )
  } finally {
    await callers.close()
  }
})
