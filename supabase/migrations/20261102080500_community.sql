-- What happens to photographs once they are public: the daily pick, favourites, comments, followers.

create table public.daily_picks (
  day date primary key,
  photograph_id uuid not null unique references public.photographs (id) on delete cascade,
  editor_id uuid default auth.uid() references public.photographers (id) on delete set null,
  note text not null default '' check (char_length(note) <= 1000)
);

create index daily_picks_editor_id on public.daily_picks (editor_id);

comment on table public.daily_picks is
  e'The photograph of the day.\n'
  '@graphql({"name": "DailyPick"})';
comment on column public.daily_picks.day is 'A day has one pick, and a photograph is picked once.';
comment on column public.daily_picks.note is 'Why the editors picked it.';
comment on constraint daily_picks_photograph_id_fkey on public.daily_picks is
  e'@graphql({"foreign_name": "photograph", "local_name": "dailyPick"})';
comment on constraint daily_picks_editor_id_fkey on public.daily_picks is
  e'@graphql({"foreign_name": "editor", "local_name": "dailyPicks"})';

alter table public.daily_picks enable row level security;
revoke all on public.daily_picks from anon, authenticated;
grant all on public.daily_picks to service_role;
grant select on public.daily_picks to anon, authenticated;
grant insert (day, photograph_id, note), update (note), delete on public.daily_picks to authenticated;

create policy "Everyone sees picks up to today, editors those planned"
  on public.daily_picks for select to anon, authenticated
  using (day <= (now() at time zone 'utc')::date or (select private.is_editor()));

create policy "Editors pick selected photographs"
  on public.daily_picks for insert to authenticated
  with check (
    (select private.is_editor())
    and editor_id = (select auth.uid())
    and exists (select from public.photographs p where p.id = photograph_id and p.status = 'selected')
  );

create policy "Editors change picks"
  on public.daily_picks for update to authenticated
  using ((select private.is_editor()))
  with check ((select private.is_editor()));

create policy "Editors take picks back"
  on public.daily_picks for delete to authenticated
  using ((select private.is_editor()));


create table public.favourites (
  photographer_id uuid default auth.uid() references public.photographers (id) on delete cascade,
  photograph_id uuid references public.photographs (id) on delete cascade,
  created_at timestamptz not null default now(),
  primary key (photographer_id, photograph_id)
);

create index favourites_photograph_id on public.favourites (photograph_id);

comment on table public.favourites is
  e'A selected photograph that a photographer likes.\n'
  '@graphql({"name": "Favourite", "totalCount": {"enabled": true}})';
comment on column public.favourites.photographer_id is 'Who likes it; the caller unless said otherwise.';
comment on constraint favourites_photographer_id_fkey on public.favourites is
  e'@graphql({"foreign_name": "photographer", "local_name": "favourites"})';
comment on constraint favourites_photograph_id_fkey on public.favourites is
  e'@graphql({"foreign_name": "photograph", "local_name": "favourites"})';

alter table public.favourites enable row level security;
revoke all on public.favourites from anon, authenticated;
grant all on public.favourites to service_role;
grant select on public.favourites to anon, authenticated;
grant insert (photograph_id), delete on public.favourites to authenticated;

create policy "Everyone sees favourites"
  on public.favourites for select to anon, authenticated
  using (true);

create policy "Photographers mark selected photographs"
  on public.favourites for insert to authenticated
  with check (
    photographer_id = (select auth.uid())
    and exists (select from public.photographs p where p.id = photograph_id and p.status = 'selected')
  );

create policy "Photographers take their favourites back"
  on public.favourites for delete to authenticated
  using (photographer_id = (select auth.uid()));

create function public._is_favourite(photograph public.photographs)
returns boolean
language sql
stable
set search_path = ''
as $$
  select exists (
    select from public.favourites f
    where f.photograph_id = photograph.id and f.photographer_id = (select auth.uid())
  );
$$;

comment on function public._is_favourite(public.photographs) is 'Whether the photograph is a favourite of the caller.';


create table public.comments (
  id uuid primary key default gen_random_uuid(),
  photograph_id uuid not null references public.photographs (id) on delete cascade,
  author_id uuid not null default auth.uid() references public.photographers (id) on delete cascade,
  body text not null check (char_length(btrim(body)) between 1 and 1000),
  created_at timestamptz not null default now()
);

