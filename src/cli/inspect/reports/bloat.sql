-- What a table or a B-tree takes next to what its rows would take, from the widths that analyze has seen: an estimate.
with width as (
  select
    a.attrelid as relation,
    a.attnum,
    coalesce(w.stawidth * (1 - w.stanullfrac), 0) as bytes,
    w.stawidth is not null as seen
  from pg_attribute a
  join pg_class c on c.oid = a.attrelid
  join pg_namespace n on n.oid = c.relnamespace
  left join lateral (
    select s.avg_width as stawidth, s.null_frac as stanullfrac
    from pg_stats s
    where s.schemaname = n.nspname and s.tablename = c.relname and s.attname = a.attname
    limit 1
  ) w on true
  where a.attnum > 0 and not a.attisdropped and n.nspname <> all ($1) and c.relkind in ('r', 'm', 'i')
),
block as (select current_setting('block_size')::float8 as size),
relation as (
  select 'table' as type, c.oid, c.relname as name, c.relnamespace, c.relpages,
    ceil(c.reltuples * (28 + sum(w.bytes)) / (b.size - 24)) as least
  from pg_class c cross join block b
  join width w on w.relation = c.oid
  where c.relkind in ('r', 'm') and c.reltuples > 0
  group by c.oid, b.size
  having bool_or(w.seen)
  union all
  select 'index', c.oid, t.relname || '::' || c.relname, c.relnamespace, c.relpages,
    -- Leaves are filled to nine tenths; one page tells where the root is.
    1 + ceil(c.reltuples * (16 + sum(coalesce(w.bytes, own.bytes))) / ((b.size - 40) * 0.9))
  from pg_index i cross join block b
  join pg_class c on c.oid = i.indexrelid
  join pg_am am on am.oid = c.relam and am.amname = 'btree'
  join pg_class t on t.oid = i.indrelid
  cross join lateral unnest(i.indkey) with ordinality as k (attnum, place)
  join width own on own.relation = c.oid and own.attnum = k.place
  left join width w on w.relation = i.indrelid and w.attnum = k.attnum
  where c.reltuples > 0
  group by c.oid, t.relname, b.size
  having bool_or(coalesce(w.seen, own.seen))
)
select
  type,
  format('%I.%s', n.nspname, r.name) as name,
  round((r.relpages / greatest(r.least, 1))::numeric, 1) as bloat,
  pg_size_pretty((greatest(r.relpages - r.least, 0) * b.size)::bigint) as waste
from relation r
cross join block b
join pg_namespace n on n.oid = r.relnamespace
order by greatest(r.relpages - r.least, 0) desc, 2
