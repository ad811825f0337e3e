-- What edge functions used: one row an invocation, and their totals. Written by src/functions/ledger.
create table portico.invocations (
  id bigint primary key generated always as identity,
  function text not null,
  trigger text not null,
  role text,
  status integer not null,
  cold boolean not null,
  started_at timestamptz not null,
  wall_ms double precision not null,
  cpu_ms double precision not null,
  peak_mb double precision not null,
  gb_seconds double precision not null
);
create index invocations_by_function on portico.invocations (function, started_at desc);
create index invocations_by_time on portico.invocations (started_at);

create view portico.function_usage with (security_invoker = true) as
  select
    function,
    (started_at at time zone 'utc')::date as day,
    count(*) filter (where trigger <> 'background')::integer as invocations,
    count(*) filter (where status >= 500)::integer as errors,
    count(*) filter (where cold)::integer as cold_starts,
    sum(wall_ms) as wall_ms,
    sum(cpu_ms) as cpu_ms,
    max(peak_mb) as peak_mb,
    sum(gb_seconds) as gb_seconds
  from portico.invocations
  group by 1, 2;

comment on schema portico is '@graphql({"inflect_names": true})';
comment on table portico.invocations is
  e'One invocation of an edge function, and what it used.\n'
  '@graphql({"name": "PorticoInvocation", "totalCount": {"enabled": true}, "aggregate": {"enabled": true}})';
comment on column portico.invocations.trigger is
  'What started it: http, graphql, websocket, webhook, cron …; background is work that went on after a response.';
comment on column portico.invocations.role is 'The caller''s, where a valid token said so.';
comment on column portico.invocations.status is '499: the client left before there was a response.';
comment on column portico.invocations.cold is 'Whether it waited for a process to start.';
comment on column portico.invocations.peak_mb is 'Most memory that its process had of its own meanwhile.';
comment on column portico.invocations.gb_seconds is 'Memory held times seconds; its part where a process did several things at once.';
comment on view portico.function_usage is
  e'What each edge function used on each day (UTC).\n'
  '@graphql({"name": "PorticoFunctionUsage", "primary_key_columns": ["function", "day"]})';

grant usage on schema portico to service_role;
grant select on portico.invocations, portico.function_usage to postgres, service_role;
