-- Extensions written in SQL and kept in the database: none can be added here, and there are none.
create function pgtle.install_extension(
  name text, version text, description text, ext text, requires text[] default null, schema text default null
) returns boolean language plpgsql as $$
begin
  raise exception 'pg_tle: the extension % can not be installed here', name using errcode = '0A000',
    hint = 'Put its SQL in a migration, or use --db-url with a server that has pg_tle.';
end $$;
create function pgtle.available_extensions() returns table (name name, default_version text, comment text)
language sql as $$ select null::name, null::text, null::text where false $$;
create function pgtle.available_extension_versions() returns table (
  name name, version text, superuser boolean, trusted boolean, relocatable boolean, schema name, requires name[], comment text
) language sql as $$
  select null::name, null::text, null::boolean, null::boolean, null::boolean, null::name, null::name[], null::text where false
$$;
create function pgtle.uninstall_extension_if_exists(extname text) returns boolean language sql as $$ select false $$;

grant usage on schema pgtle to postgres with grant option;
