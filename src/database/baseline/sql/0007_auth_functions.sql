-- What policies ask about the caller, and who may touch the tables of auth.
set local role supabase_auth_admin;

-- PostgREST once set one parameter a claim; a migration or a test may still do so, hence both.
create function auth.jwt() returns jsonb language sql stable parallel safe as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')
  )::jsonb
$$;

create function auth.uid() returns uuid language sql stable parallel safe as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim.sub', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub'
  )::uuid
$$;

create function auth.role() returns text language sql stable parallel safe as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim.role', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'role'
  )
$$;

create function auth.email() returns text language sql stable parallel safe as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim.email', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'email'
  )
$$;

comment on function auth.jwt() is 'The claims of the caller''s token.';
comment on function auth.uid() is 'The id of the caller, from the claim `sub`.';
comment on function auth.role() is 'The role the caller''s token names. Deprecated by Supabase: use the `TO` of a policy.';
comment on function auth.email() is 'The caller''s e-mail address. Deprecated by Supabase: use auth.jwt() ->> ''email''.';

-- The state of the schema in Supabase Auth's own terms, so that its migrations find nothing left to do.
create table auth.schema_migrations (version varchar(255) primary key);
comment on table auth.schema_migrations is 'Auth: versions of its schema.';
insert into auth.schema_migrations (version)
select unnest(array[
  '20171026211738', '20171026211808', '20171026211834', '20180103212743', '20180108183307', '20180119214651',
  '20180125194653', '00', '20210710035447', '20210722035447', '20210730183235', '20210909172000', '20210927181326',
  '20211122151130', '20211124214934', '20211202183645', '20220114185221', '20220114185340', '20220224000811',
  '20220323170000', '20220429102000', '20220531120530', '20220614074223', '20220811173540', '20221003041349',
  '20221003041400', '20221011041400', '20221020193600', '20221021073300', '20221021082433', '20221027105023',
  '20221114143122', '20221114143410', '20221125140132', '20221208132122', '20221215195500', '20221215195800',
  '20221215195900', '20230116124310', '20230116124412', '20230131181311', '20230322519590', '20230402418590',
  '20230411005111', '20230508135423', '20230523124323', '20230818113222', '20230914180801', '20231027141322',
  '20231114161723', '20231117164230', '20240115144230', '20240214120130', '20240306115329', '20240314092811',
  '20240427152123', '20240612123726', '20240729123726', '20240802193726', '20240806073726', '20241009103726',
  '20250717082212', '20250731150234', '20250804100000', '20250901200500', '20250903112500', '20250904133000',
  '20250925093508', '20251007112900', '20251104100000', '20251111201300', '20251201000000', '20260115000000',
  '20260121000000', '20260219120000', '20260302000000', '20260625000000'
]);

do $$
declare
  name text;
begin
  foreach name in array array[
    'users', 'identities', 'one_time_tokens', 'flow_state', 'instances', 'audit_log_entries', 'sessions',
    'refresh_tokens', 'mfa_factors', 'mfa_challenges', 'mfa_amr_claims', 'sso_providers', 'sso_domains',
    'saml_providers', 'saml_relay_states', 'schema_migrations'
  ] loop
    execute format('alter table auth.%I enable row level security', name);
    execute format('grant select on auth.%I to postgres with grant option', name);
  end loop;
end $$;

reset role;
