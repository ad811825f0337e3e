/** SQL of the keys of the relation called `c`, as members of a JSON object. */
export const keys = `
    'primaryKey', (
      select json_agg(a.attname order by k.ord)
      from pg_index i cross join unnest(i.indkey::int2[]) with ordinality k(attnum, ord)
      join pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum
      where i.indrelid = c.oid and i.indisprimary and k.ord <= i.indnkeyatts),
    'uniques', (
      select coalesce(json_agg(u.names order by u.oid), '[]') from (
        select i.indexrelid as oid, json_agg(a.attname order by k.ord) as names
        from pg_index i cross join unnest(i.indkey::int2[]) with ordinality k(attnum, ord)
        join pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum
        where i.indrelid = c.oid and i.indisunique and i.indisvalid and i.indpred is null and i.indexprs is null
          and k.ord <= i.indnkeyatts
        group by i.indexrelid) u),
    'arbiters', (
      select coalesce(json_agg(json_build_object('name', u.name, 'columns', u.names) order by u.oid), '[]') from (
        select i.indexrelid as oid, ic.relname as name, json_agg(a.attname order by k.ord) as names
        from pg_index i join pg_class ic on ic.oid = i.indexrelid
        cross join unnest(i.indkey::int2[]) with ordinality k(attnum, ord)
        join pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum
        where i.indrelid = c.oid and i.indisunique and i.indisvalid and i.indimmediate and i.indpred is null
          and i.indexprs is null and k.ord <= i.indnkeyatts
        group by i.indexrelid, ic.relname) u),
    'foreignKeys', (
      select coalesce(json_agg(json_build_object(
        'name', f.conname, 'comment', obj_description(f.oid, 'pg_constraint'), 'enforced', f.convalidated,
        'columns', (select json_agg(a.attname order by k.ord) from unnest(f.conkey) with ordinality k(attnum, ord)
          join pg_attribute a on a.attrelid = f.conrelid and a.attnum = k.attnum),
        'target', json_build_object('schema', fn.nspname, 'table', fc.relname,
          'columns', (select json_agg(a.attname order by k.ord) from unnest(f.confkey) with ordinality k(attnum, ord)
            join pg_attribute a on a.attrelid = f.confrelid and a.attnum = k.attnum))
        ) order by f.conname), '[]')
      from pg_constraint f join pg_class fc on fc.oid = f.confrelid join pg_namespace fn on fn.oid = fc.relnamespace
      where f.conrelid = c.oid and f.contype = 'f' and f.conparentid = 0)`
