-- Old messages are removed by a login that is nothing by itself: triggers that a project put on the table run in its session.
set local role supabase_realtime_admin;

create function realtime.forget_messages(at_most integer) returns bigint
language sql volatile security definer set search_path = '' as $$
  with gone as (
    delete from realtime.messages where (id, inserted_at) in (
      select id, inserted_at from realtime.messages
      where inserted_at < date_trunc('day', (now() at time zone 'utc') - interval '72 hours')
      limit at_most
    ) returning 1
  )
  select count(*) from gone
$$;
comment on function realtime.forget_messages(integer) is 'Removes messages more than three days old, so many at once.';
revoke execute on function realtime.forget_messages(integer) from public;
grant execute on function realtime.forget_messages(integer) to authenticator;
reset role;
