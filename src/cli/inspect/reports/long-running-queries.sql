select pid, date_trunc('second', clock_timestamp() - query_start) as duration, query
from pg_stat_activity
where state <> 'idle' and backend_type = 'client backend' and pid <> pg_backend_pid()
  and query_start < clock_timestamp() - interval '5 minutes'
order by query_start
