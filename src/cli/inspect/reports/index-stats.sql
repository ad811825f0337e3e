select
  format('%I.%I', s.schemaname, s.indexrelname) as name,
  pg_size_pretty(pg_relation_size(s.indexrelid)) as size,
  case when s.idx_scan + t.seq_scan > 0 then round(100.0 * s.idx_scan / (s.idx_scan + t.seq_scan)) || '%' end as percent_used,
  s.idx_scan as index_scans,
  t.seq_scan as seq_scans,
  -- One that holds a rule is of use without a scan.
  s.idx_scan = 0 and not i.indisunique and not i.indisexclusion as unused
from pg_stat_user_indexes s
join pg_stat_user_tables t on t.relid = s.relid
join pg_index i on i.indexrelid = s.indexrelid
where s.schemaname <> all ($1)
order by pg_relation_size(s.indexrelid) desc, 1
