-- Photographs and their themes. The files are in storage: the original in the bucket `photographs`, and the two sizes
-- that the function `develop` makes of it in the bucket `developed`.

create type public.photograph_status as enum ('draft', 'submitted', 'selected', 'rejected');
comment on type public.photograph_status is
  'How far a photograph has come: a draft is its photographer''s alone, a selected photograph is public.';

create table public.photographs (
  id uuid primary key default gen_random_uuid(),
  photographer_id uuid not null default auth.uid() references public.photographers (id) on delete cascade,
  title text not null check (char_length(title) between 1 and 120),
  caption text not null default '' check (char_length(caption) <= 1000),
  taken_on date,
  status public.photograph_status not null default 'draft',
  path text not null unique check (char_length(path) <= 300),
  width integer check (width > 0),
  height integer check (height > 0),
  aspect_ratio double precision generated always as (width::double precision / height) stored,
  gallery_path text unique,
  thumbnail_path text unique,
  developed_at timestamptz,
  published_at timestamptz,
  created_at timestamptz not null default now(),

  -- Target of a foreign key: a submission names the photograph together with its photographer.
  unique (id, photographer_id),
  constraint photographs_path_is_own check (starts_with(path, photographer_id::text || '/')),
  constraint photographs_developed_whole
    check (num_nulls(width, height, gallery_path, thumbnail_path, developed_at) in (0, 5)),
  constraint photographs_developed_before_submitted check (status = 'draft' or developed_at is not null),
  constraint photographs_published_when_selected check ((status = 'selected') = (published_at is not null))
);

create index photographs_photographer_id on public.photographs (photographer_id, created_at desc);
create index photographs_gallery on public.photographs (published_at desc) where status = 'selected';

comment on table public.photographs is
  e'A photograph. A draft is seen by its photographer alone, a submitted one by the editors, a selected one by all.\n'
  '@graphql({"name": "Photograph", "totalCount": {"enabled": true}, "aggregate": {"enabled": true}})';
comment on column public.photographs.photographer_id is 'Whose photograph it is; the caller unless said otherwise.';
comment on column public.photographs.title is 'Up to 120 characters.';
comment on column public.photographs.caption is 'What the photograph shows, and whom to credit; up to 1000 characters.';
comment on column public.photographs.taken_on is 'The day the photograph was taken.';
comment on column public.photographs.status is 'Changes by submitting and reviewing, never directly.';
comment on column public.photographs.path is
  'Where the original is in the bucket `photographs`: in a folder named after the photographer''s id.';
comment on column public.photographs.width is
  'Of the upright original, in pixels. Null until the photograph is developed.';
comment on column public.photographs.height is
  'Of the upright original, in pixels. Null until the photograph is developed.';
comment on column public.photographs.aspect_ratio is
  'Width by height: room can be kept for the picture before it has loaded.';
comment on column public.photographs.gallery_path is
  'Where the size for the gallery is in the bucket `developed`: at most 1200 pixels wide and high.';
comment on column public.photographs.thumbnail_path is
  'Where the thumbnail is in the bucket `developed`: at most 300 pixels wide and high.';
comment on column public.photographs.developed_at is
  'When the function `develop` made the two sizes. Only a developed photograph can be submitted.';
comment on column public.photographs.published_at is 'When the photograph was selected, and with that became public.';
comment on constraint photographs_photographer_id_fkey on public.photographs is
  e'@graphql({"foreign_name": "photographer", "local_name": "photographs"})';

alter table public.photographs enable row level security;
revoke all on public.photographs from anon, authenticated;
grant all on public.photographs to service_role;
grant select on public.photographs to anon, authenticated;
grant insert (title, caption, taken_on, path), update (title, caption, taken_on), delete
  on public.photographs to authenticated;

create policy "Drafts are private, selected photographs public"
  on public.photographs for select to anon, authenticated
  using (
    status = 'selected'
    or photographer_id = (select auth.uid())
    or (status <> 'draft' and (select private.is_editor()))
  );

create policy "Photographers add to their portfolio"
  on public.photographs for insert to authenticated
  with check (photographer_id = (select auth.uid()));

-- What is under review or public stays as the editors saw it.
create policy "Photographers edit what is not submitted"
  on public.photographs for update to authenticated
  using (photographer_id = (select auth.uid()) and status in ('draft', 'rejected'))
  with check (photographer_id = (select auth.uid()));

create policy "Photographers delete drafts"
  on public.photographs for delete to authenticated
  using (photographer_id = (select auth.uid()) and status = 'draft');


create table public.themes (
  id uuid primary key default gen_random_uuid(),
  slug text not null unique check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
  name text not null check (char_length(name) between 1 and 60),
  description text not null default '' check (char_length(description) <= 500)
);

comment on table public.themes is
  e'What photographs are about. Editors keep the list.\n'
  '@graphql({"name": "Theme"})';
comment on column public.themes.slug is 'For addresses: still-life.';
comment on column public.themes.name is 'For people: Still life.';
comment on column public.themes.description is 'What belongs to the theme.';

alter table public.themes enable row level security;
revoke all on public.themes from anon, authenticated;
grant all on public.themes to service_role;
grant select on public.themes to anon, authenticated;
grant insert, update, delete on public.themes to authenticated;

create policy "Everyone sees themes"
  on public.themes for select to anon, authenticated
  using (true);

create policy "Editors add themes"
  on public.themes for insert to authenticated
  with check ((select private.is_editor()));

create policy "Editors change themes"
  on public.themes for update to authenticated
  using ((select private.is_editor()))
  with check ((select private.is_editor()));

create policy "Editors delete themes"
  on public.themes for delete to authenticated
  using ((select private.is_editor()));


create table public.photograph_themes (
  photograph_id uuid references public.photographs (id) on delete cascade,
  theme_id uuid references public.themes (id) on delete cascade,
  primary key (photograph_id, theme_id)
);

create index photograph_themes_theme_id on public.photograph_themes (theme_id);

comment on table public.photograph_themes is
  e'A theme that a photographer gave a photograph.\n'
  '@graphql({"name": "PhotographTheme", "totalCount": {"enabled": true}})';
comment on constraint photograph_themes_photograph_id_fkey on public.photograph_themes is
  e'@graphql({"foreign_name": "photograph", "local_name": "themes"})';
comment on constraint photograph_themes_theme_id_fkey on public.photograph_themes is
  e'@graphql({"foreign_name": "theme", "local_name": "photographs"})';

alter table public.photograph_themes enable row level security;
revoke all on public.photograph_themes from anon, authenticated;
grant all on public.photograph_themes to service_role;
grant select on public.photograph_themes to anon, authenticated;
grant insert, delete on public.photograph_themes to authenticated;

-- The subqueries run as the caller: the policies of `photographs` decide which photographs they find.
create policy "Themes are seen with their photograph"
  on public.photograph_themes for select to anon, authenticated
  using (exists (select from public.photographs p where p.id = photograph_id));

create policy "Photographers give their photographs themes"
  on public.photograph_themes for insert to authenticated
  with check (
    exists (
      select from public.photographs p
      where p.id = photograph_id and p.photographer_id = (select auth.uid()) and p.status in ('draft', 'rejected')
    )
  );

create policy "Photographers take themes away"
  on public.photograph_themes for delete to authenticated
  using (
    exists (
      select from public.photographs p
      where p.id = photograph_id and p.photographer_id = (select auth.uid()) and p.status in ('draft', 'rejected')
    )
  );
