-- Applied once, in the order of the names. Make the next one with: portico migration new NAME

create table public.notes (
  id bigint generated always as identity primary key,
  author uuid not null default auth.uid() references auth.users (id) on delete cascade,
  body text not null check (length(body) between 1 and 10000),
  is_public boolean not null default false,
  created_at timestamptz not null default now()
);

create index notes_author_idx on public.notes (author);

-- Comments describe the GraphQL API, and shape it: createdAt instead of created_at, and totalCount for collections of notes.
comment on schema public is '@graphql({"inflect_names": true})';
comment on table public.notes is '@graphql({"totalCount": {"enabled": true}, "description": "What somebody wants to remember, or to share."})';
comment on column public.notes.is_public is 'Whether everyone may read it, or its author alone.';

-- Row-level security decides who may do what; nothing else does.
alter table public.notes enable row level security;

create policy "public notes are for all" on public.notes
  for select using (is_public);

create policy "authors do as they like with their notes" on public.notes
  for all to authenticated
  using (author = (select auth.uid()))
  with check (author = (select auth.uid()));

grant select on public.notes to anon;
grant select, insert, update, delete on public.notes to authenticated, service_role;
