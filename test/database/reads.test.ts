import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CallerPool, RunOptions } from '#database'
import { createRestFixture, type RestFixture } from '../rest/rest-fixture.ts'
import { admin, openStorage, type StorageFixture } from '../storage/storage-fixture.ts'
import { useDatabase } from '../support/database.ts'
import { useGateway } from '../support/gateway.ts'

/** Which requests say that they only read: those may be sent with others', and asked twice. */

const said: string[] = []

/** The same, which tells what each of its callers said. */
function overheard(callers: CallerPool): CallerPool {
  const hear = ({ reads, undone }: RunOptions = {}) => {
    said.push([undone && 'undone', reads ? 'reads' : 'changes'].filter(Boolean).join(' '))
  }
  return {
    ...callers,
    run(...asked) {
      hear(asked[3])
      return callers.run(...asked)
    },
    rows(...asked) {
      hear(asked[3])
      return callers.rows(...asked)
    },
    bytes(...asked) {
      hear(asked[3])
      return callers.bytes(...asked)
    },
    transaction(...asked) {
      said.push('transaction')
      return callers.transaction(...asked)
    },
  }
}

/** What was said while something is done. */
async function heard(work: () => Promise<unknown>): Promise<string[]> {
  said.length = 0
  await work()
  return [...new Set(said)]
}

describe('GraphQL', () => {
  const database = useDatabase(
    `create table note (id int primary key, body text);
     create function loud(note) returns text stable language sql as 'select upper($1.body)';
     create function views(note) returns bigint language sql as 'select 1::bigint';
     create function today() returns date stable language sql as 'select current_date';
     create function touch() returns int language sql as 'select 1'`,
  )
  const app = useGateway(database, { wrap: overheard })

  const rows = (fields: string) => `{ noteCollection { edges { node { ${fields} } } } }`

  test.each([
    ['rows', rows('id'), 'reads'],
    ['a row', '{ noteByPk(id: 1) { id } }', 'reads'],
    ['a computed field', rows('loud'), 'reads'],
    ['one that is volatile', rows('views'), 'changes'],
    ['one in a fragment', `query { noteByPk(id: 1) { ...more } } fragment more on note { id views }`, 'changes'],
    ['one behind another field', `{ today noteByPk(id: 1) { views } }`, 'changes'],
    ['a function', '{ today }', 'reads'],
    ['an insert', 'mutation { insertIntonoteCollection(objects: [{ id: 1 }]) { affectedCount } }', 'changes'],
    ['an update', 'mutation { updatenoteCollection(set: { body: "x" }) { affectedCount } }', 'changes'],
    ['a delete', 'mutation { deleteFromnoteCollection { affectedCount } }', 'changes'],
    ['a volatile function', 'mutation { touch }', 'changes'],
  ])('%s', async (_what, document, expected) => {
    expect(await heard(() => app.graphql(document))).toEqual([expected])
    expect(await heard(() => app.overHttp(document))).toEqual([expected])
  })
})

describe('the Data API', () => {
  let rest: RestFixture

  beforeAll(async () => {
    rest = await createRestFixture({ wrap: overheard })
    await rest.sql(`alter role authenticator in database :DATABASE set pgrst.db_tx_end = 'commit-allow-override'`)
    await rest.refresh()
  })
  afterAll(() => rest.close())

  const actor = { id: 1, name: 'x' }
  test.each<[line: string, options: Parameters<RestFixture['ask']>[1], expected: string]>([
    ['GET /films', {}, 'reads'],
    ['GET /films?select=title,directors!director_id(name)', { prefer: 'count=exact' }, 'reads'],
    ['HEAD /films', {}, 'reads'],
    ['POST /actors', { body: actor }, 'changes'],
    ['POST /actors', { body: actor, prefer: 'resolution=merge-duplicates' }, 'changes'],
    ['PUT /actors?id=eq.1', { body: actor }, 'changes'],
    ['PATCH /actors?id=eq.1', { body: { name: 'y' } }, 'changes'],
    ['DELETE /actors?id=eq.1', {}, 'changes'],
    ['GET /rpc/films_of?who=1', {}, 'reads'],
    ['HEAD /rpc/films_of?who=1', {}, 'reads'],
    ['POST /rpc/films_of', { body: { who: 1 } }, 'reads'],
    ['POST /rpc/add', { body: { a: 1 } }, 'reads'],
    ['POST /rpc/bump', { body: { who: 1 } }, 'changes'],
    ['POST /rpc/nothing', {}, 'changes'],
    // In a transaction that may not write.
    ['GET /rpc/nothing', {}, 'reads'],
    ['GET /films', { prefer: 'tx=rollback' }, 'undone reads'],
    ['POST /actors', { body: actor, prefer: 'tx=rollback' }, 'undone changes'],
  ])('%s %o', async (line, options, expected) => {
    expect(await heard(() => rest.ask(line, options))).toEqual([expected])
  })
})

describe('Storage', () => {
  let storage: StorageFixture

  beforeAll(async () => {
    storage = await openStorage({ callers: overheard })
    await (await storage.as(admin)).createBucket('b', { public: true })
  })
  afterAll(() => storage[Symbol.asyncDispose]())

  type Bucket = ReturnType<Awaited<ReturnType<StorageFixture['as']>>['from']>
  test.each<[what: string, work: (bucket: Bucket) => Promise<unknown>, expected: string[]]>([
    ['an upload', (bucket) => bucket.upload('a', 'x'), ['reads', 'transaction']],
    ['a list', (bucket) => bucket.list(), ['reads']],
    ['a download', (bucket) => bucket.download('a'), ['reads']],
    ['a move', (bucket) => bucket.move('a', 'b'), ['reads', 'transaction']],
    ['a delete', (bucket) => bucket.remove(['b']), ['transaction']],
  ])('%s', async (_what, work, expected) => {
    const bucket = (await storage.as(admin)).from('b')
    expect(await heard(() => work(bucket))).toEqual(expected)
  })
})
