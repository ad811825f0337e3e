select
  pg_catalog.current_database() as name,
  pg_size_pretty(pg_database_size(pg_catalog.current_database())) as database_size,
  pg_size_pretty(own.indexes) as total_index_size,
  pg_size_pretty(own.tables) as total_table_size,
  pg_size_pretty(own.toast) as total_toast_size,
  date_trunc('second', now() - coalesce(d.stats_reset, pg_postmaster_start_time())) as time_since_stats_reset,
  (select round(sum(idx_blks_hit) / nullif(sum(idx_blks_hit + idx_blks_read), 0), 2) from pg_statio_user_indexes) as index_hit_rate,
  (select round(sum(heap_blks_hit) / nullif(sum(heap_blks_hit + heap_blks_read), 0), 2) from pg_statio_user_tables) as table_hit_rate,
  (select pg_size_pretty(sum(size)) from pg_ls_waldir()) as wal_size
from pg_stat_database d,
  lateral (
    select
      coalesce(sum(pg_indexes_size(relid)), 0) as indexes,
      coalesce(sum(pg_relation_size(relid)), 0) as tables,
      coalesce(sum(pg_table_size(relid) - pg_relation_size(relid)), 0) as toast
    from pg_stat_user_tables
    where schemaname <> all ($1)
  ) own
where d.datname = pg_catalog.current_database()