create index comments_photograph_id on public.comments (photograph_id, created_at);
create index comments_author_id on public.comments (author_id);

comment on table public.comments is
  e'What a photographer says about a selected photograph.\n'
  '@graphql({"name": "Comment", "totalCount": {"enabled": true}})';
comment on column public.comments.author_id is 'Who says it; the caller unless said otherwise.';
comment on column public.comments.body is 'Up to 1000 characters.';
comment on constraint comments_photograph_id_fkey on public.comments is
  e'@graphql({"foreign_name": "photograph", "local_name": "comments"})';
comment on constraint comments_author_id_fkey on public.comments is
  e'@graphql({"foreign_name": "author", "local_name": "comments"})';

alter table public.comments enable row level security;
revoke all on public.comments from anon, authenticated;
grant all on public.comments to service_role;
grant select on public.comments to anon, authenticated;
grant insert (photograph_id, body), update (body), delete on public.comments to authenticated;

create policy "Everyone sees comments"
  on public.comments for select to anon, authenticated
  using (true);

create policy "Photographers comment on selected photographs"
  on public.comments for insert to authenticated
  with check (
    author_id = (select auth.uid())
    and exists (select from public.photographs p where p.id = photograph_id and p.status = 'selected')
  );

create policy "Authors correct their comments"
  on public.comments for update to authenticated
  using (author_id = (select auth.uid()))
  with check (author_id = (select auth.uid()));

create policy "Authors and editors delete comments"
  on public.comments for delete to authenticated
  using (author_id = (select auth.uid()) or (select private.is_editor()));


create table public.follows (
  follower_id uuid default auth.uid() references public.photographers (id) on delete cascade,
  followed_id uuid references public.photographers (id) on delete cascade,
  created_at timestamptz not null default now(),
  primary key (follower_id, followed_id),
  constraint follows_someone_else check (follower_id <> followed_id)
);

create index follows_followed_id on public.follows (followed_id);

comment on table public.follows is
  e'A photographer who follows another.\n'
  '@graphql({"name": "Follow", "totalCount": {"enabled": true}})';
comment on column public.follows.follower_id is 'Who follows; the caller unless said otherwise.';
comment on column public.follows.followed_id is 'Who is followed.';
comment on constraint follows_follower_id_fkey on public.follows is
  e'@graphql({"foreign_name": "follower", "local_name": "following"})';
comment on constraint follows_followed_id_fkey on public.follows is
  e'@graphql({"foreign_name": "followed", "local_name": "followers"})';

alter table public.follows enable row level security;
revoke all on public.follows from anon, authenticated;
grant all on public.follows to service_role;
grant select on public.follows to anon, authenticated;
grant insert (followed_id), delete on public.follows to authenticated;

create policy "Everyone sees who follows whom"
  on public.follows for select to anon, authenticated
  using (true);

create policy "Photographers follow others"
  on public.follows for insert to authenticated
  with check (follower_id = (select auth.uid()));

create policy "Photographers stop following"
  on public.follows for delete to authenticated
  using (follower_id = (select auth.uid()));


-- The numbers on top of a portfolio. `security_invoker`: row-level security holds for who reads the view.
create view public.portfolios
with (security_invoker = true)
as
select
  p.id as photographer_id,
  (select count(*)::integer from public.photographs s where s.photographer_id = p.id and s.status = 'selected') as selected,
  (
    select count(*)::integer from public.favourites f
    join public.photographs s on s.id = f.photograph_id
    where s.photographer_id = p.id and s.status = 'selected'
  ) as favourites,
  (select count(*)::integer from public.follows f where f.followed_id = p.id) as followers
from public.photographers p;

comment on view public.portfolios is
  e'A photographer''s portfolio in numbers.\n'
  '@graphql({"name": "Portfolio", "primary_key_columns": ["photographer_id"], "foreign_keys": [{'
  '"local_name": "portfolios", "local_columns": ["photographer_id"], "foreign_name": "photographer", '
  '"foreign_schema": "public", "foreign_table": "photographers", "foreign_columns": ["id"]}]})';
comment on column public.portfolios.selected is 'How many of the photographs were selected.';
comment on column public.portfolios.favourites is 'How often the selected photographs were marked as favourites.';
comment on column public.portfolios.followers is 'How many photographers follow this one.';
revoke all on public.portfolios from anon, authenticated;
grant all on public.portfolios to service_role;
grant select on public.portfolios to anon, authenticated;
