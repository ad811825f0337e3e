-- Search, time, money, geography of a database
create extension if not exists pg_trgm with schema extensions;
create extension if not exists "moddatetime" schema extensions;
create extension if not exists unaccent;
create extension if not exists pg_jsonschema with schema extensions;
create extension if not exists postgres_fdw with schema extensions;
drop extension if exists "pg_hashids";

create table public.articles (
  id bigserial primary key,
  slug text generated always as (lower(title)) stored,
  title text not null,
  body text,
  meta jsonb check (extensions.jsonb_matches_schema('{"type": "object"}', meta)),
  updated_at timestamptz not null default timezone('utc'::text, now()),
  fts tsvector generated always as (to_tsvector('english', coalesce(title, '') || ' ' || coalesce(body, ''))) stored
);
create index articles_fts on public.articles using gin (fts);
create index articles_title on public.articles using gin (title extensions.gin_trgm_ops);
create trigger handle_updated_at before update on public.articles for each row execute procedure extensions.moddatetime (updated_at);
create materialized view public.article_count as select count(*) as n from public.articles;
create unique index on public.article_count (n);
refresh materialized view concurrently public.article_count;

create function public.title_length(public.articles) returns int language sql immutable return length($1.title);
create or replace function public.describe(a int) returns text language sql begin atomic
  select case when a > 0 then 'some; many' else 'none' end;
end;
create procedure public.tidy() language plpgsql as $$ begin delete from public.articles where title = ''; commit; end $$;

-- Secrets of a user who is made by hand, as seeds do
set session_replication_role = replica;
insert into auth.users (instance_id, id, aud, role, email, encrypted_password, email_confirmed_at, raw_app_meta_data, raw_user_meta_data, created_at, updated_at)
values ('00000000-0000-0000-0000-000000000000', '11111111-1111-1111-1111-111111111111', 'authenticated', 'authenticated',
  'seed@example.com', crypt('password123', gen_salt('bf')), current_timestamp, '{"provider":"email","providers":["email"]}', '{}', current_timestamp, current_timestamp);
insert into auth.identities (id, user_id, provider_id, identity_data, provider, last_sign_in_at, created_at, updated_at)
values (uuid_generate_v4(), '11111111-1111-1111-1111-111111111111', '11111111-1111-1111-1111-111111111111',
  format('{"sub":"%s","email":"%s"}', '11111111-1111-1111-1111-111111111111', 'seed@example.com')::jsonb, 'email', current_timestamp, current_timestamp, current_timestamp);
set session_replication_role = origin;

create schema private;
revoke all on schema private from anon, authenticated;
create table private.keys (id int primary key default 1 check (id = 1), value bytea default extensions.gen_random_bytes(16));
