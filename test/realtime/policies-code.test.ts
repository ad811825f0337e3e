import { afterAll, beforeAll, expect, test } from 'vitest'
import { createRealtimeFixture, type RealtimeFixture, subscribed } from './realtime-fixture.ts'

let realtime: RealtimeFixture
beforeAll(async () => {
  realtime = await createRealtimeFixture()
})
afterAll(() => realtime?.close())

// The first shows that policies are asked at all.
test('what a policy of a private channel calls becomes nobody that the API could not become', async () => {
  await realtime.sql(`
    create function public.become(name text) returns boolean language plpgsql volatile as $$
    begin
      perform set_config('role', name, true);
      return (select rolsuper or rolname = 'postgres' from pg_roles where rolname = current_user);
    exception when insufficient_privilege then
      return false;
    end $$;
    create policy "whoever becomes it" on realtime.messages for select to authenticated
      using (realtime.topic() like 'as-%' and public.become(substr(realtime.topic(), 4)))`)
  const token = await realtime.token()
  await realtime.sql(
    'create policy "one is open" on realtime.messages for select to authenticated using (realtime.topic() = \'plain\')',
  )
  await subscribed((await realtime.user(token)).channel('plain', { config: { private: true } }))
  for (const role of ['supabase_admin', 'postgres', 'supabase_realtime_admin']) {
    const channel = (await realtime.user(token)).channel(`as-${role}`, { config: { private: true } })
    await expect(subscribed(channel), role).rejects.toThrow('You do not have permissions')
  }
})

test('none of the roles of the API may write the rows of the question', async () => {
  await realtime.sql(`
    do $$ declare
      who text;
    begin
      select string_agg(rolname, ',' order by rolname) into who from pg_roles
      where not rolsuper and has_function_privilege(oid, 'realtime.probe_messages(text, text[])', 'execute')
        and rolname not in ('authenticator', 'supabase_realtime_admin', 'postgres');
      if who is not null then raise 'these may: %', who; end if;
    end $$`)
})
