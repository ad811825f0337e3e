-- The roles of a Supabase database. Roles belong to the whole cluster, so each is made only where it is missing.
-- Only four of them log in; the others are named by grants and policies in the wild.
do $$
declare
  admin pg_roles := (select r from pg_roles r where r.rolname = current_user);
  role record;
begin
  for role in
    select name, attributes from (values
      ('supabase_admin', ''),
      ('postgres', 'login createdb createrole bypassrls replication'),
      ('anon', ''),
      ('authenticated', ''),
      ('service_role', 'bypassrls'),
      ('authenticator', 'login noinherit'),
      ('supabase_auth_admin', 'login noinherit createrole'),
      ('supabase_storage_admin', 'login noinherit createrole'),
      ('supabase_functions_admin', 'noinherit createrole'),
      ('supabase_realtime_admin', 'noinherit'),
      ('supabase_replication_admin', 'replication'),
      ('supabase_read_only_user', 'bypassrls'),
      ('supabase_etl_admin', 'bypassrls replication'),
      ('dashboard_user', 'createdb createrole replication'),
      ('pgbouncer', ''),
      ('pgsodium_keyiduser', ''),
      ('pgsodium_keyholder', ''),
      ('pgsodium_keymaker', '')
    ) as wanted (name, attributes)
  loop
    -- What the administrator does not have, it cannot give; only `bypassrls` matters, and is checked beforehand.
    if not admin.rolsuper and not admin.rolreplication then
      role.attributes := replace(role.attributes, 'replication', '');
    end if;
    if not admin.rolsuper and not admin.rolcreatedb then
      role.attributes := replace(role.attributes, 'createdb', '');
    end if;
    if not exists (select from pg_roles r where r.rolname = role.name) then
      begin
        execute format('create role %I %s', role.name, role.attributes);
      exception when duplicate_object or unique_violation then null;
      end;
    end if;
    -- An administrator that is no superuser must be a member of a role to make it own something. A superuser of that
    -- name (Debian's `postgres`) was there before us: no one but a superuser becomes it.
    if not admin.rolsuper and role.name <> current_user and not pg_has_role(role.name, 'usage')
      and not (select r.rolsuper from pg_roles r where r.rolname = role.name)
    then
      execute format('grant %I to current_user', role.name);
    end if;
  end loop;
end $$;

grant anon, authenticated, service_role to authenticator;
grant authenticator to supabase_storage_admin;
grant pgsodium_keyiduser to pgsodium_keyholder, pgsodium_keymaker;
grant pgsodium_keyholder to pgsodium_keymaker, service_role;

-- `postgres` is who migrations run as. Through the two service roles it may keep triggers on auth.users and policies
-- on storage.objects, which Supabase allows by an extension of the server.
do $$
declare
  name text;
begin
  if current_user <> 'postgres' then
    foreach name in array array[
      'anon', 'authenticated', 'service_role', 'authenticator', 'supabase_auth_admin', 'supabase_storage_admin',
      'supabase_functions_admin', 'supabase_realtime_admin', 'pgsodium_keyiduser', 'pgsodium_keyholder', 'pgsodium_keymaker'
    ] loop
      execute format('grant %I to postgres with admin option', name);
    end loop;
  end if;
end $$;

-- Predefined roles and the right to set parameters can only be given by a superuser; without them nothing of the
-- platform fails, only what a migration might do with them.
do $$
declare
  name text;
begin
  if not (select rolsuper from pg_roles where rolname = current_user) then return; end if;

  foreach name in array array['pg_monitor', 'pg_read_all_data', 'pg_signal_backend', 'pg_create_subscription'] loop
    if exists (select from pg_roles where rolname = name) and current_user <> 'postgres' then
      execute format('grant %I to postgres with admin option', name);
    end if;
  end loop;
  grant pg_read_all_data to supabase_read_only_user, supabase_etl_admin;

  foreach name in array array[
    'session_replication_role', 'log_min_messages', 'log_lock_waits', 'track_io_timing', 'auto_explain.log_min_duration',
    'auto_explain.log_nested_statements', 'pgaudit.log', 'safeupdate.enabled',
    'pgrst.db_schemas', 'pgrst.db_extra_search_path', 'pgrst.db_max_rows', 'pgrst.db_pre_request', 'pgrst.db_anon_role',
    'pgrst.db_aggregates_enabled', 'pgrst.db_plan_enabled', 'pgrst.db_tx_end', 'pgrst.db_hoisted_tx_settings',
    'pgrst.jwt_aud', 'pgrst.jwt_secret', 'pgrst.jwt_role_claim_key', 'pgrst.openapi_mode', 'pgrst.openapi_security_active',
    'pgrst.server_timing_enabled', 'pgrst.server_cors_allowed_origins'
  ] loop
    execute format('grant set on parameter %s to postgres', array_to_string(array(
      select quote_ident(part) from unnest(string_to_array(name, '.')) as part), '.'));
  end loop;
end $$;

alter role anon set statement_timeout = '3s';
alter role authenticated set statement_timeout = '8s';
alter role authenticator set statement_timeout = '8s';
alter role authenticator set lock_timeout = '8s';
alter role supabase_auth_admin set search_path = auth;
alter role supabase_auth_admin set idle_in_transaction_session_timeout = '60s';
alter role supabase_storage_admin set search_path = storage;
alter role supabase_functions_admin set search_path = supabase_functions;

do $$
begin
  -- Where `postgres` is the server's own superuser it was there before us, and stays as it is.
  if not (select rolsuper from pg_roles where rolname = 'postgres') then
    alter role postgres set search_path = "$user", public, extensions;
  end if;
end $$;
