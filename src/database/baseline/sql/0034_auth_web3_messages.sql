-- Messages of wallets that signed somebody in, by their SHA-256, until they are too old to do it again. Logged: after a
-- crash they are as spent as before.
create table portico.auth_web3_messages (
  hash bytea primary key,
  expires_at timestamptz not null
);
create index on portico.auth_web3_messages (expires_at);
grant select, insert, delete on portico.auth_web3_messages to supabase_auth_admin;
