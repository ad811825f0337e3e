-- The extension http queues requests as `postgres`.
do $$
begin
  if to_regclass('net.http_request_queue') is not null then
    grant insert on net.http_request_queue to postgres;
  end if;
end $$;

-- Portico's own superuser reads and writes what these extensions keep. `postgres` may drop them, and could put tables of its
-- own in their place otherwise: the triggers on them would run as that superuser.
create function extensions.keep_platform_schemas() returns event_trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  taken name;
begin
  select n.nspname into taken
  from pg_event_trigger_ddl_commands() c
  join pg_namespace n on n.oid = c.objid and c.classid = 'pg_namespace'::regclass
  join pg_roles r on r.oid = n.nspowner
  where n.nspname in ('cron', 'net', 'portico', 'vault') and not r.rolsuper;
  if found then
    raise exception 'the schema "%" is for an extension', taken using errcode = '42501', hint = 'Create the extension instead.';
  end if;
end $$;
revoke all on function extensions.keep_platform_schemas() from public, postgres;

do $$
begin
  if (select rolsuper from pg_roles where rolname = current_user) then
    create event trigger portico_platform_schemas on ddl_command_end when tag in ('CREATE SCHEMA', 'ALTER SCHEMA')
      execute function extensions.keep_platform_schemas();
    alter event trigger portico_platform_schemas enable always;
  end if;
end $$;
