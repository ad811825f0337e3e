import fc from 'fast-check'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { silent } from '#observe'
import { createDatabaseMessages } from '../../src/realtime/changes/index.ts'
import type { DatabaseMessage } from '../../src/realtime/channels/index.ts'
import type { Commit, TableName } from '../../src/realtime/feed/change.ts'
import {
  type ChangeFeed,
  createChangeFeed,
  createChangeSource,
  FeedDelayed,
  type FeedOptions,
  FeedUnavailable,
} from '../../src/realtime/feed/index.ts'
import { createIntake, type Read } from '../../src/realtime/feed/intake.ts'
import { openSlot } from '../../src/realtime/feed/slot.ts'
import { cloneDatabase, type TestDatabase } from '../support/database.ts'
import { until } from '../support/until.ts'

let database: TestDatabase
let sql: pg.Client
let logins: Pick<FeedOptions, 'login' | 'plainLogin'>
let feed: ChangeFeed
beforeAll(async () => {
  database = await cloneDatabase()
  sql = new pg.Client(database.connections.for('postgres'))
  await sql.connect()
  await sql.query('set synchronous_commit = on')
  const { connections } = database
  logins = { login: connections.for('supabase_admin'), plainLogin: connections.for('authenticator') }
  feed = createChangeFeed({ ...logins, observe: silent, linger: 0 })
})
const stops: (() => void)[] = []
afterEach(() => {
  for (const stop of stops.splice(0)) stop()
})
afterAll(async () => {
  await feed.close()
  await sql.end()
  await database.drop()
})

const slots = async () =>
  (await sql.query('select 1 from pg_replication_slots where database = current_database()')).rows.length

/** A promise that is settled from outside, to wait for what is told. */
function told(): { hear: () => void; heard: Promise<void> } {
  let hear = () => {}
  const heard = new Promise<void>((resolve) => {
    hear = resolve
  })
  return { hear, heard }
}

describe('the slot', () => {
  test('lives as long as somebody reads, and makes nobody’s writes fail', async () => {
    expect(await slots()).toBe(0)
    const [one, two] = await Promise.all([feed.read({}), feed.read({})])
    expect(await slots()).toBe(1)
    // Without a key: in a publication, changes of it would be refused.
    await sql.query('create table keyless (a int); insert into keyless values (1); update keyless set a = 2')
    await sql.query('delete from keyless')
    one()
    one()
    expect(await slots()).toBe(1)
    two()
    await until(async () => (await slots()) === 0)
  })

  test('a login that may not replicate is told what to do', async () => {
    const humble = createChangeFeed({ ...logins, login: logins.plainLogin, observe: silent })
    await expect(humble.read({})).rejects.toThrow(FeedUnavailable)
    await expect(humble.read({})).rejects.toThrow('alter role LOGIN replication')
    await humble.close()
  })

  test('once it is closed nobody reads', async () => {
    const closed = createChangeFeed({ ...logins, observe: silent })
    await closed.read({})
    await closed.close()
    // Not a moment later: while there is one, nobody can drop the database.
    expect(await slots()).toBe(0)
    await expect(closed.read({})).rejects.toThrow('stopping')
  })

  test('is gone once the feed is closed, though its last reader had left before', async () => {
    const left = createChangeFeed({ ...logins, observe: silent, linger: 0 })
    const stop = await left.read({})
    stop()
    await new Promise((resolve) => setTimeout(resolve, 1))
    await left.close()
    expect(await slots()).toBe(0)
  })

  test('that waits for a transaction is given up when the feed is closed', async () => {
    const busy = new pg.Client(database.connections.for('postgres'))
    await busy.connect()
    await busy.query('begin; create table held (a int)')
    const waiting = createChangeFeed({ ...logins, observe: silent })
    const reading = expect(waiting.read({})).rejects.toThrow()
    await until(async () => (await slots()) === 1)
    await waiting.close()
    await reading
    await busy.query('rollback')
    await busy.end()
    await until(async () => (await slots()) === 0)
  })

  test('a connection that breaks is made again, and readers learn that they missed something', async () => {
    const { hear, heard } = told()
    const again = told()
    stops.push(await feed.read({ missed: hear, touched: again.hear }))
    const admin = new pg.Client(database.connections.for('supabase_admin'))
    await admin.connect()
    await admin.query(
      'select pg_terminate_backend(active_pid) from pg_replication_slots where database = current_database()',
    )
    await admin.end()
    await heard
    await sql.query('create table if not exists anew (a int); insert into anew values (1)')
    await again.heard
  })
})

