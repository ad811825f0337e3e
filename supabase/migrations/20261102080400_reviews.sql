-- The editors' side: a queue of pending submissions, and one review for each, which decides it.

create type public.review_decision as enum ('select', 'reject');
comment on type public.review_decision is 'Selecting a photograph publishes it.';

create table public.reviews (
  submission_id uuid primary key references public.submissions (id) on delete cascade,
  editor_id uuid default auth.uid() references public.photographers (id) on delete set null,
  decision public.review_decision not null,
  note text not null default '' check (char_length(note) <= 1000),
  created_at timestamptz not null default now(),
  constraint reviews_rejections_say_why check (decision = 'select' or note <> '')
);

create index reviews_editor_id on public.reviews (editor_id);

comment on table public.reviews is
  e'An editor''s decision on a submission. There is one a submission, and it is final.\n'
  '@graphql({"name": "Review", "totalCount": {"enabled": true}})';
comment on column public.reviews.editor_id is 'Who decided; the caller unless said otherwise.';
comment on column public.reviews.note is 'To the photographer. A rejection needs one.';
comment on constraint reviews_submission_id_fkey on public.reviews is
  e'@graphql({"foreign_name": "submission", "local_name": "review"})';
comment on constraint reviews_editor_id_fkey on public.reviews is
  e'@graphql({"foreign_name": "editor", "local_name": "reviews"})';

alter table public.reviews enable row level security;
revoke all on public.reviews from anon, authenticated;
grant all on public.reviews to service_role;
grant select on public.reviews to authenticated;
grant insert (submission_id, decision, note) on public.reviews to authenticated;

create policy "Editors see reviews, photographers those of their submissions"
  on public.reviews for select to authenticated
  using (
    (select private.is_editor())
    or exists (
      select from public.submissions s
      where s.id = submission_id and s.photographer_id = (select auth.uid())
    )
  );

create policy "Editors review submissions, but not their own"
  on public.reviews for insert to authenticated
  with check (
    (select private.is_editor())
    and editor_id = (select auth.uid())
    and not exists (
      select from public.submissions s
      where s.id = submission_id and s.photographer_id = (select auth.uid())
    )
  );

-- A review takes effect with its own row, in the same transaction.
create function private.apply_review()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  photograph_id uuid;
begin
  update public.submissions s
  set status = case new.decision when 'select' then 'selected' else 'rejected' end::public.submission_status
  where s.id = new.submission_id
  returning s.photograph_id into photograph_id;

  update public.photographs p
  set
    status = case new.decision when 'select' then 'selected' else 'rejected' end::public.photograph_status,
    published_at = case new.decision when 'select' then new.created_at end
  where p.id = photograph_id;
  return null;
end;
$$;

create trigger apply_review
  after insert on public.reviews
  for each row
  execute function private.apply_review();


create function public.review_queue()
returns setof public.submissions
language sql
stable
set search_path = ''
as $$
  select * from public.submissions where status = 'pending' order by submitted_at;
$$;

comment on function public.review_queue() is
  'What waits for a decision, the longest waiting first. A photographer sees only their own.';
revoke execute on function public.review_queue() from public, anon;
grant execute on function public.review_queue() to authenticated, service_role;

create function public.review_submission(submission_id uuid, decision public.review_decision, note text)
returns public.submissions
language plpgsql
volatile
set search_path = ''
as $$
declare
  reviewed public.submissions;
begin
  insert into public.reviews (submission_id, decision, note)
  values (review_submission.submission_id, review_submission.decision, review_submission.note)
  on conflict on constraint reviews_pkey do nothing;

  -- The same decision twice (a retry, a double click) is one decision; another one comes too late.
  if not found and not exists (
    select from public.reviews r
    where r.submission_id = review_submission.submission_id and r.decision = review_submission.decision
  ) then
    raise exception 'This submission was already decided the other way.' using errcode = 'P0001';
  end if;

  select * into reviewed from public.submissions s where s.id = review_submission.submission_id;
  return reviewed;
end;
$$;

comment on function public.review_submission(uuid, public.review_decision, text) is
  'For editors: decides a submission, with a note to the photographer. Selecting publishes the photograph. Repeating a '
  'decision changes nothing.';
revoke execute on function public.review_submission(uuid, public.review_decision, text) from public, anon;
grant execute on function public.review_submission(uuid, public.review_decision, text) to authenticated, service_role;
