create policy "members hear" on realtime.messages for select to authenticated
  using (exists (select 1 from public.profiles p where p.id = (select auth.uid()) and realtime.topic() = 'profile:' || p.id));
create policy "members send" on "realtime"."messages" for insert to authenticated
  with check (realtime.messages.extension in ('broadcast', 'presence'));

create or replace function public.orders_changed() returns trigger security definer language plpgsql as $$
begin
  perform realtime.broadcast_changes('topic:' || coalesce(new.id, old.id)::text, tg_op, tg_op, tg_table_name, tg_table_schema, new, old);
  return null;
end;
$$;
create trigger orders_changed after insert or update or delete on public.orders for each row execute function public.orders_changed();

-- Row-level security on every new table
create or replace function public.rls_auto_enable() returns event_trigger language plpgsql security definer set search_path = 'pg_catalog' as $$
declare
  cmd record;
begin
  for cmd in select * from pg_event_trigger_ddl_commands() where command_tag in ('CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO') and object_type in ('table', 'partitioned table')
  loop
    if cmd.schema_name = 'public' then
      execute format('alter table if exists %s enable row level security', cmd.object_identity);
    end if;
  end loop;
end;
$$;
drop event trigger if exists ensure_rls;
create event trigger ensure_rls on ddl_command_end when tag in ('CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO') execute function public.rls_auto_enable();
create table public.guarded (id int);

do $$
begin
  if not exists (select 1 from pg_publication_tables where pubname = 'supabase_realtime' and tablename = 'profiles') then
    alter publication supabase_realtime add table public.profiles;
  end if;
  if exists (select 1 from pg_extension where extname = 'pg_cron') then
    perform cron.schedule('from-a-block', '@hourly', 'select 1');
  end if;
end $$;
alter table public.profiles replica identity full;
alter publication supabase_realtime drop table public.orders;
