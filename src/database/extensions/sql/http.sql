-- As with the real one a statement waits for its request. That is queued in a session of its own, over the server's socket,
-- sent by Portico as those of pg_net are, and its answer waited for there. Where no socket lets us in (a server of one's
-- own), calling a function is an error that says what to use.
--
-- Whoever may create in this extension's schema can plant there what fits a call better, or drop the extension while a
-- call waits and plant what it calls next. So what has more rights than its caller names nothing but what is Postgres'
-- own and Portico's, and that session is a session of `postgres`.
do $$
begin
  if not exists (
    select from pg_namespace n join pg_roles r on r.oid = n.nspowner
    where n.nspname = 'portico' and (r.rolsuper or r.rolname = current_user)
  ) then
    raise exception 'the extension http needs a database that Portico has prepared' using errcode = '55000';
  end if;
end $$;

create domain @extschema@.http_method as text;
create type @extschema@.http_header as (field varchar, value varchar);
create type @extschema@.http_request as (
  method @extschema@.http_method, uri varchar, headers @extschema@.http_header[], content_type varchar, content varchar
);
create type @extschema@.http_response as (
  status integer, content_type varchar, headers @extschema@.http_header[], content varchar
);

do $$
begin
  create function portico._http_session(connection text, statement text) returns setof record
  as '$libdir/dblink', 'dblink_record' language c volatile strict;
  revoke all on function portico._http_session(text, text)
  from public, postgres, anon, authenticated, service_role;
exception when insufficient_privilege or undefined_file then
  null;
end $$;

create function portico._http_send(method text, uri text, headers jsonb, content text, patience integer) returns bigint
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  sent bigint;
begin
  insert into net.http_request_queue as q (method, url, headers, body, timeout_milliseconds)
  values (upper(_http_send.method), uri, _http_send.headers, convert_to(content, 'UTF8'), patience)
  returning q.id into sent;
  notify portico_net;
  return sent;
end $$;

create function portico._http_answer(sent bigint, patience integer)
returns table (status integer, content_type text, headers jsonb, content text, error text)
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  -- Whoever sends it watches the time, too; this is for a request that nobody takes.
  deadline constant timestamptz := clock_timestamp() + make_interval(secs => patience / 1000.0 + 2);
  pause double precision := 0.002;
begin
  loop
    delete from net._http_response r where r.id = sent
    returning r.status_code, r.content_type, r.headers, r.content, r.error_msg
    into status, content_type, headers, content, error;
    exit when found;
    if clock_timestamp() > deadline then
      delete from net.http_request_queue q where q.id = sent;
      error := format('no answer within %s ms: requests are sent while Portico runs', patience);
      exit;
    end if;
    perform pg_sleep(pause);
    pause := least(pause * 1.5, 0.02);
  end loop;
  return next;
end $$;
revoke all on function portico._http_send(text, text, jsonb, text, integer), portico._http_answer(bigint, integer)
  from public, anon, authenticated, service_role;
grant execute on function portico._http_send(text, text, jsonb, text, integer), portico._http_answer(bigint, integer)
  to postgres;

