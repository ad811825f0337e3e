-- Schemas, what every role may do in them, and the privileges that objects made later will carry.
create schema if not exists extensions;
create schema if not exists auth;
create schema if not exists storage;
create schema if not exists realtime;
create schema if not exists graphql_public;
-- `create extension … with schema graphql` of a dump finds them there.
create schema if not exists graphql;
create schema if not exists pgsodium;
create schema if not exists supabase_functions;
create schema if not exists supabase_migrations;

do $$
begin
  execute format('grant all on database %I to postgres, dashboard_user', current_database());
end $$;
grant all on schema public, extensions to postgres with grant option;
grant usage on schema public, extensions to anon, authenticated, service_role;
grant all on schema extensions to dashboard_user;
grant usage on schema auth, storage, realtime, graphql_public, supabase_functions
  to postgres, anon, authenticated, service_role;
grant all on schema auth to supabase_auth_admin, dashboard_user;
grant all on schema storage to supabase_storage_admin, dashboard_user;
grant all on schema realtime to supabase_realtime_admin;
grant all on schema supabase_functions to supabase_functions_admin;
-- A table of auth is a common target of foreign keys, and storage helpers of policies.
grant usage on schema auth to supabase_storage_admin, supabase_functions_admin;
grant all on schema auth, storage, realtime, supabase_functions, supabase_migrations to postgres;

-- Whoever of the two makes something in public (a migration, the administrator), the API's roles reach it; rows are
-- guarded by row-level security.
do $$
declare
  maker text;
begin
  foreach maker in array array['postgres', 'supabase_admin', current_user] loop
    continue when not pg_has_role(maker, 'usage');
    execute format('alter default privileges for role %I in schema public
      grant all on tables to postgres, anon, authenticated, service_role', maker);
    execute format('alter default privileges for role %I in schema public
      grant all on sequences to postgres, anon, authenticated, service_role', maker);
    execute format('alter default privileges for role %I in schema public
      grant all on routines to postgres, anon, authenticated, service_role', maker);
  end loop;
end $$;

alter default privileges in schema extensions grant all on tables to postgres with grant option;
alter default privileges in schema extensions grant all on routines to postgres with grant option;
alter default privileges in schema extensions grant all on sequences to postgres with grant option;
alter default privileges in schema graphql_public grant all on routines to postgres, anon, authenticated, service_role;
alter default privileges for role supabase_auth_admin in schema auth grant all on tables to postgres, dashboard_user;
alter default privileges for role supabase_auth_admin in schema auth grant all on sequences to postgres, dashboard_user;
alter default privileges for role supabase_auth_admin in schema auth grant all on routines to postgres, dashboard_user;

-- What the Supabase CLI keeps of a project's migrations and seeds, in its own tables.
create table if not exists supabase_migrations.schema_migrations (
  version text primary key,
  statements text[],
  name text
);
create table if not exists supabase_migrations.seed_files (
  path text primary key,
  hash text not null
);
grant all on all tables in schema supabase_migrations to postgres with grant option;

create publication supabase_realtime;
do $$
begin
  if pg_has_role('postgres', 'member') then
    alter publication supabase_realtime owner to postgres;
  end if;
end $$;
