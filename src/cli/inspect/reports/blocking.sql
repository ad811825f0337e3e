select
  waiting.pid as blocked_pid,
  waiting.query as blocked_statement,
  date_trunc('second', clock_timestamp() - waiting.query_start) as blocked_duration,
  holder.pid as blocking_pid,
  holder.query as blocking_statement,
  date_trunc('second', clock_timestamp() - holder.query_start) as blocking_duration
from pg_stat_activity waiting
cross join lateral unnest(pg_blocking_pids(waiting.pid)) as of (pid)
join pg_stat_activity holder on holder.pid = of.pid
order by waiting.query_start