test('no reader waits for another', async () => {
  await sql.query('create table if not exists public.shared (a int)')
  const wants = ({ name }: TableName) => name === 'shared'
  let release = () => {}
  const slow: unknown[] = []
  const [second, third] = [told(), told()]
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  const values = (commits: readonly Commit[]) =>
    commits.flatMap(({ rows }) => rows.map(({ record }) => record.get('a')))
  stops.push(
    await feed.read({
      wants,
      async take(commits) {
        slow.push(values(commits))
        await held
        if (slow.length === 2) third.hear()
      },
    }),
    await feed.read({
      wants,
      async take(commits) {
        if (values(commits).includes('3')) second.hear()
      },
    }),
  )
  for (const value of [1, 2, 3]) {
    await sql.query('insert into public.shared values ($1)', [value])
    await until(async () => slow.length > 0)
  }
  await second.heard
  release()
  await third.heard
  expect(slow).toEqual([['1'], ['2', '3']])
})

test('a look at commits that breaks is made again, and readers learn that they missed something', async () => {
  const { hear, heard } = told()
  stops.push(await feed.read({ missed: hear }))
  const admin = new pg.Client(database.connections.for('supabase_admin'))
  await admin.connect()
  await admin.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()
     and application_name = 'portico realtime' and backend_type = 'client backend'`,
  )
  await admin.end()
  await sql.query('create table if not exists anew (a int); insert into anew values (1)')
  await heard
})

test('the first reader waits so long for a transaction that is open, and the log says for which', async () => {
  const busy = new pg.Client({ ...database.connections.for('postgres'), application_name: 'busy' })
  await busy.connect()
  await busy.query('begin; create table holding (a int)')
  const observed: unknown[] = []
  const own = createChangeFeed({ ...logins, observe: (one) => void observed.push(one), patience: 4000, linger: 0 })
  await expect(own.read({})).rejects.toThrow(FeedDelayed)
  const { rows } = await busy.query('select pg_backend_pid() as pid')
  const data = { pid: rows[0].pid, role: 'postgres', application: 'busy', state: 'idle in transaction' }
  await expect.poll(() => observed).toContainEqual(expect.objectContaining({ data: expect.objectContaining(data) }))
  await busy.query('rollback')
  await busy.end()
  const stop = await own.read({})
  stop()
  await own.close()
})

test('what cannot be read ends the slot, and nothing else', async () => {
  const unreadable = new Error('too large')
  const slot = await openSlot({
    login: logins.login,
    observe: silent,
    message() {
      throw unreadable
    },
    signal: new AbortController().signal,
  })
  await sql.query('create table unread (a int)')
  await sql.query('insert into unread values (1)')
  expect(await slot.ended).toBe(unreadable)
  await until(async () => (await slots()) === 0)
})

test('a connection that looks for commits and breaks alone is noticed without any', async () => {
  const { hear, heard } = told()
  stops.push(await feed.read({ missed: hear }))
  const admin = new pg.Client(database.connections.for('supabase_admin'))
  await admin.connect()
  await admin.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and application_name = 'portico realtime' and backend_type = 'client backend'`,
  )
  await admin.end()
  await heard
})

test('a project that ends idle sessions does not end the feed', async () => {
  const alter = (what: string) =>
    sql.query(`do $$begin execute format('alter database %I ${what}', current_database()); end$$`)
  await alter('set idle_session_timeout = 1')
  const fresh = createChangeFeed({ ...logins, observe: silent })
  const { hear, heard } = told()
  let missed = 0
  await fresh.read({ touched: hear, missed: () => void missed++ })
  await sql.query('create table if not exists idle (a int); insert into idle values (1)')
  await heard
  expect(missed).toBe(0)
  await fresh.close()
  await alter('reset idle_session_timeout')
})

test('a line that is too long for a text is told of without its values', () => {
  const head = Buffer.from(`table public.big: DELETE: a[text]:'`)
  const line = Buffer.concat([head, Buffer.alloc(65 * 1024 * 1024, 'x'), Buffer.from(`'`)])
  const read: Read[] = []
  const intake = createIntake(
    () => true,
    (one) => void read.push(one),
  )
  intake(line, '2026-01-01T00:00:00.000000Z')
  const [{ rows, touched } = { rows: [], touched: new Map() }] = read
  expect([...touched.values()]).toEqual([{ schema: 'public', name: 'big' }])
  expect(rows).toEqual([
    {
      table: { schema: 'public', name: 'big' },
      action: 'DELETE',
      record: new Map(),
      old: undefined,
      size: line.length,
    },
  ])
})

