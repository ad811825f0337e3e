create table public.notes (
  id bigint generated always as identity primary key,
  owner uuid not null default auth.uid(),
  body text not null
);
create index on public.notes (owner);
alter table public.notes enable row level security;
create policy "owners read" on public.notes for select to authenticated using (owner = (select auth.uid()));
create policy "owners write" on public.notes for insert to authenticated with check (owner = (select auth.uid()));
grant select, insert on public.notes to authenticated;
