-- Processes that run Realtime on this database, and the keys that they agree on others by. Whoever reads them can neither
-- read nor write what the processes tell one another; a row counts as long as the session lives that wrote it.
create unlogged table portico.realtime_peers (
  id bytea primary key,
  public_key bytea not null,
  pid integer not null,
  since timestamptz not null
);
comment on table portico.realtime_peers is 'Processes whose clients hear each other in Realtime''s channels.';
