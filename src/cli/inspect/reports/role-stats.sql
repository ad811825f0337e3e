select
  r.rolname as role_name,
  (select count(*) from pg_stat_activity a where a.usesysid = r.oid) as active_connections,
  case r.rolconnlimit when -1 then current_setting('max_connections')::int else r.rolconnlimit end as connection_limit,
  array_to_string(r.rolconfig, ', ') as custom_config
from pg_roles r
where r.rolname not like 'pg\_%'
order by 2 desc, 1
