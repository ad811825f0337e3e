import { expect, test } from 'vitest'
import { administer } from '../support/administer.ts'
import { useDatabase } from '../support/database.ts'
import { createTestGateway } from '../support/gateway.ts'
import { openDoor, sign, useLive } from '../support/live.ts'
import { greetedClient, type LiveClient, subscribeTo } from '../support/live-client.ts'

/** Who may see what, where no plan knows of what that depends on; and whose turn it is. */
const database = useDatabase(
  `create schema hidden`,
  `create table hidden.member (user_id uuid primary key)`,
  `create function hidden.is_member() returns boolean stable security definer language sql
    as 'select exists (select from hidden.member where user_id = auth.uid())'`,
  `grant usage on schema hidden to anon, authenticated`,
  `create table message (id int primary key, body text)`,
  `alter table message enable row level security`,
  `create policy members on message to authenticated using (hidden.is_member())`,
  `insert into message values (1, 'for members')`,
  `create table plain (id int primary key)`,
  `create function slow(plain) returns int stable language sql as 'select 1 from pg_sleep(0.1)'`,
  `insert into plain values (1)`,
  `create table hidden.team (id int primary key)`,
  `create table hidden.other (id int primary key)`,
  `create table news (id int primary key)`,
  `alter table news enable row level security`,
  `alter table hidden.team enable row level security`,
  `create policy teams on news to anon using (id in (select id from hidden.team))`,
  `create policy every on hidden.team to anon using (true)`,
  `grant select on hidden.team, hidden.other to anon`,
  `create table parted (id int, body text) partition by list (id)`,
  `create table parted_1 partition of parted for values in (1)`,
  `grant select on parted to anon`,
  `comment on table parted is '@graphql({"primary_key_columns": ["id"]})'`,
)
const live = useLive(database, ['message', 'plain'], { settings: { subscriptionInterval: 0 } })

const change = (...sql: readonly string[]) => administer(database.connections, ...sql)
const ada = '11111111-1111-4111-8111-111111111111'

const edges = ({ payload }: Record<string, unknown>) =>
  (payload as { data: { messageCollection: { edges: unknown[] } } }).data.messageCollection.edges

async function leave(...clients: readonly LiveClient[]) {
  for (const { socket } of clients) socket.close()
  await Promise.all(clients.map(({ closed }) => closed))
}

test('whoever comes later is told what there is then, though others were told something else', async () => {
  await change(`insert into hidden.member values ('${ada}')`)
  const headers = { Authorization: `Bearer ${await sign({ sub: ada })}` }
  const query = 'subscription { messageCollection { edges { node { body } } } }'
  const [member, removed] = [await greetedClient(live.door, headers), await greetedClient(live.door, headers)]
  member.say(subscribeTo('1', query))
  expect(edges(await member.hear('1'))).toHaveLength(1)
  await change('delete from hidden.member')
  removed.say(subscribeTo('1', query))
  expect(edges(await removed.hear('1'))).toEqual([])
  // The one who was there hears of it by the way.
  expect(edges(await member.hear('1'))).toEqual([])
  await leave(member, removed)
})

test('one who asks for much does not keep others waiting', async () => {
  const [many, one] = [
    await greetedClient(live.door),
    await greetedClient(live.door, { Authorization: `Bearer ${await sign({ sub: ada })}` }),
  ]
  const asked = Array.from({ length: 90 }, (_, n) => `${n}`)
  for (const id of asked) many.say(subscribeTo(id, `subscription S${id} { plainByPk(id: 1) { slow } }`))
  await many.hear()
  let answered = 1
  many.socket.on('message', () => answered++)
  one.say(subscribeTo('1', 'subscription { plainByPk(id: 1) { id } }'))
  expect(await one.hear('1')).toMatchObject({ type: 'next', payload: { data: { plainByPk: { id: 1 } } } })
  expect(answered).toBeLessThan(45)
  await leave(many, one)
})

test('a partition made elsewhere is heard of', async () => {
  const client = await greetedClient(live.door)
  client.say(subscribeTo('1', 'subscription { partedCollection { edges { node { body } } } }'))
  expect(await client.hear('1')).toMatchObject({ type: 'next' })
  expect(live.changes.watched).not.toContain('hidden.parted_2')
  await change('create table hidden.parted_2 partition of parted for values in (2)')
  await live.gateway.refresh()
  await expect.poll(() => live.changes.watched).toContain('hidden.parted_2')
  await leave(client)
})

test('a policy rewritten on a table that only policies name is heard of', async () => {
  const client = await greetedClient(live.door)
  client.say(subscribeTo('1', 'subscription { newsCollection { edges { cursor } } }'))
  expect(await client.hear('1')).toMatchObject({ type: 'next' })
  expect(live.changes.watched).toEqual(['hidden.team', 'public.news'])
  await change('alter policy every on hidden.team using (id in (select id from hidden.other))')
  await live.gateway.refresh()
  await expect.poll(() => live.changes.watched).toContain('hidden.other')
  await leave(client)
})

test('a privilege that is revoked ends what needs it, though the catalogue cannot be read again just then', async () => {
  await change('create table passing (id int primary key)', 'grant select on passing to anon')
  const fails = await createTestGateway(database, {
    changes: live.changes,
    wrapCatalog: (watch) => {
      const refresh = async () => {
        await watch.refresh()
        throw new Error('the connection broke')
      }
      return Object.assign(Object.create(watch) as typeof watch, { refresh })
    },
  })
  const other = await openDoor(fails.gateway)
  const own = await greetedClient(other)
  own.say(subscribeTo('1', 'subscription { passingCollection { edges { cursor } } }'))
  expect(await own.hear('1')).toMatchObject({ type: 'next', payload: { data: {} } })
  await change('revoke select on passing from anon')
  await fails.refresh()
  expect(await own.hear('1')).toMatchObject({
    payload: { errors: [{ message: expect.stringMatching(/Cannot query field/) }] },
  })
  await leave(own)
  await fails.close()
  await other.close()
})