create function @extschema@._http_exchange(
  method text, uri text, headers jsonb, content text, patience integer,
  out status integer, out content_type text, out answered jsonb, out answer text
) language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  connection constant text := (
    select string_agg(format('%s=''%s''', p.name, replace(replace(p.value, '\', '\\'), '''', '\''')), ' ')
    from (values
      ('host', trim(both '"' from split_part(current_setting('unix_socket_directories'), ',', 1))),
      ('port', current_setting('port')),
      ('dbname', current_database()),
      ('user', 'postgres'),
      ('application_name', 'http'),
      -- A statement that is cancelled takes it along. What `postgres` has set for its sessions does not count here.
      ('options', '-c client_connection_check_interval=500 -c search_path=pg_catalog,pg_temp -c statement_timeout=0'
        ' -c default_transaction_isolation=read\ committed -c default_transaction_read_only=off')
    ) p (name, value)
  );
  sent bigint;
  error text;
begin
  begin
    select s.id into sent from portico._http_session(connection, format(
      'select portico._http_send(%L::text, %L::text, %L::jsonb, %L::text, %s)', method, uri, headers, content, patience
    )) as s (id bigint);
  exception when undefined_function or sqlclient_unable_to_establish_sqlconnection then
    raise exception 'the extension http cannot make a request from here' using errcode = '0A000', detail = sqlerrm,
      hint = 'Use net.http_get or net.http_post of pg_net (the answer comes to net._http_response), or an edge function.';
  end;
  select a.status, a.content_type, a.headers, a.content, a.error
  into status, content_type, answered, answer, error
  from portico._http_session(connection, format('select * from portico._http_answer(%s, %s)', sent, patience))
    as a (status integer, content_type text, headers jsonb, content text, error text);
  if error is not null then
    raise exception '%', error using errcode = 'XX000';
  end if;
end $$;

create function @extschema@.http(request @extschema@.http_request) returns @extschema@.http_response
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  longest constant integer := 600000;
  -- To curl, 0 is never.
  patience constant integer := least(longest, coalesce(nullif(coalesce(
    nullif(current_setting('http.curlopt_timeout_ms', true), '')::integer,
    nullif(current_setting('http.curlopt_timeout_msec', true), '')::integer,
    nullif(current_setting('http.curlopt_timeout', true), '')::integer * 1000,
    nullif(current_setting('http.timeout_msec', true), '')::integer,
    5000), 0), longest));
  headers jsonb := (select coalesce(jsonb_object_agg(h.field, h.value), '{}') from unnest(request.headers) h);
  exchange record;
begin
  if request.uri is null or request.uri !~* '^https?://[^[:space:]]+$' then
    raise exception 'http: not a URL of http or https: %', request.uri using errcode = '22023';
  end if;
  if request.content is not null and request.content_type is not null then
    headers := headers || jsonb_build_object('content-type', request.content_type);
  end if;
  exchange := @extschema@._http_exchange(
    request.method::text, request.uri::text, headers, request.content::text, patience
  );
  return (
    exchange.status, exchange.content_type,
    (select array_agg((h.key, h.value)::@extschema@.http_header) from jsonb_each_text(exchange.answered) h),
    exchange.answer
  )::@extschema@.http_response;
end $$;

create function @extschema@.http_header(field varchar, value varchar) returns @extschema@.http_header
language sql immutable as $$ select field, value $$;
create function @extschema@.http_get(uri varchar) returns @extschema@.http_response
language sql as $$ select @extschema@.http(('GET', uri, null, null, null)::@extschema@.http_request) $$;
create function @extschema@.http_post(uri varchar, content varchar, content_type varchar) returns @extschema@.http_response
language sql as $$ select @extschema@.http(('POST', uri, null, content_type, content)::@extschema@.http_request) $$;
create function @extschema@.http_put(uri varchar, content varchar, content_type varchar) returns @extschema@.http_response
language sql as $$ select @extschema@.http(('PUT', uri, null, content_type, content)::@extschema@.http_request) $$;
create function @extschema@.http_patch(uri varchar, content varchar, content_type varchar) returns @extschema@.http_response
language sql as $$ select @extschema@.http(('PATCH', uri, null, content_type, content)::@extschema@.http_request) $$;
create function @extschema@.http_delete(uri varchar) returns @extschema@.http_response
language sql as $$ select @extschema@.http(('DELETE', uri, null, null, null)::@extschema@.http_request) $$;
create function @extschema@.http_delete(uri varchar, content varchar, content_type varchar) returns @extschema@.http_response
language sql as $$ select @extschema@.http(('DELETE', uri, null, content_type, content)::@extschema@.http_request) $$;
create function @extschema@.http_head(uri varchar) returns @extschema@.http_response
language sql as $$ select @extschema@.http(('HEAD', uri, null, null, null)::@extschema@.http_request) $$;

-- Of curl's options the timeouts count.
create function @extschema@.http_set_curlopt(curlopt varchar, value varchar) returns boolean
language sql as $$ select pg_catalog.set_config('http.' || pg_catalog.lower(curlopt), value, false) is not null $$;
create function @extschema@.http_reset_curlopt() returns boolean
language sql as $$
  select pg_catalog.bool_and(pg_catalog.set_config('http.curlopt_' || name, '', false) is not null)
  from pg_catalog.unnest(array['timeout', 'timeout_ms', 'timeout_msec']) name
$$;

create function @extschema@.urlencode(string varchar) returns text language sql immutable strict as $$
  select coalesce(string_agg(
    case
      when letter ~ '[A-Za-z0-9_.-]' then letter
      when letter = ' ' then '+'
      else regexp_replace(upper(encode(convert_to(letter, 'UTF8'), 'hex')), '(..)', '%\1', 'g')
    end, '' order by place), '')
  from regexp_split_to_table(string, '') with ordinality as letters (letter, place)
$$;
create function @extschema@.urlencode(data jsonb) returns text language sql immutable strict as $$
  select string_agg(@extschema@.urlencode(p.key::varchar) || '=' || @extschema@.urlencode(p.value::varchar), '&')
  from jsonb_each_text(data) p
$$;

create function @extschema@.http_get(uri varchar, data jsonb) returns @extschema@.http_response
language sql as $$
  select @extschema@.http(('GET', uri || '?' || @extschema@.urlencode(data), null, null, null)::@extschema@.http_request)
$$;
create function @extschema@.http_post(uri varchar, data jsonb) returns @extschema@.http_response
language sql as $$
  select @extschema@.http(
    ('POST', uri, null, 'application/x-www-form-urlencoded', @extschema@.urlencode(data))::@extschema@.http_request
  )
$$;
