import type pg from 'pg'

interface Role {
  readonly name: string
  readonly attributes: readonly string[]
  readonly settings: readonly string[]
  readonly memberships: readonly string[]
}

/** The roles that the platform makes. */
const platforms = `^(pg_|supabase_|pgsodium_|pgtle_|cli_login_)|^(postgres|anon|authenticated|authenticator|service_role|dashboard_user|pgbouncer)$`

/** Settings that are lists of names, each quoted by itself (`GUC_LIST_QUOTE` in Postgres' guc_tables.c). */
const lists = [
  'local_preload_libraries',
  'search_path',
  'session_preload_libraries',
  'shared_preload_libraries',
  'temp_tablespaces',
  'unix_socket_directories',
]

const literals = `coalesce((
  select string_agg(quote_literal(coalesce(replace(one[1], '""', '"'), one[2])), ', ' order by at)
  from regexp_matches(value, '"((?:[^"]|"")*)"|([^,\\s]+)', 'g') with ordinality matched(one, at)), $$''$$)`

/** Writes the cluster's roles that are the project's own, with their settings and memberships and without passwords. */
export async function dumpRoles(client: pg.ClientBase, write: (text: string) => Promise<void>): Promise<void> {
  const { rows } = await client.query<Role>(
    `select quote_ident(rolname) as name,
       array_remove(array[
         case when rolcanlogin then 'login' else 'nologin' end, case when not rolinherit then 'noinherit' end,
         case when rolcreatedb then 'createdb' end, case when rolcreaterole then 'createrole' end,
         case when rolbypassrls then 'bypassrls' end, case when rolreplication then 'replication' end,
         case when rolsuper then 'superuser' end, case when rolconnlimit >= 0 then 'connection limit ' || rolconnlimit end], null) as attributes,
       array(select format('%I = %s', name, case when name = any($2) then ${literals} else quote_literal(value) end)
         from unnest(rolconfig) s, lateral (select split_part(s, '=', 1), substr(s, strpos(s, '=') + 1)) parts(name, value)) as settings,
       array(select quote_ident(o.rolname) || case when m.admin_option then ' with admin option' else '' end
         from pg_auth_members m join pg_roles o on o.oid = m.member where m.roleid = r.oid and o.rolname <> 'postgres' order by 1) as memberships
     from pg_roles r where rolname !~ $1 order by rolname`,
    [platforms, lists],
  )
  for (const { name, attributes, settings } of rows) {
    await write(`create role ${name} ${attributes.join(' ')};\n`)
    for (const setting of settings) await write(`alter role ${name} set ${setting};\n`)
  }
  for (const { name, memberships } of rows) {
    for (const member of memberships) await write(`grant ${name} to ${member};\n`)
  }
}
