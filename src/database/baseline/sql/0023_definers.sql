-- Where a function with more rights than its caller looks for types and tables: in a schema of its caller's own last, which
-- comes first where it is not named. Scripts say so by now; this is for what was made before.
do $$
declare
  definer record;
begin
  for definer in
    select p.oid::regprocedure as signature, nullif(split_part(c, '=', 2), '""') as path
    from pg_catalog.pg_proc p
    join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    cross join unnest(p.proconfig) c
    where p.prosecdef and p.proowner = current_user::regrole and c like 'search_path=%' and c !~ 'pg_temp$'
      and n.nspname in ('cron', 'extensions', 'net', 'pgmq', 'portico', 'supabase_functions', 'vault')
  loop
    execute format(
      'alter function %s set search_path = %s',
      definer.signature, concat_ws(', ', 'pg_catalog', definer.path, 'pg_temp')
    );
  end loop;
end $$;
