import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { administer } from '../support/administer.ts'
import { useDatabase } from '../support/database.ts'
import { createTestGateway, type TestGateway } from '../support/gateway.ts'

/** What other connections do to the database, and what the API is afterwards. Nothing here waits for a time. */
/** Is told of changes, and never looks by itself. */
let told: TestGateway
/** Looks by itself, as behind a pooler, where nobody tells it of anything. */
let looking: TestGateway
const others = `other_${process.pid}`

const database = useDatabase(
  `comment on schema public is '@graphql({"inflect_names": true})'`,
  `create table thing (id int primary key, name text, kind text, hidden boolean not null default false)`,
  `insert into thing values (1, 'one'), (2, 'two')`,
  `create schema inside; grant usage on schema inside to anon, authenticated`,
  `create table inside.part (id int, name text)`,
  `create view shown as select id, name from inside.part`,
  `comment on view shown is '@graphql({"primary_key_columns": ["id"]})'`,
  ...['volatile', 'stable'].map(
    (volatility) => `create function ${volatility === 'stable' ? 'wait_to_read' : 'wait'}() returns int ${volatility}
      language plpgsql as 'begin perform pg_advisory_xact_lock_shared(7); return 1; end'`,
  ),
  `create type mood as enum ('happy')`,
  `create role ${others} nologin`,
)
beforeAll(async () => {
  told = await createTestGateway(database)
  looking = await createTestGateway(database, { pollEvery: 20, listens: false })
})
afterAll(async () => {
  await Promise.all([told?.close(), looking?.close()])
  await administer(database.connections, `drop owned by ${others}; drop role ${others}`)
})

const change = (...statements: readonly string[]) => administer(database.connections, ...statements)

/** Waits until a type of the API is as it should be, looking again whenever the gateway has found a change. */
async function sees(gateway: TestGateway, type: string, seen: RegExp, role = 'anon'): Promise<void> {
  for (;;) {
    const changed = gateway.changed()
    const sdl = await gateway.gateway.printSchema(role)
    const part = new RegExp(`^(?:type|enum|input) ${type} [^}]*`, 'm').exec(sdl)?.[0]
    if (part !== undefined && seen.test(part)) return
    await changed
  }
}

/** A change, what it makes of a type, and what it says there. */
const changes: readonly [what: string, sql: string, type: string, seen: RegExp][] = [
  ['a table', 'create table fresh (id int primary key)', 'Fresh', /id: Int!/],
  ['a column', 'alter table thing add column size int', 'Thing', /size: Int\b/],
  ['another name of a column', 'alter table thing rename column size to length', 'Thing', /length: Int\b/],
  ['another type of a column', 'alter table thing alter column length type bigint', 'Thing', /length: BigInt\b/],
  ['null where there was none', 'alter table thing alter column hidden drop not null', 'Thing', /hidden: Boolean$/m],
  [
    'a directive',
    `comment on table thing is '@graphql({"totalCount": {"enabled": true}})'`,
    'ThingConnection',
    /totalCount/,
  ],
  ['a description of a column', `comment on column thing.name is 'What it is called'`, 'Thing', /What it is called/],
  [
    'another name by a comment',
    `comment on column thing.kind is '@graphql({"name": "sort"})'`,
    'Thing',
    /sort: String/,
  ],
  [
    'a right taken away',
    'revoke select on thing from anon; grant select (id, name) on thing to anon',
    'Thing',
    /^(?!.*length)/s,
  ],
  ['a right given back', 'grant select on thing to anon', 'Thing', /length/],
  ['a unique key', 'create unique index thing_name on thing (name)', 'ThingConstraint', /thing_name/],
  ['another name of a key', 'alter index thing_name rename to thing_called', 'ThingConstraint', /thing_called/],
  ['a key that goes', 'drop index thing_called', 'ThingConstraint', /^(?!.*thing_called)/s],
  ['a foreign key', 'alter table fresh add thing_id int references thing', 'Fresh', /thing: Thing/],
  ['a foreign key that goes', 'alter table fresh drop constraint fresh_thing_id_fkey', 'Fresh', /^(?!.*thing: Thing)/s],
  [
    'a function',
    `create function shout(thing) returns text stable language sql as 'select upper($1.name)'`,
    'Thing',
    /shout: String/,
  ],
  ['a right to call it', 'revoke execute on function shout from public, anon', 'Thing', /^(?!.*shout)/s],
  ['a column of an enum', 'alter table thing add column mood mood', 'Thing', /mood: Mood/],
  ['a value of an enum', `alter type mood add value 'sad'`, 'Mood', /sad/],
  ['another name of a value', `alter type mood rename value 'sad' to 'blue'`, 'Mood', /blue/],
  ['a right to an enum', 'revoke usage on type mood from public, anon, authenticated', 'Thing', /mood: Opaque/],
  ['a view', 'create or replace view shown as select id, name, 1 as more from inside.part', 'Shown', /more: Int/],
  ['a right to a schema', 'revoke usage on schema public from public, anon', 'Query', /^(?!.*thingCollection)/s],
  ['the schema again', 'grant usage on schema public to public, anon', 'Query', /thingCollection/],
  ['what is dropped', 'drop table fresh', 'Query', /^(?!.*freshCollection)/s],
]

