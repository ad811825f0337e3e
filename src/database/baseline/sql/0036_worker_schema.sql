-- One more schema that Portico's own superuser works in: where several processes share a database, graphile-worker makes and
-- migrates its tables there.
create or replace function extensions.keep_platform_schemas() returns event_trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  taken name;
begin
  select n.nspname into taken
  from pg_event_trigger_ddl_commands() c
  join pg_namespace n on n.oid = c.objid and c.classid = 'pg_namespace'::regclass
  join pg_roles r on r.oid = n.nspowner
  where n.nspname in ('cron', 'net', 'portico', 'portico_worker', 'vault') and not r.rolsuper;
  if found then
    raise exception 'the schema "%" is for an extension', taken using errcode = '42501', hint = 'Create the extension instead.';
  end if;
end $$;
