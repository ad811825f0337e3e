-- How often somebody asked, where several copies of Auth count together. The columns are rate-limiter-flexible's; counts
-- that a crash forgets do no harm.
create unlogged table portico.auth_rate_limits (
  key varchar(255) primary key,
  points integer not null default 0,
  expire bigint
);
grant usage on schema portico to supabase_auth_admin;
grant select, insert, update, delete on portico.auth_rate_limits to supabase_auth_admin;
