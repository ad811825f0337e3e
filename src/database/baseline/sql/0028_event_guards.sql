-- `postgres` may set session_replication_role, and as a replica's its statements would set off none of these: a function
-- of an event trigger that it replaced then would run as whoever causes the event, a superuser too.
do $$
declare
  guard name;
begin
  if (select rolsuper from pg_catalog.pg_roles where rolname = current_user) then
    for guard in
      select evtname from pg_catalog.pg_event_trigger
      where evtname in ('portico_extension_access', 'portico_extension_functions', 'portico_event_functions')
    loop
      execute format('alter event trigger %I enable always', guard);
    end loop;
    perform extensions.confine_event_functions();
    perform extensions.close_extension_functions(oid) from pg_extension;
  end if;
end $$;
