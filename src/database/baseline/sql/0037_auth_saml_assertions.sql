-- Assertions of identity providers that signed somebody in, by their SHA-256, until they are too old to do it again; and
-- when the session has to end, where an app gets it for a code. Logged: after a crash they are as spent as before.
create table portico.auth_saml_assertions (
  hash bytea primary key,
  expires_at timestamptz not null,
  flow_state_id uuid unique,
  session_not_after timestamptz
);
create index on portico.auth_saml_assertions (expires_at);
grant select, insert, delete on portico.auth_saml_assertions to supabase_auth_admin;
