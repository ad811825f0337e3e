-- How often somebody asked, where several copies count together. The columns are rate-limiter-flexible's; counts that a
-- crash forgets do no harm.
set local role supabase_auth_admin;

create unlogged table auth.portico_rate_limits (
  key varchar(255) primary key,
  points integer not null default 0,
  expire bigint
);

reset role;
