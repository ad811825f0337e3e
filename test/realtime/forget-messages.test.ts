import pg from 'pg'
import { expect, test } from 'vitest'
import { forgetMessages } from '#realtime'
import { administer } from '../support/administer.ts'
import { cloneDatabase } from '../support/database.ts'

test('messages are kept for three days', async () => {
  const database = await cloneDatabase()
  const { connections } = database
  await administer(
    connections,
    `insert into realtime.messages (topic, extension, payload, inserted_at)
     select 'old', 'broadcast', '{}', now() at time zone 'utc' - interval '5 days' from generate_series(1, 12000)`,
    `insert into realtime.messages (topic, extension, payload, inserted_at)
     values ('young', 'broadcast', '{}', now() at time zone 'utc' - interval '71 hours')`,
  )
  await forgetMessages(connections.for('authenticator'))
  const client = new pg.Client(connections.for('supabase_admin'))
  await client.connect()
  const { rows } = await client.query('select topic from realtime.messages')
  await client.end()
  expect(rows).toEqual([{ topic: 'young' }])
  await database.drop()
})

test('a trigger of the project can do no more than the project may', async () => {
  const database = await cloneDatabase()
  const { connections } = database
  const project = new pg.Client(connections.for('postgres'))
  await project.connect()
  await project.query(`
    create table public.caught (session name, super boolean); grant all on public.caught to public;
    create function public.grab() returns trigger language plpgsql as $$begin
      insert into public.caught select session_user, rolsuper from pg_roles where rolname = session_user;
      return old;
    end$$;
    create function public.less(a timestamp, b timestamp) returns boolean language plpgsql as $$begin
      insert into public.caught values ('less', null); return true;
    end$$;
    create operator public.< (leftarg = timestamp, rightarg = timestamp, function = public.less);
    do $$begin execute format('alter database %I set search_path = public, pg_catalog', current_database()); end$$;
    insert into realtime.messages (topic, extension, payload, inserted_at)
      values ('old', 'broadcast', '{}', now() at time zone 'utc' - interval '5 days');
    set role supabase_realtime_admin;
    create trigger grab before delete on realtime.messages for each row execute function public.grab();
    reset role`)
  await forgetMessages(connections.for('authenticator'))
  const { rows } = await project.query('select * from public.caught')
  await project.end()
  expect(rows).toEqual([{ session: 'authenticator', super: false }])
  await database.drop()
})
