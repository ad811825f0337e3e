-- What an extension keeps from the public is for administrators. The default privileges of a schema would hand it to the
-- API's roles all the same; and with `dblink_connect_u`, which trusts whoever calls it, to log in as anyone is theirs.
create function extensions.close_extension_functions(extension oid) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  closed record;
begin
  for closed in
    select p.oid, p.proname, p.pronamespace = 'public'::regnamespace as in_public
    from pg_catalog.pg_depend d join pg_catalog.pg_proc p on p.oid = d.objid
    where d.classid = 'pg_catalog.pg_proc'::regclass and d.deptype = 'e'
      and d.refclassid = 'pg_catalog.pg_extension'::regclass and d.refobjid = extension
      and not exists (
        select from pg_catalog.aclexplode(coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))) a
        where a.grantee = 0 and a.privilege_type = 'EXECUTE'
      )
  loop
    if closed.in_public then
      execute format('revoke all on routine %s from anon, authenticated, service_role cascade', closed.oid::regprocedure);
    end if;
    if closed.proname = 'dblink_connect_u' then
      execute format('revoke all on routine %s from postgres cascade', closed.oid::regprocedure);
    end if;
  end loop;
end $$;

create function extensions.close_new_extension() returns event_trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform extensions.close_extension_functions(c.objid)
  from pg_catalog.pg_event_trigger_ddl_commands() c
  where c.classid = 'pg_catalog.pg_extension'::regclass;
end $$;
revoke all on function extensions.close_extension_functions(oid), extensions.close_new_extension()
  from public, postgres;

do $$
begin
  if (select rolsuper from pg_roles where rolname = current_user) then
    create event trigger portico_extension_functions on ddl_command_end when tag in ('CREATE EXTENSION', 'ALTER EXTENSION')
      execute function extensions.close_new_extension();
    perform extensions.close_extension_functions(oid) from pg_extension;
  end if;
end $$;
