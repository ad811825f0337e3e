-- Who is an editor. Auth asks this hook for the claims of each token (config.toml, [auth.hook.custom_access_token]), so
-- that a change of the table counts from the next sign-in or refresh:
--   insert into private.editors (user_id) select id from auth.users where email = 'someone@example.com';
create table private.editors (
  user_id uuid primary key references auth.users (id) on delete cascade
);
alter table private.editors enable row level security;
create policy "Auth reads who is an editor" on private.editors for select to supabase_auth_admin using (true);
grant usage on schema private to supabase_auth_admin;
grant select on private.editors to supabase_auth_admin;

-- Until now users' app_metadata said so.
insert into private.editors (user_id)
select id from auth.users where raw_app_meta_data ->> 'role' = 'editor';

create function private.claim_role(event jsonb)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select jsonb_set(
    event,
    '{claims,app_metadata}',
    coalesce(event #> '{claims,app_metadata}', '{}') - 'role'
      || case
        when exists (select from private.editors e where e.user_id = (event ->> 'user_id')::uuid)
        then '{"role": "editor"}'::jsonb
        else '{}'
      end
  );
$$;
comment on function private.claim_role(jsonb) is 'Auth''s hook: the role that private.is_editor() reads in a token.';
revoke execute on function private.claim_role(jsonb) from public;
grant execute on function private.claim_role(jsonb) to supabase_auth_admin;
