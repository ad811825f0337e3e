-- Costs as they are, and no advice: what an index would save can only be told by a planner that imagines it (hypopg).
create function @extschema@.index_advisor(query text) returns table (
  startup_cost_before jsonb, startup_cost_after jsonb, total_cost_before jsonb, total_cost_after jsonb,
  index_statements text[], errors text[]
) language plpgsql as $$
declare
  plan jsonb;
  generic constant text := case when current_setting('server_version_num')::integer >= 160000 then 'generic_plan, ' else '' end;
begin
  execute format('explain (%sformat json) %s', generic, query) into plan;
  return query select plan #> '{0,Plan,Startup Cost}', plan #> '{0,Plan,Startup Cost}', plan #> '{0,Plan,Total Cost}',
    plan #> '{0,Plan,Total Cost}', '{}'::text[], array['no advice: indexes can not be imagined here (see hypopg)'];
exception when others then
  return query select null::jsonb, null::jsonb, null::jsonb, null::jsonb, '{}'::text[], array[sqlerrm];
end $$;
