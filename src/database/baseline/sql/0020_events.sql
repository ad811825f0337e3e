-- The event log: what a webhook or a cron job's time sets off, written in the cause's own transaction. Ids are the
-- order of the log; src/events delivers each key's events in it, one at a time.
create table portico.events (
  id bigint primary key generated always as identity,
  event_id uuid not null default gen_random_uuid(),
  source text not null default 'webhook' check (source in ('webhook', 'cron')),
  name text not null,
  key text collate "C" not null,
  -- Transactions that write events of this key may overlap, so a lower id may be seen later (src/events/log).
  overlapping boolean not null default false,
  lane smallint not null generated always as (abs(hashtext(key) % 8)) stored,
  method text,
  url text,
  params jsonb,
  headers jsonb,
  body text,
  timeout_ms integer not null default 5000,
  created_at timestamptz not null default clock_timestamp(),
  state text not null default 'pending' check (state in ('pending', 'delivered', 'dead', 'replayed')),
  attempts integer not null default 0,
  max_attempts integer not null default 20,
  due_at timestamptz not null default clock_timestamp(),
  claimed_by integer,
  claimed_until timestamptz,
  last_status integer,
  last_error text,
  finished_at timestamptz
);
create index events_pending on portico.events (lane, key, id) where state = 'pending';
create index events_claimed on portico.events (claimed_by) where claimed_by is not null;
create index events_finished on portico.events (state, finished_at) where finished_at is not null;

comment on schema portico is '@graphql({"inflect_names": true})';
comment on table portico.events is
  e'An event of the log: a webhook''s delivery or a cron job''s run, in order per key.\n'
  '@graphql({"name": "PorticoEvent", "totalCount": {"enabled": true}, "aggregate": {"enabled": true}})';
comment on column portico.events.id is 'The order of the log.';
comment on column portico.events.event_id is 'The same in every attempt and replay: consumers know an event by it.';
comment on column portico.events.name is 'The webhook, as schema.table.trigger, or the cron job.';
comment on column portico.events.key is 'Events of one key are delivered one after the other.';
comment on column portico.events.state is 'pending, delivered, dead (all attempts failed) or replayed (written anew).';
comment on column portico.events.due_at is 'When the next attempt is due.';

-- Numbers that tell the processes apart which deliver events.
create sequence portico.event_workers as integer cycle;

-- Requests of pg_net that are under way: their one attempt is made, its answer not there yet.
create table portico.net_requests (
  id bigint primary key,
  claimed_by integer not null,
  claimed_until timestamptz not null
);

-- When each cron job's time comes next.
create table portico.cron_times (
  jobid bigint primary key,
  schedule text not null,
  -- As precise as the clock that sets it, which compares it.
  next_at timestamptz(3)
);

grant usage on schema portico to service_role, supabase_functions_admin;
-- Webhooks, and nothing else: a cron job's event runs SQL as whomever it names.
grant insert (name, key, overlapping, method, url, params, headers, body, timeout_ms, max_attempts), select (id, lane)
  on portico.events to supabase_functions_admin;
grant select on portico.events to postgres;
-- All but the headers, which may hold keys.
grant select (
  id, event_id, source, name, key, method, url, body, created_at, state, attempts, max_attempts, due_at,
  last_status, last_error, finished_at
) on portico.events to service_role;

-- What orders a table's webhooks: the columns that `given` names ('a, b'), else the primary key, else nothing but the
-- table. Row locks put the transactions of one primary key one after the other; those of any other key may overlap.
create function portico.order_columns(relation oid, given text, out columns text[], out overlapping boolean)
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  missing text;
begin
  if given is null then
    select array_agg(a.attname order by k.place), bool_or(not i.indimmediate) into columns, overlapping
    from pg_catalog.pg_index i cross join unnest(i.indkey) with ordinality k (attnum, place)
    join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
    where i.indrelid = relation and i.indisprimary;
    overlapping := coalesce(overlapping, true);
    return;
  end if;
  columns := regexp_split_to_array(btrim(given), '\s*,\s*');
  overlapping := true;
  select c.name into missing from unnest(columns) as c (name)
  where not exists (
    select from pg_catalog.pg_attribute a
    where a.attrelid = relation and a.attname = c.name and a.attnum > 0 and not a.attisdropped
  ) limit 1;
  if found then
    raise exception 'X-Portico-Order-Key: the table % has no column "%"', relation::regclass, missing
      using errcode = '42703';
  end if;
end $$;

-- The value of a header, whatever the case of its name.
create function portico.header(headers jsonb, name text) returns text language sql immutable set search_path = pg_catalog, pg_temp as $$
  select h.value from pg_catalog.jsonb_each_text(headers) h where lower(h.key) = header.name limit 1
