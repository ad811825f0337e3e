-- GraphQL is the gateway's job; the functions exist, and say where it is answered.
create function graphql.resolve(
  query text, variables jsonb default '{}', "operationName" text default null, extensions jsonb default null
) returns jsonb language sql immutable as $$
  select jsonb_build_object('data', null, 'errors', jsonb_build_array(jsonb_build_object(
    'message', 'GraphQL is answered over HTTP, at /graphql/v1, not by this function.'
  )))
$$;
create function graphql.comment_directive(comment_ text) returns jsonb language sql immutable as $$
  select coalesce((regexp_match(comment_, '@graphql\((.+)\)'))[1]::jsonb, '{}')
$$;
create function graphql.exception(message text) returns text language plpgsql as $$
begin
  raise exception using errcode = '22000', message = message;
end $$;
create function graphql.get_schema_version() returns integer language sql stable as $$ select 1 $$;

grant usage on schema graphql to postgres with grant option;
grant usage on schema graphql to anon, authenticated, service_role;
grant execute on all functions in schema graphql to postgres, anon, authenticated, service_role;
