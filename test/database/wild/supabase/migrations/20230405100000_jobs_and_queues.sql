create extension if not exists pg_cron with schema pg_catalog;
grant usage on schema cron to postgres;
grant all privileges on all tables in schema cron to postgres;
create schema if not exists pgmq;
create extension if not exists pgmq with schema pgmq;

select cron.schedule('nightly-vacuum', '0 3 * * *', 'VACUUM');
select cron.schedule(
  'invoke-function-every-minute',
  '* * * * *',
  $$
  select net.http_post(
    url := (select decrypted_secret from vault.decrypted_secrets where name = 'project_url') || '/functions/v1/hello',
    headers := jsonb_build_object('Content-type', 'application/json', 'Authorization', 'Bearer ' || (select decrypted_secret from vault.decrypted_secrets where name = 'anon_key')),
    body := concat('{"time": "', now(), '"}')::jsonb
  ) as request_id;
  $$
);
select vault.create_secret('http://127.0.0.1:54321', 'project_url');
select vault.create_secret('the key', 'anon_key', 'Used by cron');

select pgmq.create('emails');
alter table pgmq.q_emails enable row level security;
create or replace function public.enqueue(address text) returns bigint language sql security definer set search_path = '' as $$
  select * from pgmq.send('emails', jsonb_build_object('to', address));
$$;
revoke execute on function public.enqueue from anon, public;
