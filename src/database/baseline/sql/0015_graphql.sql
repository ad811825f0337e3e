-- In Supabase GraphQL is a function of the database. Here it is the gateway's job; who calls the function is told so.
create function graphql_public.graphql(
  "operationName" text default null, query text default null, variables jsonb default null, extensions jsonb default null
) returns jsonb language sql immutable as $$
  select jsonb_build_object('data', null, 'errors', jsonb_build_array(jsonb_build_object(
    'message', 'GraphQL is answered over HTTP, at /graphql/v1, not by this function.'
  )))
$$;
grant execute on function graphql_public.graphql(text, text, jsonb, jsonb) to postgres, anon, authenticated, service_role;
