-- What happens by itself: an uploaded original is developed, and every day has its photograph.

-- Whichever comes last, the row or the file, has the function `develop` called. `kong:8000` is this backend by the name
-- that Supabase's containers use; Portico knows it and calls the function in its own process, as the service role.
create function private.awaits_developing(original text)
returns boolean
language sql
stable
security definer
set search_path = ''
as $$
  select exists (select from public.photographs p where p.path = original and p.status = 'draft');
$$;

create function private.is_uploaded(original text)
returns boolean
language sql
stable
security definer
set search_path = ''
as $$
  select exists (select from storage.objects o where o.bucket_id = 'photographs' and o.name = original);
$$;

revoke execute on function private.awaits_developing(text), private.is_uploaded(text) from public;
grant execute on function private.awaits_developing(text), private.is_uploaded(text) to authenticated, service_role;
grant usage on schema private to service_role;

-- A replaced original is developed again. What has no owner was not uploaded by anybody: the seed's.
create trigger develop_uploaded_original
  after insert or update of version on storage.objects
  for each row
  when (new.bucket_id = 'photographs' and new.owner_id is not null and private.awaits_developing(new.name))
  execute function supabase_functions.http_request(
    'http://kong:8000/functions/v1/develop', 'POST', '{"Content-Type": "application/json"}', '{}', '150000'
  );

create trigger develop_entered_photograph
  after insert on public.photographs
  for each row
  when (private.is_uploaded(new.path))
  execute function supabase_functions.http_request(
    'http://kong:8000/functions/v1/develop', 'POST', '{"Content-Type": "application/json"}', '{}', '150000'
  );


-- The editors pick the photograph of the day. Where they have not, it is the favourite of those that never were one.
create function private.pick_daily()
returns void
language sql
set search_path = ''
as $$
  insert into public.daily_picks (day, photograph_id)
  select (now() at time zone 'utc')::date, p.id
  from public.photographs p
  where p.status = 'selected' and not exists (select from public.daily_picks d where d.photograph_id = p.id)
  order by (select count(*) from public.favourites f where f.photograph_id = p.id) desc, p.published_at, p.id
  limit 1
  on conflict (day) do nothing;
$$;
revoke execute on function private.pick_daily() from public;

create extension if not exists pg_cron with schema pg_catalog;
select cron.schedule('daily-pick', '0 0 * * *', 'select private.pick_daily()');
