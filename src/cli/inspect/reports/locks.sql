select
  l.pid,
  l.relation::regclass as relname,
  l.transactionid as transaction_id,
  l.granted,
  a.query as stmt,
  date_trunc('second', clock_timestamp() - a.query_start) as age
from pg_locks l
join pg_stat_activity a on a.pid = l.pid
where l.mode = 'ExclusiveLock' and l.locktype in ('relation', 'transactionid', 'tuple') and l.pid <> pg_backend_pid()
  or l.mode = 'AccessExclusiveLock' and l.pid <> pg_backend_pid()
order by a.query_start
