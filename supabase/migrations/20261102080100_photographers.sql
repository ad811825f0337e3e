-- Photographers: the public side of a user. The private side (e-mail address, password) stays in auth.users.

create table public.photographers (
  id uuid primary key references auth.users (id) on delete cascade,
  name text not null check (char_length(name) between 1 and 80),
  biography text not null default '' check (char_length(biography) <= 2000),
  city text not null default '' check (char_length(city) <= 80),
  website text check (website ~ '^https?://[^[:space:]]+$' and char_length(website) <= 200),
  joined_at timestamptz not null default now()
);

comment on table public.photographers is
  e'A photographer, and the portfolio that visitors see.\n'
  '@graphql({"name": "Photographer", "totalCount": {"enabled": true}})';
comment on column public.photographers.id is 'The same as the id of the user who signs in.';
comment on column public.photographers.name is 'As it is printed beside the photographs.';
comment on column public.photographers.biography is 'A few lines about the photographer, up to 2000 characters.';
comment on column public.photographers.city is 'Where the photographer works.';
comment on column public.photographers.website is 'Address of the photographer''s own site.';
comment on column public.photographers.joined_at is 'When the photographer signed up.';

-- Sign-up makes the photographer. A visitor who signs in anonymously becomes one on leaving an e-mail address.
create function private.create_photographer()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  insert into public.photographers (id, name)
  values (new.id, coalesce(nullif(left(btrim(new.raw_user_meta_data ->> 'name'), 80), ''), 'New photographer'))
  on conflict (id) do nothing;
  return new;
end;
$$;

create trigger create_photographer
  after insert or update of is_anonymous on auth.users
  for each row
  when (not new.is_anonymous)
  execute function private.create_photographer();

-- By default the API's roles may do everything with a new table, as far as policies let them. In this project grants
-- say which columns a caller may write, and policies which rows.
alter table public.photographers enable row level security;
revoke all on public.photographers from anon, authenticated;
grant all on public.photographers to service_role;
grant select on public.photographers to anon, authenticated;
grant update (name, biography, city, website) on public.photographers to authenticated;

create policy "Everyone sees photographers"
  on public.photographers for select to anon, authenticated
  using (true);

create policy "Photographers describe themselves"
  on public.photographers for update to authenticated
  using (id = (select auth.uid()))
  with check (id = (select auth.uid()));
