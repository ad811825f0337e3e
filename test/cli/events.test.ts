import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { administer, dropByForce } from '../support/administer.ts'
import { folderOf, portico } from './portico.ts'

const name = `events_${process.pid}`
const { socketFolder, port } = inject('postgres')
const url = `postgresql://supabase_admin@localhost:${port}/${name}?host=${encodeURIComponent(socketFolder)}`
const onServer = (database: string) => ({
  for: () => ({ host: socketFolder, port, user: 'supabase_admin', database }),
})

const project = folderOf({ 'supabase/config.toml': 'project_id = "events"\n' })
beforeAll(() => administer(onServer('postgres'), `create database ${name}`))
afterAll(async () => {
  project.remove()
  await dropByForce(onServer('postgres'), name)
})

const events = (...args: readonly string[]) => portico(['events', ...args, '--project', project.path, '--db-url', url])

describe('portico events', () => {
  test('lists, finds the dead, and replays them', async () => {
    expect(await events('list')).toMatchObject({ code: 0, stdout: expect.stringContaining('(0 rows)') })
    await administer(
      onServer(name),
      `insert into portico.events (source, name, key, method, url, headers, body, state, attempts, last_status, last_error)
       values ('webhook', 'public.a.hook', 'a 1', 'POST', 'http://a.b', '{}', '{}', 'dead', 20, 500, 'HTTP 500: oh'),
         ('webhook', 'public.b.hook', 'b 1', 'POST', 'http://a.b', '{}', '{}', 'dead', 20, null, 'timeout'),
         ('webhook', 'public.a.hook', 'a 2', 'POST', 'http://a.b', '{}', '{}', 'pending', 1, null, null)`,
    )
    const dead = await events('dead', '-o', 'json')
    expect(JSON.parse(dead.stdout)).toMatchObject([
      { id: 2, state: 'dead', name: 'public.b.hook', attempts: 20, last_error: 'timeout' },
      { id: 1, state: 'dead', name: 'public.a.hook', key: 'a 1', last_status: 500, last_error: 'HTTP 500: oh' },
    ])
    expect(JSON.parse((await events('list', '--limit', '1', '-o', 'json')).stdout)).toMatchObject([{ id: 3 }])

    expect(await events('replay', '--all', '--name', 'public.a.hook')).toMatchObject({
      code: 0,
      stdout: '1 is replayed as 4\n',
    })
    expect(await events('replay', '2')).toMatchObject({ code: 0, stdout: '2 is replayed as 5\n' })
    expect(await events('replay', '--all')).toMatchObject({ code: 0, stdout: 'There are no dead letters.\n' })
    const client = new pg.Client(onServer(name).for())
    await client.connect()
    const { rows } = await client.query('select id::int, state from portico.events order by id')
    await client.end()
    expect(rows.map(({ id, state }) => `${id} ${state}`)).toEqual([
      ...['1 replayed', '2 replayed', '3 pending', '4 pending', '5 pending'],
    ])
  })

  test.each<[args: string[], says: RegExp]>([
    [['replay'], /Name events by their ids, or all dead letters with --all/],
    [['replay', '1', '--all'], /Name events by their ids, or all/],
    [['replay', 'x'], /x is no id of an event/],
    [['replay', '999'], /There is no such event/],
    [['replay', '3'], /The event is pending; only one that is dead or delivered/],
    [['replay', '1', '--name', 'a'], /--name goes with --all/],
    [['list', '--limit', 'many'], /Expected a whole number/],
    [['list', '--state', 'lost'], /Allowed choices are pending/],
  ])('%j is refused in words', async (args, says) => {
    const { code, stderr } = await events(...args)
    expect([code, stderr]).toEqual([1, expect.stringMatching(says)])
  })
})
