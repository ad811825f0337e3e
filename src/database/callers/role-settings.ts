import type pg from 'pg'

/** A role's own settings: `alter role anon set statement_timeout = '3s'`. */
export type RoleSettings = Readonly<Record<string, string>>

const query = `
  select r.rolname as role, s.name, s.value
  from pg_roles r
  join pg_db_role_setting d on d.setrole = r.oid
    and d.setdatabase in (0, (select oid from pg_database where datname = current_database()))
  cross join lateral (
    select split_part(entry, '=', 1) as name, substr(entry, strpos(entry, '=') + 1) as value
    from unnest(d.setconfig) entry
  ) s
  left join pg_settings p on p.name = s.name
  where p.context = 'user' or (p.name is null and s.name like '%.%' and s.name not like 'pgrst.%')
  order by d.setdatabase = 0 desc`

/** Settings by role, for the roles that have any; only those that any user may set. */
export async function readRoleSettings(pool: pg.Pool): Promise<ReadonlyMap<string, RoleSettings>> {
  const { rows } = await pool.query<{ role: string; name: string; value: string }>(query)
  const settings = new Map<string, Record<string, string>>()
  for (const { role, name, value } of rows) {
    const own = settings.get(role) ?? {}
    own[name] = value
    settings.set(role, own)
  }
  return settings
}
