-- Who may write webhooks into the log may write nothing else: a cron job's event runs SQL as whomever it names.
alter table portico.events alter column source set default 'webhook';
revoke insert on portico.events from supabase_functions_admin;
grant insert (name, key, overlapping, method, url, params, headers, body, timeout_ms, max_attempts)
  on portico.events to supabase_functions_admin;

-- Scripts say so by now; this is for what was made before: the webhooks' function, and the check of who owns a job, which
-- must not find functions of its caller's in the place of Postgres' own.
do $$
declare
  definition constant text := pg_get_functiondef('supabase_functions.http_request()'::regprocedure);
begin
  if definition like '%portico.events (source, name,%' then
    execute replace(
      replace(definition, 'portico.events (source, name,', 'portico.events (name,'), $sql$'webhook', hook,$sql$, 'hook,'
    );
  end if;
  if to_regprocedure('cron._check_job()') is not null and (
    select p.proowner = current_user::regrole from pg_proc p where p.oid = to_regprocedure('cron._check_job()')
  ) then
    alter function cron._check_job() set search_path = pg_catalog, pg_temp;
  end if;
end $$;
