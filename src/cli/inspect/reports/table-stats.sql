select
  format('%I.%I', s.schemaname, s.relname) as name,
  pg_size_pretty(pg_table_size(s.relid)) as table_size,
  pg_size_pretty(pg_indexes_size(s.relid)) as index_size,
  pg_size_pretty(pg_total_relation_size(s.relid)) as total_size,
  -- Before the first analyze nothing is estimated yet.
  case when c.reltuples < 0 then s.n_live_tup else c.reltuples::bigint end as estimated_row_count,
  s.seq_scan as seq_scans
from pg_stat_user_tables s
join pg_class c on c.oid = s.relid
where s.schemaname <> all ($1)
order by pg_total_relation_size(s.relid) desc, 1