describe('another connection makes', () => {
  test.each(changes)('%s', async (_what, sql, name, seen) => {
    await change(sql)
    await Promise.all([told, looking].map((gateway) => sees(gateway, name, seen)))
  })
})

describe('nobody tells of', () => {
  test.each<[what: string, sql: readonly string[], type: string, seen: RegExp]>([
    [
      'DDL while event triggers are disabled',
      ['alter event trigger pgrst_ddl_watch disable', 'create table untold (id int primary key)'],
      'Query',
      /untoldCollection/,
    ],
    [
      'a drop meanwhile',
      ['alter event trigger pgrst_drop_watch disable', 'drop table untold'],
      'Query',
      /^(?!.*untoldCollection)/s,
    ],
    [
      'what a role has by another one',
      [
        'create table theirs (id int primary key)',
        'revoke all on theirs from authenticated',
        `grant select on theirs to ${others}`,
        `grant ${others} to authenticated with inherit true`,
      ],
      'Query',
      /theirsCollection/,
    ],
    ['a membership that ends', [`revoke ${others} from authenticated`], 'Query', /^(?!.*theirsCollection)/s],
  ])('%s', async (_what, statements, name, seen) => {
    await change(...statements)
    await sees(looking, name, seen, 'authenticated')
  })
})

test('policies hold from the next statement on', async () => {
  const ids = async () => {
    const { data } = await told.graphql('{ thingCollection { edges { node { id } } } }', { role: 'anon' })
    const { thingCollection } = data as { thingCollection: { edges: { node: { id: number } }[] } }
    return thingCollection.edges.map(({ node }) => node.id)
  }
  expect(await ids()).toEqual([1, 2])
  await change('alter table thing enable row level security')
  expect(await ids()).toEqual([])
  await change('create policy odd on thing to anon using (id % 2 = 1)')
  expect(await ids()).toEqual([1])
  await change('alter policy odd on thing using (id = 2)')
  expect(await ids()).toEqual([2])
  await change('drop policy odd on thing; alter table thing disable row level security')
  expect(await ids()).toEqual([1, 2])
})

test('what is under way ends well, whatever becomes of the schema meanwhile', async () => {
  const holder = new pg.Client(database.connections.for('supabase_admin'))
  await holder.connect()
  await holder.query('select pg_advisory_lock(7)')
  // As whom no time limit ends it while it waits.
  const role = 'service_role'
  const read = looking.overHttp('{ waitToRead }', { role })
  const written = looking.graphql(
    'mutation { wait updateThingCollection(set: {name: "three"}, filter: {id: {eq: 1}}) { records { name } } }',
    { role },
  )
  await isWaiting(2)
  await change('create table later (id int primary key)')
  await sees(looking, 'Query', /laterCollection/)
  const next = await looking.overHttp('{ laterCollection { edges { node { id } } } }', { role: 'anon' })
  expect(next.data).toEqual({ laterCollection: { edges: [] } })
  await holder.query('select pg_advisory_unlock(7)')
  await holder.end()
  expect(await read).toMatchObject({ status: 200, data: { waitToRead: 1 } })
  expect((await written).data).toEqual({ wait: 1, updateThingCollection: { records: [{ name: 'three' }] } })
})

/** Until so many statements wait for the lock. */
async function isWaiting(count: number): Promise<void> {
  const client = new pg.Client(database.connections.for('supabase_admin'))
  await client.connect()
  const waiting =
    "select count(*)::int as n from pg_locks where locktype = 'advisory' and not granted and database = (select oid from pg_database where datname = current_database())"
  for (;;) {
    const { rows } = await client.query<{ n: number }>(waiting)
    if (rows[0]?.n === count) break
  }
  await client.end()
}