test('functions and operators that the project puts in the way are not come upon', async () => {
  const planted = (head: string, answer: string) =>
    `create function ${head} language plpgsql as $$begin
      insert into caught.by values (session_user, current_user); return ${answer}; end$$;`
  await sql.query(`
    create schema caught; grant usage on schema caught to public;
    create table caught.by (session name, role name); grant all on caught.by to public;
    ${planted('public.unnest(bigint[]) returns bigint', '1')}
    ${['+', '-', '%']
      .map(
        (operator, i) => `${planted(`caught.op${i}(bigint, bigint) returns bigint`, '1')}
          create operator caught.${operator} (leftarg = bigint, rightarg = bigint, function = caught.op${i});`,
      )
      .join('\n')}
    create table if not exists public.anew (a int);
    do $$begin execute format('alter database %I set search_path = caught, public, pg_catalog', current_database()); end$$`)
  const { hear, heard } = told()
  const fresh = createChangeFeed({ ...logins, observe: silent })
  await fresh.read({ touched: hear })
  const { rows: sessions } = await sql.query(
    `select usename from pg_catalog.pg_stat_activity
     where datname = pg_catalog.current_database() and application_name = 'portico realtime' and backend_type = 'client backend'`,
  )
  await sql.query('insert into public.anew values (2)')
  await heard
  await fresh.close()
  expect((await sql.query('select distinct * from caught.by')).rows).toEqual([])
  // Whatever it runs all the same, it is nobody who runs it.
  expect(sessions).toContainEqual({ usename: 'authenticator' })
  expect(sessions).not.toContainEqual({ usename: 'supabase_admin' })
  await sql.query(`
    do $$begin execute format('alter database %I reset search_path', current_database()); end$$;
    drop schema caught cascade; drop function public.unnest(bigint[])`)
})

/** Everything that was written to tables of one schema, until a last table is. */
async function reading(work: () => Promise<void>): Promise<Commit[]> {
  const commits: Commit[] = []
  const { hear, heard } = told()
  await sql.query('create table if not exists public.last_one (a int)')
  const stop = await feed.read({
    wants: ({ schema, name }) => schema === 'read' || name === 'last_one',
    async take(some) {
      for (const commit of some) {
        if (commit.rows.some(({ table }) => table.name === 'last_one')) hear()
        else commits.push(commit)
      }
    },
  })
  await work()
  await sql.query('insert into public.last_one values (1)')
  await heard
  stop()
  return commits
}

test('any text is read as it was written, under whatever name', async () => {
  await sql.query('create schema read')
  const name = fc.string({ minLength: 1, maxLength: 15, unit: fc.constantFrom(...`ab"'[]:., \\-ü☂\n`) })
  const value = fc.option(fc.string({ maxLength: 40, unit: fc.constantFrom(...`ab'"\\ \n\t:[]null☂`) }))
  const column = fc.record({ name, value })
  const given = fc.record({
    table: name,
    columns: fc.uniqueArray(column, { minLength: 1, maxLength: 5, selector: ({ name }) => name }),
  })
  await fc.assert(
    fc.asyncProperty(given, async ({ table, columns }) => {
      const id = `read.${pg.escapeIdentifier(table)}`
      const [commit] = await reading(async () => {
        await sql.query(`create table ${id} (${columns.map(({ name }) => `${pg.escapeIdentifier(name)} text`)})`)
        const places = columns.map((_, i) => `$${i + 1}`)
        await sql.query(
          `insert into ${id} values (${places})`,
          columns.map(({ value }) => value),
        )
        await sql.query(`drop table ${id}`)
      })
      expect(commit?.rows[0]?.table).toEqual({ schema: 'read', name: table })
      expect([...(commit?.rows[0]?.record ?? [])]).toEqual(columns.map(({ name, value }) => [name, value]))
    }),
    { numRuns: 12 },
  )
})

