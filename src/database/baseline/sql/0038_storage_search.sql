-- Of two objects whose names differ by the case of a letter alone, the listing before this one left one out. And a search
-- that has a slash looks below the folder it names, as Supabase's does: what it finds is listed, not the folder above.
set local role supabase_storage_admin;

create or replace function storage.search(
  prefix text, bucketname text, limits integer default 100, levels integer default 1, offsets integer default 0,
  search text default '', sortcolumn text default 'name', sortorder text default 'asc'
) returns table (
  name text, id uuid, updated_at timestamptz, created_at timestamptz, last_accessed_at timestamptz, metadata jsonb
) language plpgsql stable as $$
declare
  size constant integer := least(coalesce(limits, 100), 1500);
  below constant integer := length(coalesce(prefix, ''));
  wanted constant text := lower(coalesce(prefix, '') || coalesce(search, ''));
  level constant integer := greatest(below, length(regexp_replace(coalesce(prefix, '') || coalesce(search, ''), '[^/]*$', '')));
  ascending constant boolean := lower(coalesce(sortorder, 'asc')) <> 'desc';
  column_name constant text := lower(coalesce(sortcolumn, 'name'));
  last constant text := U&'\+10FFFF';
  seek text collate "C" := case when ascending then wanted else wanted || last end;
  -- The name that was listed last, where others may be the same but for the case of their letters.
  seen text collate "C" := null;
  skipped integer := 0;
  listed integer := 0;
  folder text;
  object storage.objects;
begin
  if column_name in ('updated_at', 'created_at', 'last_accessed_at') then
    -- Folders come first, by name; they have no times of their own.
    return query execute format($query$
      with matching as (
        select substr(o.name, $3 + 1) as name, o.id, o.updated_at, o.created_at, o.last_accessed_at, o.metadata,
          substr(storage.get_common_prefix(o.name, left(o.name, $7), '/'), $3 + 1) as folder
        from storage.objects o
        where o.bucket_id = $1 and lower(o.name) collate "C" >= $2 and lower(o.name) collate "C" < $2 || $6
      ), entries as (
        select distinct left(m.folder, -1) as name, null::uuid as id, null::timestamptz as updated_at,
          null::timestamptz as created_at, null::timestamptz as last_accessed_at, null::jsonb as metadata
        from matching m where m.folder is not null
        union all
        select m.name, m.id, m.updated_at, m.created_at, m.last_accessed_at, m.metadata from matching m where m.folder is null
      )
      select * from entries e order by e.id is not null, e.%1$I %2$s, e.name %2$s limit $4 offset $5
    $query$, column_name, case when ascending then 'asc' else 'desc' end)
    using bucketname, wanted, below, size, offsets, last, level;
    return;
  end if;

  while listed < size loop
    if ascending then
      select * into object from storage.objects o
      where o.bucket_id = bucketname and lower(o.name) collate "C" >= seek and lower(o.name) collate "C" < wanted || last
        and (seen is null or lower(o.name) collate "C" > seek or o.name collate "C" > seen)
      order by lower(o.name) collate "C", o.name collate "C" limit 1;
    else
      select * into object from storage.objects o
      where o.bucket_id = bucketname and lower(o.name) collate "C" <= seek and lower(o.name) collate "C" >= wanted
        and (lower(o.name) collate "C" < seek or o.name collate "C" < seen)
      order by lower(o.name) collate "C" desc, o.name collate "C" desc limit 1;
    end if;
    exit when not found;

    folder := storage.get_common_prefix(object.name, left(object.name, level), '/');
    if folder is null then
      name := substr(object.name, below + 1);
      id := object.id;
      updated_at := object.updated_at;
      created_at := object.created_at;
      last_accessed_at := object.last_accessed_at;
      metadata := object.metadata;
      seek := lower(object.name);
      seen := object.name;
    else
      name := substr(folder, below + 1, length(folder) - below - 1);
      id := null;
      updated_at := null;
      created_at := null;
      last_accessed_at := null;
      metadata := null;
      seek := case when ascending then lower(folder) || last else lower(folder) end;
      seen := null;
    end if;

    if skipped < offsets then
      skipped := skipped + 1;
    else
      listed := listed + 1;
      return next;
    end if;
  end loop;
end $$;

reset role;
