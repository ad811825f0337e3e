select
  format('%I.%I', s.schemaname, s.relname) as "table",
  to_char(s.last_vacuum, 'YYYY-MM-DD HH24:MI') as last_vacuum,
  to_char(s.last_autovacuum, 'YYYY-MM-DD HH24:MI') as last_auto_vacuum,
  to_char(s.last_analyze, 'YYYY-MM-DD HH24:MI') as last_analyze,
  to_char(s.last_autoanalyze, 'YYYY-MM-DD HH24:MI') as last_auto_analyze,
  s.n_live_tup as row_count,
  s.n_dead_tup as dead_row_count,
  s.n_dead_tup > own.vacuum_threshold + own.vacuum_scale * greatest(c.reltuples, 0) as expect_autovacuum,
  s.n_mod_since_analyze > own.analyze_threshold + own.analyze_scale * greatest(c.reltuples, 0) as expect_autoanalyze
from pg_stat_user_tables s
join pg_class c on c.oid = s.relid
cross join lateral (
  select
    coalesce(max(o.option_value) filter (where o.option_name = 'autovacuum_vacuum_threshold'), current_setting('autovacuum_vacuum_threshold'))::float8 as vacuum_threshold,
    coalesce(max(o.option_value) filter (where o.option_name = 'autovacuum_vacuum_scale_factor'), current_setting('autovacuum_vacuum_scale_factor'))::float8 as vacuum_scale,
    coalesce(max(o.option_value) filter (where o.option_name = 'autovacuum_analyze_threshold'), current_setting('autovacuum_analyze_threshold'))::float8 as analyze_threshold,
    coalesce(max(o.option_value) filter (where o.option_name = 'autovacuum_analyze_scale_factor'), current_setting('autovacuum_analyze_scale_factor'))::float8 as analyze_scale
  from pg_options_to_table(c.reloptions) o
) own
where s.schemaname <> all ($1)
order by s.n_dead_tup desc, 1
