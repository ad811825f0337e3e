select
  s.slot_name as name,
  s.active,
  coalesce(r.state, 'N/A') as state,
  case when r.client_addr is null then 'N/A' else host(r.client_addr) end as replication_client_address,
  round((pg_wal_lsn_diff(pg_current_wal_lsn(), s.restart_lsn) / (1024.0 * 1024 * 1024))::numeric, 3) as replication_lag_gb
from pg_replication_slots s
left join pg_stat_replication r on r.pid = s.active_pid
order by 1
