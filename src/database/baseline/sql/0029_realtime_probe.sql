-- Whether somebody may hear a channel is whether they see a row of it. That row is written for the moment, whatever the
-- table's policies say; who then looks is `authenticator`, so that what a policy calls comes upon no greater rights.
grant usage on schema realtime to authenticator;
set local role supabase_realtime_admin;

create function realtime.probe_messages(topic text, extensions text[]) returns table (id uuid, extension text)
language sql volatile security definer set search_path = '' as $$
  insert into realtime.messages (topic, extension)
  select probe_messages.topic, asked from pg_catalog.unnest(extensions) as asked
  returning messages.id, messages.extension
$$;
comment on function realtime.probe_messages(text, text[]) is
  'Rows for a transaction that is rolled back, to ask the policies of realtime.messages.';
revoke execute on function realtime.probe_messages(text, text[]) from public;
grant execute on function realtime.probe_messages(text, text[]) to authenticator;
reset role;
