-- What `create extension` alone does not give to a role that is no superuser.
create function extensions.grant_extension_access() returns event_trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  extension name;
begin
  for extension in
    select e.extname from pg_event_trigger_ddl_commands() c join pg_extension e on e.oid = c.objid
    where c.classid = 'pg_extension'::regclass
  loop
    if extension in ('postgres_fdw', 'dblink') then
      execute format('grant usage on foreign data wrapper %I to postgres with grant option',
        case extension when 'dblink' then 'dblink_fdw' else 'postgres_fdw' end);
    end if;
  end loop;
end $$;
revoke all on function extensions.grant_extension_access() from public;

do $$
begin
  if (select rolsuper from pg_roles where rolname = current_user) then
    create event trigger portico_extension_access on ddl_command_end when tag in ('CREATE EXTENSION')
      execute function extensions.grant_extension_access();
  end if;
end $$;
