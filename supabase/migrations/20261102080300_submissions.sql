-- Open calls and what is submitted to them. The two rules of the platform are kept here, whoever writes the row:
-- only inside the open call's window, and at most two photographs a photographer a week.

create table public.open_calls (
  id uuid primary key default gen_random_uuid(),
  title text not null check (char_length(title) between 1 and 120),
  brief text not null default '' check (char_length(brief) <= 4000),
  theme_id uuid references public.themes (id) on delete set null,
  opens_at timestamptz not null,
  closes_at timestamptz not null,
  constraint open_calls_opens_before_it_closes check (opens_at < closes_at),
  constraint open_calls_one_at_a_time exclude using gist (tstzrange(opens_at, closes_at) with &&)
);

create index open_calls_theme_id on public.open_calls (theme_id);

comment on table public.open_calls is
  e'A call for photographs with a window of time. One is open at a time.\n'
  '@graphql({"name": "OpenCall"})';
comment on column public.open_calls.brief is 'What the editors look for.';
comment on column public.open_calls.opens_at is 'The first moment to submit.';
comment on column public.open_calls.closes_at is 'The moment from which nothing can be submitted any more.';
comment on constraint open_calls_theme_id_fkey on public.open_calls is
  e'@graphql({"foreign_name": "theme", "local_name": "openCalls"})';

alter table public.open_calls enable row level security;
revoke all on public.open_calls from anon, authenticated;
grant all on public.open_calls to service_role;
grant select on public.open_calls to anon, authenticated;
grant insert, update, delete on public.open_calls to authenticated;

create policy "Everyone sees open calls"
  on public.open_calls for select to anon, authenticated
  using (true);

create policy "Editors add open calls"
  on public.open_calls for insert to authenticated
  with check ((select private.is_editor()));

create policy "Editors change open calls"
  on public.open_calls for update to authenticated
  using ((select private.is_editor()))
  with check ((select private.is_editor()));

create policy "Editors delete open calls"
  on public.open_calls for delete to authenticated
  using ((select private.is_editor()));

create function public._is_open(open_call public.open_calls)
returns boolean
language sql
stable
set search_path = ''
as $$
  select now() >= open_call.opens_at and now() < open_call.closes_at;
$$;

comment on function public._is_open(public.open_calls) is 'Whether photographs can be submitted now.';

create function public.current_open_call()
returns public.open_calls
language sql
stable
set search_path = ''
as $$
  select * from public.open_calls where now() >= opens_at and now() < closes_at;
$$;

comment on function public.current_open_call() is 'The open call that takes submissions now, if there is one.';


-- Weeks begin on Monday, 00:00 UTC.
create function private.week_of(moment timestamptz)
returns date
language sql
immutable
set search_path = ''
as $$
  select date_trunc('week', moment at time zone 'utc')::date;
$$;

create type public.submission_status as enum ('pending', 'selected', 'rejected');
comment on type public.submission_status is 'Whether the editors have decided, and how.';

create table public.submissions (
  id uuid primary key default gen_random_uuid(),
  photograph_id uuid not null,
  photographer_id uuid not null references public.photographers (id) on delete cascade,
  open_call_id uuid not null references public.open_calls (id) on delete restrict,
  status public.submission_status not null default 'pending',
  submitted_at timestamptz not null default now(),
  week date not null generated always as (private.week_of(submitted_at)) stored,
  place smallint not null,

  unique (photograph_id, open_call_id),
  constraint submissions_photograph_fkey foreign key (photograph_id, photographer_id)
    references public.photographs (id, photographer_id) on delete cascade,
  -- The weekly limit itself: a week has two places a photographer, and a place holds one submission. No two
  -- transactions can take the same place, at any isolation level. The trigger below only chooses a free one.
  constraint submissions_two_a_week check (place in (1, 2)),
  constraint submissions_one_a_place unique (photographer_id, week, place)
);

create index submissions_open_call_id on public.submissions (open_call_id);
create index submissions_queue on public.submissions (submitted_at) where status = 'pending';

comment on table public.submissions is
  e'A photograph offered to an open call.\n'
  '@graphql({"name": "Submission", "totalCount": {"enabled": true}, "aggregate": {"enabled": true}})';
comment on column public.submissions.photographer_id is
  'Whose photograph it is; always the photograph''s own photographer.';
comment on column public.submissions.status is 'Changes by a review, never directly.';
comment on column public.submissions.week is 'The Monday (UTC) of the week the submission counts for.';
comment on column public.submissions.place is
  'The first or the second of the photographer''s two submissions of the week.';
