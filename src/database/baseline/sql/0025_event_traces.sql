-- The trace that an event belongs to (W3C Trace Context), so that it goes on with the delivery: the one that Portico says
-- the statement belongs to, else the one that the client of the request brought along. Whatever is there, it fails no write.
create function portico.current_trace() returns text language sql stable set search_path = pg_catalog, pg_temp as $$
  select substring(
    concat_ws(' ',
      nullif(current_setting('portico.traceparent', true), ''),
      substring(current_setting('request.headers', true) from '"traceparent":"([0-9a-f-]{55})"')
    ) from '^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}'
  )
$$;
revoke all on function portico.current_trace() from public;
grant execute on function portico.current_trace() to supabase_functions_admin;

alter table portico.events add column traceparent text default portico.current_trace();
comment on column portico.events.traceparent is 'The trace of the statement that was its cause.';
grant select (traceparent) on portico.events to service_role;
