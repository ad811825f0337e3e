import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readCatalog } from '#database'
import { buildModel, type Model } from '../../src/rest/model/index.ts'
import { planRequest } from '../../src/rest/plan/index.ts'
import { compilePlan } from '../../src/rest/query/index.ts'
import { createReader } from '../../src/rest/request/index.ts'
import { administer } from '../support/administer.ts'
import { cloneDatabase, type TestDatabase } from '../support/database.ts'

let database: TestDatabase
let model: Model
beforeAll(async () => {
  database = await cloneDatabase()
  await administer(database.connections, readFileSync(join(import.meta.dirname, 'schema.sql'), 'utf8'))
  const pool = new pg.Pool(database.connections.for('authenticator'))
  model = buildModel(await readCatalog(pool, { schemas: ['public', 'other'] }))
  await pool.end()
})
afterAll(() => database.drop())

/** `vitest -u` writes the goldens anew: the diff is what a change of the compiler means. */
test.each<[name: string, request: string, headers?: Record<string, string>, body?: unknown]>([
  ['by-key', 'GET /films?id=eq.1&select=id,title'],
  [
    'list-with-author',
    'GET /films?select=id,title,director:directors!director_id(name)&order=year.desc&limit=20',
    { prefer: 'count=exact' },
  ],
  ['three-levels', 'GET /directors?select=name,films!director_id(title,roles(part,actors(name)))&films.order=year'],
  [
    'inner-and-filters',
    'GET /directors?select=name,films!director_id!inner(title)&films.or=(year.gt.2000,facts->>length.eq.90)',
  ],
  ['order-by-embedded', 'GET /films?select=title,directors!director_id(name)&order=directors(name).desc,title&limit=5'],
  [
    'inner-to-one',
    'GET /films?select=title,directors!director_id!inner(name)&directors.name=like.A*&order=directors(name),title&limit=5',
    { prefer: 'count=exact' },
  ],
  ['spread', 'GET /films?select=title,...directors!director_id(director:name),...actors(actors:name)'],
  ['grouped', 'GET /films?select=director_id,price.sum(),count()'],
  ['csv', 'GET /directors?select=id,name', { accept: 'text/csv' }],
  ['insert', 'POST /actors?columns=id,name', { prefer: 'return=representation' }, [{ id: 1 }]],
  ['insert-one', 'POST /actors?select=id,name', { prefer: 'return=representation' }, { name: 'x', id: 1 }],
  ['insert-minimal', 'POST /films', {}, { title: 'x', facts: { length: 90 } }],
  ['insert-defaults', 'POST /counters?columns=id,hits', { prefer: 'missing=default' }, [{ id: 1 }]],
  ['upsert', 'POST /actors', { prefer: 'resolution=merge-duplicates' }, { id: 1, name: 'x' }],
  [
    'update-one',
    'PATCH /films?id=eq.1&select=title',
    { prefer: 'return=representation', accept: 'application/vnd.pgrst.object+json' },
    { title: 'x' },
  ],
  ['delete', 'DELETE /films?id=eq.1'],
  ['call', 'POST /rpc/films_of?select=title&limit=5', { prefer: 'count=exact' }, { who: 1 }],
  ['call-scalar', 'GET /rpc/add?a=1&b=2'],
])('%s', async (name, line, headers = {}, body) => {
  const [method = '', url = ''] = line.split(' ')
  const [path = '', search = ''] = url.split('?')
  const raw = {
    method,
    path,
    search,
    headers,
    body: body === undefined ? '' : JSON.stringify(body),
  }
  const { request } = createReader({ schemas: ['public', 'other'], mayEndTransaction: false })(raw)
  const plan = planRequest(model, request, { maxRows: 1000, aggregates: true, plans: false })
  const { text } = compilePlan(plan, model).main
  await expect(`-- ${line}\n${text}\n`).toMatchFileSnapshot(`cases/${name}.sql`)
})
