-- What every later migration stands on: how names become GraphQL, and a schema for helpers that no API shows.

comment on schema public is e'@graphql({"inflect_names": true})';

-- Only `public` is exposed. Functions in `private` can be used in policies and triggers, but not called from outside.
create schema private;
grant usage on schema private to anon, authenticated, service_role;

-- Editors are those whose token says so, and what it says the table private.editors decides (…_editors.sql). It counts
-- from the next sign-in or refresh.
create function private.is_editor()
returns boolean
language sql
stable
set search_path = ''
as $$
  select coalesce((select auth.jwt()) -> 'app_metadata' ->> 'role' = 'editor', false);
$$;

comment on function private.is_editor() is
  'Whether the caller is an editor. In a policy write (select private.is_editor()): asked once, not once a row.';
