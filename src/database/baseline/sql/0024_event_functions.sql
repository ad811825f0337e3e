-- An event trigger runs as whoever causes it, a superuser too: inside of a trusted extension's script, say. What it calls
-- belongs to the project, where Postgres alone would have a superuser own it; so that runs as its owner, always.
create function extensions.confine_event_functions() returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  called regprocedure;
begin
  for called in
    select distinct p.oid
    from pg_event_trigger t join pg_proc p on p.oid = t.evtfoid join pg_roles r on r.oid = p.proowner
    where not r.rolsuper and not p.prosecdef
  loop
    execute format('alter function %s security definer', called);
  end loop;
end $$;

create function extensions.confine_changed_function() returns event_trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform extensions.confine_event_functions();
end $$;
revoke all on function extensions.confine_event_functions(), extensions.confine_changed_function() from public;

do $$
begin
  if (select rolsuper from pg_catalog.pg_roles where rolname = current_user) then
    create event trigger portico_event_functions on ddl_command_end
      when tag in ('CREATE FUNCTION', 'ALTER FUNCTION', 'ALTER ROUTINE')
      execute function extensions.confine_changed_function();
    perform extensions.confine_event_functions();
  end if;
end $$;
