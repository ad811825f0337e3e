-- Runs once, after the migrations, on a new database. Again with: portico db reset

insert into auth.users (id, aud, role, email, email_confirmed_at, created_at, updated_at)
values ('00000000-0000-4000-8000-000000000001', 'authenticated', 'authenticated', 'ada@example.com', now(), now(), now());

insert into public.notes (author, body, is_public)
values ('00000000-0000-4000-8000-000000000001', 'Welcome! Everyone can read this note.', true);
