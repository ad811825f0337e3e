-- Indexes that are only imagined need code inside the planner. The names exist; asking for one says so.
create function @extschema@.hypopg_create_index(sql_order text, out indexrelid oid, out indexname text) returns setof record
language plpgsql as $$
begin
  raise exception 'hypopg: indexes can not be imagined here' using errcode = '0A000',
    hint = 'Create the index in a transaction, look at explain, and roll back; or use --db-url with a server that has hypopg.';
end $$;
create function @extschema@.hypopg(
  out indexname text, out indexrelid oid, out indrelid oid, out innatts integer, out indisunique boolean, out indkey int2vector,
  out indcollation oidvector, out indclass oidvector, out indoption oidvector, out indexprs pg_node_tree,
  out indpred pg_node_tree, out amid oid
) returns setof record language sql as $$
  select null::text, null::oid, null::oid, null::integer, null::boolean, null::int2vector, null::oidvector, null::oidvector,
    null::oidvector, null::pg_node_tree, null::pg_node_tree, null::oid where false
$$;
create function @extschema@.hypopg_drop_index(indexid oid) returns boolean language sql as $$ select false $$;
create function @extschema@.hypopg_reset() returns void language sql as $$ $$;
create view @extschema@.hypopg_list_indexes as
  select indexrelid, indexname as index_name, null::name as schema_name, null::name as table_name, null::name as am_name
  from @extschema@.hypopg();
