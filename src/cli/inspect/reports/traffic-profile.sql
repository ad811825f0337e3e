with activity as (
  select
    s.schemaname as schema,
    s.relname as "table",
    io.heap_blks_read + coalesce(io.idx_blks_read, 0) as blocks_read,
    s.n_tup_ins + s.n_tup_upd + s.n_tup_del as write_tuples,
    ceil((s.n_tup_ins + s.n_tup_upd + s.n_tup_del) * (c.relpages / greatest(c.reltuples, 1)))::bigint as blocks_write
  from pg_stat_user_tables s
  join pg_statio_user_tables io on io.relid = s.relid
  join pg_class c on c.oid = s.relid
  where s.schemaname <> all ($1)
)
select *,
  case
    when blocks_read + blocks_write = 0 then 'No Activity'
    when blocks_read = 0 then 'Write-Only'
    when blocks_write = 0 then 'Read-Only'
    -- Writing is the dearer by far: a fifth of the blocks is much.
    when blocks_write * 5 > blocks_read then round(blocks_write::numeric / blocks_read, 1) || ':1 (Write-Heavy)'
    else '1:' || round(blocks_read::numeric / blocks_write, 1) || ' (Read-Heavy)'
  end as activity_ratio
from activity
order by blocks_read + blocks_write desc, 1, 2
