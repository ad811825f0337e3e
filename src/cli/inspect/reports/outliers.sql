select
  date_trunc('milliseconds', s.total_exec_time * interval '1 millisecond') as total_execution_time,
  round((100 * s.total_exec_time / nullif(sum(s.total_exec_time) over (), 0))::numeric, 1) || '%' as proportion_of_exec_time,
  s.calls as number_calls,
  date_trunc('milliseconds', coalesce((to_jsonb(s) ->> 'shared_blk_read_time')::float8 + (to_jsonb(s) ->> 'shared_blk_write_time')::float8, 0) * interval '1 millisecond') as sync_io_time,
  left(regexp_replace(s.query, '\s+', ' ', 'g'), 500) as query
from pg_stat_statements s
where s.dbid = (select oid from pg_database where datname = pg_catalog.current_database())
order by s.total_exec_time desc
limit 10
