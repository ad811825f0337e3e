select
  format('%I.%I', s.schemaname, s.relname) as "table",
  s.indexrelname as index,
  pg_size_pretty(pg_relation_size(s.indexrelid)) as index_size,
  s.idx_scan as index_scans
from pg_stat_user_indexes s
join pg_index i on i.indexrelid = s.indexrelid
where s.schemaname <> all ($1) and s.idx_scan < 50 and not i.indisunique and not i.indisexclusion
order by s.idx_scan, pg_relation_size(s.indexrelid) desc, 2