$$;

-- Database webhooks: a trigger that sends a changed row somewhere, at least once and in order.
create or replace function supabase_functions.http_request() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  url constant text := nullif(tg_argv[0], 'null');
  method constant text := nullif(tg_argv[1], 'null');
  headers constant jsonb := coalesce(nullif(tg_argv[2], 'null')::jsonb, '{"Content-Type": "application/json"}');
  params constant jsonb := coalesce(nullif(tg_argv[3], 'null')::jsonb, '{}');
  timeout_ms constant integer := coalesce(nullif(tg_argv[4], 'null')::integer, 1000);
  most constant text := portico.header(headers, 'x-portico-max-attempts');
  -- A partition's rows are its table's.
  relation constant oid := coalesce(pg_catalog.pg_partition_root(tg_relid), tg_relid);
  subject jsonb;
  hook text;
  ordered_by record;
  identity text;
  in_lane smallint;
begin
  if url is null then
    raise exception 'url argument is missing';
  end if;
  if method is null then
    raise exception 'method argument is missing';
  end if;
  if method not in ('GET', 'POST') then
    raise exception 'method argument % is invalid', method;
  end if;
  if url !~* '^https?://[^\s]+$' then
    raise exception 'net: not a URL of http or https: %', url using errcode = '22023';
  end if;
  if timeout_ms not between 1 and 600000 then
    raise exception 'timeout_ms argument % is invalid: expected 1 to 600000 milliseconds', timeout_ms using errcode = '22023';
  end if;
  if most is not null and most !~ '^([1-9][0-9]?|100)$' then
    raise exception 'X-Portico-Max-Attempts: expected a number from 1 to 100' using errcode = '22023';
  end if;

  select format('%s.%s.%s', n.nspname, c.relname, tg_name) into hook
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace where c.oid = relation;
  ordered_by := portico.order_columns(relation, portico.header(headers, 'x-portico-order-key'));
  if tg_level = 'ROW' and ordered_by.columns is not null then
    subject := to_jsonb(coalesce(new, old));
    identity := (select jsonb_agg(subject -> c.name order by c.place)::text
      from unnest(ordered_by.columns) with ordinality as c (name, place));
    if octet_length(identity) > 200 then identity := md5(identity); end if;
  end if;

  if ordered_by.overlapping or identity is null then
    -- Held until this transaction ends, and in nobody's way: it tells that ids may be outstanding.
    perform pg_catalog.pg_advisory_xact_lock_shared(1886351988, 1);
  end if;
  insert into portico.events (name, key, overlapping, method, url, params, headers, body, timeout_ms, max_attempts)
  values (
    hook, concat_ws(' ', hook, identity), ordered_by.overlapping or identity is null, method, url, params, headers,
    case when method = 'POST' then jsonb_build_object(
      'type', tg_op, 'table', tg_table_name, 'schema', tg_table_schema, 'record', new, 'old_record', old
    )::text end,
    timeout_ms, coalesce(most::integer, 20)
  ) returning lane into in_lane;
  perform pg_catalog.pg_notify('portico_events', in_lane::text);
  return coalesce(new, old);
end $$;

-- Writes an event that was delivered, or is dead, to the end of the log, to be delivered again.
create function portico.replay_event(id bigint) returns portico.events
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  original portico.events;
  replayed portico.events;
begin
  select * into original from portico.events e where e.id = replay_event.id and e.source = 'webhook' for update;
  if original.id is null then
    raise exception 'There is no such event.' using errcode = 'P0002';
  elsif original.state not in ('dead', 'delivered') then
    raise exception 'The event is %; only one that is dead or delivered can be replayed.', original.state using errcode = 'P0001';
  end if;
  update portico.events e set state = 'replayed' where e.id = original.id;
  perform pg_catalog.pg_advisory_xact_lock_shared(1886351988, 1);
  insert into portico.events
    (event_id, source, name, key, overlapping, method, url, params, headers, body, timeout_ms, max_attempts)
  values (
    original.event_id, original.source, original.name, original.key, true, original.method, original.url,
    original.params, original.headers, original.body, original.timeout_ms, original.max_attempts
  ) returning * into replayed;
  perform pg_catalog.pg_notify('portico_events', replayed.lane::text);
  return replayed;
end $$;
comment on function portico.replay_event(bigint) is
  'Writes an event that is dead or was delivered to the end of the log, to be delivered again.';

revoke all on function portico.order_columns(oid, text), portico.header(jsonb, text), portico.replay_event(bigint) from public;
grant execute on function portico.order_columns(oid, text), portico.header(jsonb, text) to supabase_functions_admin;
grant execute on function portico.replay_event(bigint) to postgres, service_role;
