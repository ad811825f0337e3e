-- What Portico remembers of the project whose SQL runs here; written in that SQL's own transactions, as `postgres`.
create table portico.project (
  one boolean primary key default true check (one),
  -- Set by the first start, before the first migration.
  begun_at timestamptz not null default now(),
  -- Set once all seeds are in; seeds never run again after that.
  seeded_at timestamptz
);
create table portico.unfinished (
  file text primary key,
  statements integer not null,
  digest text not null
);
comment on table portico.unfinished is 'SQL files that cannot run in one transaction and have come this far.';

grant usage on schema portico to postgres;
grant select, insert, update, delete on portico.project, portico.unfinished to postgres;
grant select, insert on portico.stand_ins to postgres;
