import { expect, test } from 'vitest'
import { useDatabase } from '../support/database.ts'
import { attempt, connected } from './sql-client.ts'

const database = useDatabase()
const run = (...statements: string[]) =>
  connected(database.connections, 'postgres', (c) => attempt(c, 'postgres', statements))

const messages = "select topic, event, private, extension, payload - 'id', payload ? 'id' from realtime.messages"

test('a message is sent, under the name of its channel', async () => {
  expect(await run(`select realtime.send('{"a": 1}', 'shout', 'room:1')`, messages)).toEqual([
    ['room:1', 'shout', true, 'broadcast', { a: 1 }, true],
  ])
  expect(await run(`select realtime.send('{"a": 1}', 'shout', 'room:1')`, 'select realtime.topic()')).toEqual([
    ['room:1'],
  ])
})

test('who may not send is not told so by an error', async () => {
  expect(
    await run('set local role authenticated', `select realtime.send('{}', 'shout', 'room:1')`, 'reset role', messages),
  ).toEqual([])
})

test('policies know the channel', async () => {
  const policy =
    "create policy p on realtime.messages for all to authenticated using (realtime.topic() = 'room:1') with check (realtime.topic() = 'room:1')"
  for (const [room, count] of [
    ['room:1', '1'],
    ['room:2', '0'],
  ] as const) {
    expect(
      await run(
        policy,
        'set local role authenticated',
        `select realtime.send('{}', 'shout', '${room}')`,
        'reset role',
        'select count(*) from realtime.messages',
      ),
    ).toEqual([[count]])
  }
})

test('a trigger tells of changed rows', async () => {
  expect(
    await run(
      'create table public.t (id int, body text)',
      `create function public.tell() returns trigger language plpgsql security definer as $$ begin
         perform realtime.broadcast_changes('t:' || coalesce(new.id, old.id), tg_op, tg_op, tg_table_name, tg_table_schema, new, old);
         return null;
       end $$`,
      'create trigger tell after insert or update or delete on public.t for each row execute function public.tell()',
      "insert into public.t values (1, 'a')",
      "update public.t set body = 'b'",
      'delete from public.t',
      "select topic, event, payload -> 'record' ->> 'body', payload -> 'old_record' ->> 'body', payload ->> 'table' from realtime.messages order by inserted_at, event = 'DELETE', event = 'UPDATE'",
    ),
  ).toEqual([
    ['t:1', 'INSERT', 'a', null, 't'],
    ['t:1', 'UPDATE', 'b', 'a', 't'],
    ['t:1', 'DELETE', null, 'b', 't'],
  ])
})
