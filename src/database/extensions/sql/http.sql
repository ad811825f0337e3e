-- A statement that waits for a server elsewhere holds its transaction open, so requests are made outside of it. The
-- names exist, so that functions that mention them can be created; calling one says what to use.
create domain @extschema@.http_method as text;
create type @extschema@.http_header as (field varchar, value varchar);
create type @extschema@.http_request as (
  method @extschema@.http_method, uri varchar, headers @extschema@.http_header[], content_type varchar, content varchar
);
create type @extschema@.http_response as (
  status integer, content_type varchar, headers @extschema@.http_header[], content varchar
);

create function @extschema@.http(request @extschema@.http_request) returns @extschema@.http_response
language plpgsql as $$
begin
  raise exception 'the extension http is not available: no request is made inside a transaction' using errcode = '0A000',
    hint = 'Use net.http_get or net.http_post of pg_net (the answer comes to net._http_response), or an edge function.';
end $$;
create function @extschema@.http_header(field varchar, value varchar) returns @extschema@.http_header
language sql immutable as $$ select field, value $$;
create function @extschema@.http_get(uri varchar) returns @extschema@.http_response
language sql as $$ select @extschema@.http(('GET', uri, null, null, null)::@extschema@.http_request) $$;
create function @extschema@.http_get(uri varchar, data jsonb) returns @extschema@.http_response
language sql as $$ select @extschema@.http(('GET', uri, null, null, null)::@extschema@.http_request) $$;
create function @extschema@.http_post(uri varchar, content varchar, content_type varchar) returns @extschema@.http_response
language sql as $$ select @extschema@.http(('POST', uri, null, content_type, content)::@extschema@.http_request) $$;
create function @extschema@.http_post(uri varchar, data jsonb) returns @extschema@.http_response
language sql as $$ select @extschema@.http(('POST', uri, null, null, null)::@extschema@.http_request) $$;
create function @extschema@.http_put(uri varchar, content varchar, content_type varchar) returns @extschema@.http_response
language sql as $$ select @extschema@.http(('PUT', uri, null, content_type, content)::@extschema@.http_request) $$;
create function @extschema@.http_patch(uri varchar, content varchar, content_type varchar) returns @extschema@.http_response
language sql as $$ select @extschema@.http(('PATCH', uri, null, content_type, content)::@extschema@.http_request) $$;
create function @extschema@.http_delete(uri varchar) returns @extschema@.http_response
language sql as $$ select @extschema@.http(('DELETE', uri, null, null, null)::@extschema@.http_request) $$;
create function @extschema@.http_head(uri varchar) returns @extschema@.http_response
language sql as $$ select @extschema@.http(('HEAD', uri, null, null, null)::@extschema@.http_request) $$;
create function @extschema@.http_set_curlopt(curlopt varchar, value varchar) returns boolean
language sql as $$ select true $$;
create function @extschema@.http_reset_curlopt() returns boolean language sql as $$ select true $$;

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
