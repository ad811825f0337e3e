-- Listing a bucket as folders and files. Each step looks up the next key in the index and jumps over a whole folder at
-- once, so a page costs as many look-ups as it has entries, however many objects lie in the folders.
set local role supabase_storage_admin;

create function storage.list_objects_with_delimiter(
  _bucket_id text, prefix_param text, delimiter_param text, max_keys integer default 100,
  start_after text default '', next_token text default '', sort_order text default 'asc'
) returns table (
  name text, id uuid, metadata jsonb, updated_at timestamptz, created_at timestamptz, last_accessed_at timestamptz
) language plpgsql stable as $$
declare
  prefix constant text := coalesce(prefix_param, '');
  ascending constant boolean := lower(coalesce(sort_order, 'asc')) <> 'desc';
  cursor constant text := coalesce(nullif(next_token, ''), start_after, '');
  -- Sorts after everything that starts with the same text: the highest code point of UTF-8.
  last constant text := U&'\+10FFFF';
  -- Ascending, the keys still wanted are >= seek (or > seek once `past`); descending, they are < seek.
  seek text collate "C" := case when ascending then prefix else prefix || last end;
  past boolean := false;
  listed integer := 0;
  folder text;
  object storage.objects;
begin
  if cursor <> '' then
    -- A cursor is the name listed last: of a folder, without its delimiter, or of a file.
    if exists (select from storage.objects o where o.bucket_id = _bucket_id
               and o.name collate "C" >= cursor || delimiter_param and o.name collate "C" < cursor || delimiter_param || last)
    then
      seek := case when ascending then cursor || delimiter_param || last else cursor || delimiter_param end;
    else
      seek := cursor;
      past := true;
    end if;
    if ascending and seek < prefix then
      seek := prefix;
      past := false;
    end if;
  end if;

  while listed < max_keys loop
    if ascending then
      select * into object from storage.objects o
      where o.bucket_id = _bucket_id and o.name collate "C" >= seek and (not past or o.name collate "C" > seek)
        and o.name collate "C" < prefix || last
      order by o.name collate "C" limit 1;
    else
      select * into object from storage.objects o
      where o.bucket_id = _bucket_id and o.name collate "C" < seek and o.name collate "C" >= prefix
      order by o.name collate "C" desc limit 1;
    end if;
    exit when not found;

    folder := storage.get_common_prefix(object.name, prefix, delimiter_param);
    if folder is null then
      name := object.name;
      id := object.id;
      metadata := object.metadata;
      updated_at := object.updated_at;
      created_at := object.created_at;
      last_accessed_at := object.last_accessed_at;
      seek := object.name;
      past := true;
    else
      name := left(folder, -length(delimiter_param));
      id := null;
      metadata := null;
      updated_at := null;
      created_at := null;
      last_accessed_at := null;
      seek := case when ascending then folder || last else folder end;
      past := false;
    end if;
    listed := listed + 1;
    return next;
  end loop;
end $$;

create function storage.search_by_timestamp(
  p_prefix text, p_bucket_id text, p_limit integer, p_level integer, p_start_after text,
  p_sort_order text, p_sort_column text, p_sort_column_after text
) returns table (
  key text, name text, id uuid, updated_at timestamptz, created_at timestamptz, last_accessed_at timestamptz, metadata jsonb
) language sql stable as $$
  with entries as (
    -- A folder is as old as the first object in it.
    select rtrim(folder, '/') as name, null::uuid as id, min(o.created_at) as updated_at, min(o.created_at) as created_at,
      null::timestamptz as last_accessed_at, null::jsonb as metadata
    from storage.objects o, storage.get_common_prefix(o.name, coalesce(p_prefix, ''), '/') folder
    where o.bucket_id = p_bucket_id and starts_with(o.name, coalesce(p_prefix, '')) and folder is not null
    group by folder
    union all
    select o.name, o.id, o.updated_at, o.created_at, o.last_accessed_at, o.metadata
    from storage.objects o
    where o.bucket_id = p_bucket_id and starts_with(o.name, coalesce(p_prefix, ''))
      and storage.get_common_prefix(o.name, coalesce(p_prefix, ''), '/') is null
  ), timed as (
    select e.*, coalesce(date_trunc('milliseconds',
      case p_sort_column when 'updated_at' then e.updated_at else e.created_at end), 'epoch') as at
    from entries e
  )
  select split_part(t.name, '/', p_level), t.name, t.id, t.updated_at, t.created_at, t.last_accessed_at, t.metadata
  from timed t
  where p_start_after = ''
    or case p_sort_order
      when 'desc' then (t.at, t.name collate "C") < (coalesce(nullif(p_sort_column_after, '')::timestamptz, 'epoch'), p_start_after)
      else (t.at, t.name collate "C") > (coalesce(nullif(p_sort_column_after, '')::timestamptz, 'epoch'), p_start_after)
    end
  order by
    case when p_sort_order = 'desc' then t.at end desc, case when p_sort_order = 'desc' then t.name end collate "C" desc,
    t.at, t.name collate "C"
  limit p_limit
$$;

create function storage.search_v2(
  prefix text, bucket_name text, limits integer default 100, levels integer default 1, start_after text default '',
  sort_order text default 'asc', sort_column text default 'name', sort_column_after text default ''
) returns table (
  key text, name text, id uuid, updated_at timestamptz, created_at timestamptz, last_accessed_at timestamptz, metadata jsonb
) language plpgsql stable as $$
declare
  direction constant text := case lower(sort_order) when 'desc' then 'desc' else 'asc' end;
  size constant integer := least(coalesce(limits, 100), 1500);
begin
  if lower(sort_column) in ('updated_at', 'created_at') then
    return query select * from storage.search_by_timestamp(
      prefix, bucket_name, size, levels, start_after, direction, lower(sort_column), sort_column_after);
  else
    return query select split_part(l.name, '/', levels), l.name, l.id, l.updated_at, l.created_at, l.last_accessed_at, l.metadata
      from storage.list_objects_with_delimiter(bucket_name, prefix, '/', size, start_after, '', direction) l;
  end if;
end $$;

grant execute on all functions in schema storage to postgres, anon, authenticated, service_role, dashboard_user;
reset role;