test('a transaction is told whole, with the time of its commit', async () => {
  await sql.query('create table read.timed (a int)')
  const before = new Date().toISOString()
  const commits = await reading(async () => {
    await sql.query('begin; insert into read.timed values (1), (2); insert into read.timed values (3); commit')
  })
  expect(commits.map(({ rows }) => rows.map(({ record }) => record.get('a')))).toEqual([['1', '2', '3']])
  const [{ committedAt = '' } = {}] = commits
  expect(committedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/)
  expect(committedAt >= before).toBe(true)
})

test('a transaction that is larger than what is held comes in parts, in order', async () => {
  await sql.query('create table read.bulk (a int, b text)')
  const commits = await reading(async () => {
    await sql.query(`insert into read.bulk select i, repeat('x', 4000) from generate_series(1, 10000) i`)
  })
  expect(commits.length).toBeGreaterThan(1)
  const rows = commits.flatMap(({ rows }) => rows)
  expect(rows.map(({ record }) => Number(record.get('a')))).toEqual(Array.from({ length: 10_000 }, (_, i) => i + 1))
})

test('a reader that fails stops nobody', async () => {
  stops.push(
    await feed.read({
      touched: () => {
        throw new Error('no')
      },
    }),
  )
  await sql.query('create table if not exists read.any (a int)')
  expect(await reading(async () => void (await sql.query('insert into read.any values (1)')))).toHaveLength(1)
})

describe('a change source', () => {
  const source = () => createChangeSource(feed)
  test.each([
    ['INSERT', 'insert into watched values (1)'],
    ['UPDATE', 'update watched set a = 2'],
    ['DELETE', 'delete from watched'],
    ['TRUNCATE', 'truncate watched, unwatched'],
    ['COPY-like bulk', 'insert into watched select generate_series(1, 1000)'],
  ])('tells of %s once it is seen', async (_name, statement) => {
    await sql.query('create table if not exists watched (a int); create table if not exists unwatched (a int)')
    await sql.query('truncate watched; insert into watched values (1)')
    // What came before may still be told.
    const calm = told()
    const settle = await source().watch([{ schema: 'public', name: 'unwatched' }], calm.hear)
    await sql.query('insert into unwatched values (1)')
    await calm.heard
    const { hear, heard } = told()
    stops.push(settle, await source().watch([{ schema: 'public', name: 'watched' }], hear))
    await sql.query(statement)
    await heard
  })

  test('tells nothing of other tables, of what was rolled back, nor once it is ended', async () => {
    await sql.query('create table if not exists quiet (a int); create table if not exists loud (a int)')
    let changes = 0
    const count = () => void changes++
    const stop = await source().watch([{ schema: 'public', name: 'quiet' }], count)
    const ended = await source().watch([{ schema: 'public', name: 'loud' }], count)
    ended()
    const { hear, heard } = told()
    stops.push(stop, await source().watch([{ schema: 'public', name: 'loud' }], hear))
    await sql.query('begin; insert into quiet values (1); rollback')
    await sql.query('insert into loud values (1)')
    await heard
    expect(changes).toBe(0)
  })
})

test('messages of realtime.send and of triggers are told once they are committed', async () => {
  await sql.query(`
    create table told_of (id int primary key, body text);
    create function tell() returns trigger language plpgsql as $$
    begin
      perform realtime.broadcast_changes('topic:' || new.id, tg_op, tg_op, tg_table_name, tg_table_schema, new, old);
      return null;
    end $$;
    create trigger tell after insert on told_of for each row execute function tell()`)
  const messages: DatabaseMessage[] = []
  const { hear, heard } = told()
  stops.push(
    await createDatabaseMessages(feed).listen((message) => {
      messages.push(message)
      if (message.topic === 'last') hear()
    }),
  )
  await sql.query(`begin; select realtime.send('{"a": 1}', 'never', 'room'); rollback`)
  await sql.query(`select realtime.send('{"big": 12345678901234567890}', 'shout', 'room', false)`)
  await sql.query(`insert into told_of values (1, 'x')`)
  await sql.query(`select realtime.send_binary('\\x00ff', 'bytes', 'last')`)
  await heard
  expect(messages.map(({ topic, event, private: isPrivate }) => [topic, event, isPrivate])).toEqual([
    ['room', 'shout', false],
    ['topic:1', 'INSERT', true],
    ['last', 'bytes', true],
  ])
  expect(messages[0]?.payload).toContain('"big": 12345678901234567890')
  expect(JSON.parse(String(messages[1]?.payload))).toMatchObject({ record: { id: 1, body: 'x' }, old_record: null })
  expect(messages[2]?.payload).toEqual(Buffer.from([0, 255]))
})