comment on constraint submissions_photograph_fkey on public.submissions is
  e'@graphql({"foreign_name": "photograph", "local_name": "submissions"})';
comment on constraint submissions_photographer_id_fkey on public.submissions is
  e'@graphql({"foreign_name": "photographer", "local_name": "submissions"})';
comment on constraint submissions_open_call_id_fkey on public.submissions is
  e'@graphql({"foreign_name": "openCall", "local_name": "submissions"})';

alter table public.submissions enable row level security;
revoke all on public.submissions from anon, authenticated;
grant all on public.submissions to service_role;
grant select on public.submissions to anon, authenticated;
grant insert (photograph_id, open_call_id) on public.submissions to authenticated;

create policy "Photographers see their submissions, everyone the selected"
  on public.submissions for select to anon, authenticated
  using (
    status = 'selected'
    or photographer_id = (select auth.uid())
    or (select private.is_editor())
  );

create policy "Photographers submit their photographs"
  on public.submissions for insert to authenticated
  with check (photographer_id = (select auth.uid()));

-- Refuses what the rules forbid, in words. Runs as the caller, so it knows no more of others' photographs than they do.
create function private.admit_submission()
returns trigger
language plpgsql
set search_path = ''
as $$
declare
  photograph public.photographs;
  open_call public.open_calls;
  taken smallint[];
begin
  select * into photograph from public.photographs where id = new.photograph_id;
  if not found then
    raise exception 'There is no such photograph.' using errcode = 'P0001';
  end if;

  -- One at a time for each photographer: who comes second waits here, and then counts the first one's submission too.
  perform pg_advisory_xact_lock(hashtextextended('submissions of ' || photograph.photographer_id, 0));

  select * into photograph from public.photographs where id = new.photograph_id;
  if photograph.status not in ('draft', 'rejected') then
    raise exception 'This photograph is already %.', photograph.status using errcode = 'P0001';
  elsif photograph.developed_at is null then
    raise exception 'This photograph is not developed yet.'
      using errcode = 'P0001', hint = 'Call the function `develop` with its id first.';
  end if;

  select * into open_call from public.open_calls where id = new.open_call_id;
  if not found then
    raise exception 'There is no such open call.' using errcode = 'P0001';
  elsif new.submitted_at < open_call.opens_at or new.submitted_at >= open_call.closes_at then
    raise exception 'The open call "%" is not open.', open_call.title
      using errcode = 'P0001',
        hint = format('It takes submissions from %s to %s.', open_call.opens_at, open_call.closes_at);
  end if;

  select coalesce(array_agg(place), '{}') into taken from public.submissions
  where photographer_id = photograph.photographer_id and week = private.week_of(new.submitted_at);
  if cardinality(taken) >= 2 then
    raise exception 'Two photographs a week can be submitted, and this week''s two are.'
      using errcode = 'P0001', hint = format('The next week begins on %s.', private.week_of(new.submitted_at) + 7);
  end if;

  new.photographer_id := photograph.photographer_id;
  new.place := case when 1 = any (taken) then 2 else 1 end;
  new.status := 'pending';
  return new;
end;
$$;

create trigger admit_submission
  before insert on public.submissions
  for each row
  execute function private.admit_submission();

-- Photographers may not write a photograph's status; this does so for them.
create function private.mark_submitted()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  update public.photographs set status = 'submitted' where id = new.photograph_id;
  return null;
end;
$$;

create trigger mark_submitted
  after insert on public.submissions
  for each row
  execute function private.mark_submitted();


create function public.submit_photograph(photograph_id uuid, open_call_id uuid)
returns public.submissions
language sql
volatile
set search_path = ''
as $$
  insert into public.submissions (photograph_id, open_call_id)
  values (submit_photograph.photograph_id, submit_photograph.open_call_id)
  returning *;
$$;

comment on function public.submit_photograph(uuid, uuid) is
  'Submits one of the caller''s photographs to an open call. Refused outside the call''s window, before the photograph '
  'is developed, and for a third photograph in a week.';
revoke execute on function public.submit_photograph(uuid, uuid) from public, anon;
grant execute on function public.submit_photograph(uuid, uuid) to authenticated, service_role;

create function public.submissions_left()
returns integer
language sql
stable
set search_path = ''
as $$
  select 2 - count(*)::integer from public.submissions
  where photographer_id = (select auth.uid()) and week = private.week_of(now());
$$;

comment on function public.submissions_left() is 'How many photographs the caller can still submit this week.';
revoke execute on function public.submissions_left() from public, anon;
grant execute on function public.submissions_left() to authenticated, service_role;
