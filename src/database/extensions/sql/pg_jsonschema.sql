-- JSON Schema (2020-12, and the older forms of items, additionalItems and dependencies) in SQL.
-- https://json-schema.org/draft/2020-12/json-schema-validation

-- One line for each thing wrong; none if the instance is valid.
create function @extschema@._jsonschema_errors(schema jsonb, instance jsonb, root jsonb, path text, depth integer)
returns setof text language plpgsql immutable parallel safe as $$
declare
  kind constant text := jsonb_typeof(instance);
  keyword text;
  rule jsonb;
  number numeric;
  target jsonb;
  matches integer;
  part record;
begin
  if jsonb_typeof(schema) = 'boolean' then
    if schema = 'false' then return next path || ': nothing is allowed here'; end if;
    return;
  elsif jsonb_typeof(schema) <> 'object' then
    raise exception 'pg_jsonschema: a schema must be an object or a boolean, at %', path using errcode = '22023';
  elsif depth > 100 then
    raise exception 'pg_jsonschema: references without end at %', path using errcode = '54001';
  end if;
  if kind = 'number' then number := (instance #>> '{}')::numeric; end if;

  for keyword, rule in select * from jsonb_each(schema) loop
    case keyword
      when 'type' then
        if not exists (
          select from jsonb_array_elements_text(case jsonb_typeof(rule) when 'array' then rule else jsonb_build_array(rule) end) t
          where t = kind or (t = 'integer' and number = trunc(number))
        ) then return next format('%s: %s is not of type %s', path, instance, rule); end if;
      when 'enum' then
        if not exists (select from jsonb_array_elements(rule) e where e = instance) then
          return next format('%s: %s is not one of %s', path, instance, rule);
        end if;
      when 'const' then
        if rule <> instance then return next format('%s: %s was expected', path, rule); end if;

      when 'multipleOf' then
        if mod(number, (rule #>> '{}')::numeric) <> 0 then return next format('%s: %s is not a multiple of %s', path, number, rule); end if;
      when 'maximum' then
        if number > (rule #>> '{}')::numeric then return next format('%s: %s is greater than %s', path, number, rule); end if;
      when 'minimum' then
        if number < (rule #>> '{}')::numeric then return next format('%s: %s is less than %s', path, number, rule); end if;
      when 'exclusiveMaximum' then
        if number >= (rule #>> '{}')::numeric then return next format('%s: %s is not less than %s', path, number, rule); end if;
      when 'exclusiveMinimum' then
        if number <= (rule #>> '{}')::numeric then return next format('%s: %s is not greater than %s', path, number, rule); end if;

      when 'maxLength' then
        if kind = 'string' and length(instance #>> '{}') > (rule #>> '{}')::numeric then
          return next format('%s: longer than %s characters', path, rule);
        end if;
      when 'minLength' then
        if kind = 'string' and length(instance #>> '{}') < (rule #>> '{}')::numeric then
          return next format('%s: shorter than %s characters', path, rule);
        end if;
      when 'pattern' then
        if kind = 'string' and (instance #>> '{}') !~ (rule #>> '{}') then
          return next format('%s: %s does not match %s', path, instance, rule);
        end if;

      when 'maxItems' then
        if kind = 'array' and jsonb_array_length(instance) > (rule #>> '{}')::numeric then
          return next format('%s: more than %s items', path, rule);
        end if;
      when 'minItems' then
        if kind = 'array' and jsonb_array_length(instance) < (rule #>> '{}')::numeric then
          return next format('%s: fewer than %s items', path, rule);
        end if;
      when 'uniqueItems' then
        if kind = 'array' and rule = 'true'
          and (select count(*) <> count(distinct e) from jsonb_array_elements(instance) e)
        then return next path || ': has equal items'; end if;
      when 'prefixItems' then
        if kind = 'array' then
          return query select e from jsonb_array_elements(rule) with ordinality r (s, i),
            @extschema@._jsonschema_errors(r.s, instance -> (i - 1)::integer, root, format('%s/%s', path, i - 1), depth + 1) e
            where i <= jsonb_array_length(instance);
        end if;
      when 'items' then
        if kind = 'array' then
          return query select e from jsonb_array_elements(instance) with ordinality v (item, i)
            cross join lateral (select case
              when jsonb_typeof(rule) = 'array' then coalesce(rule -> (i - 1)::integer, schema -> 'additionalItems', 'true')
              when i <= coalesce(jsonb_array_length(schema -> 'prefixItems'), 0) then 'true'
              else rule end) r (s),
            @extschema@._jsonschema_errors(r.s, item, root, format('%s/%s', path, i - 1), depth + 1) e;
        end if;
      when 'contains' then
        if kind = 'array' then
          select count(*) into matches from jsonb_array_elements(instance) item
          where not exists (select from @extschema@._jsonschema_errors(rule, item, root, path, depth + 1));
          if matches < coalesce((schema ->> 'minContains')::integer, 1)
            or matches > coalesce((schema ->> 'maxContains')::integer, matches)
          then return next format('%s: %s items match what it must contain', path, matches); end if;
        end if;

      when 'maxProperties' then
        if kind = 'object' and (select count(*) from jsonb_object_keys(instance)) > (rule #>> '{}')::numeric then
          return next format('%s: more than %s properties', path, rule);
        end if;
      when 'minProperties' then
        if kind = 'object' and (select count(*) from jsonb_object_keys(instance)) < (rule #>> '{}')::numeric then
          return next format('%s: fewer than %s properties', path, rule);
        end if;
      when 'required' then
        if kind = 'object' then
          return query select format('%s: "%s" is a required property', path, name)
            from jsonb_array_elements_text(rule) name where not instance ? name;
        end if;
      when 'properties' then
        if kind = 'object' then
          return query select e from jsonb_each(rule) p,
            @extschema@._jsonschema_errors(p.value, instance -> p.key, root, format('%s/%s', path, p.key), depth + 1) e
            where instance ? p.key;
        end if;
      when 'patternProperties' then
        if kind = 'object' then
          return query select e from jsonb_each(rule) p, jsonb_each(instance) v,
            @extschema@._jsonschema_errors(p.value, v.value, root, format('%s/%s', path, v.key), depth + 1) e
            where v.key ~ p.key;
        end if;
      when 'additionalProperties' then
        if kind = 'object' then
          return query select e from jsonb_each(instance) v,
            @extschema@._jsonschema_errors(rule, v.value, root, format('%s/%s', path, v.key), depth + 1) e
            where not coalesce(schema -> 'properties' ? v.key, false)
              and not exists (select from jsonb_object_keys(coalesce(schema -> 'patternProperties', '{}')) pattern where v.key ~ pattern);
        end if;
      when 'propertyNames' then
        if kind = 'object' then
          return query select e from jsonb_object_keys(instance) name,
            @extschema@._jsonschema_errors(rule, to_jsonb(name), root, format('%s/%s', path, name), depth + 1) e;
        end if;
      when 'dependentRequired', 'dependentSchemas', 'dependencies' then
        for part in select d.key, d.value from jsonb_each(rule) d where kind = 'object' and instance ? d.key loop
          if jsonb_typeof(part.value) = 'array' then
            return query select format('%s: "%s" is required where "%s" is', path, name, part.key)
              from jsonb_array_elements_text(part.value) name where not instance ? name;
          else
            return query select * from @extschema@._jsonschema_errors(part.value, instance, root, path, depth + 1);
          end if;
        end loop;

      when 'allOf' then
        return query select e from jsonb_array_elements(rule) s,
          @extschema@._jsonschema_errors(s, instance, root, path, depth + 1) e;
      when 'anyOf', 'oneOf' then
        select count(*) into matches from jsonb_array_elements(rule) s
        where not exists (select from @extschema@._jsonschema_errors(s, instance, root, path, depth + 1));
        if matches = 0 or (keyword = 'oneOf' and matches > 1) then
          return next format('%s: %s of the schemas of %s match', path, matches, keyword);
        end if;
      when 'not' then
        if not exists (select from @extschema@._jsonschema_errors(rule, instance, root, path, depth + 1)) then
          return next path || ': matches what it must not';
        end if;
      when 'if' then
        target := schema -> case
          when exists (select from @extschema@._jsonschema_errors(rule, instance, root, path, depth + 1)) then 'else' else 'then' end;
        if target is not null then
          return query select * from @extschema@._jsonschema_errors(target, instance, root, path, depth + 1);
        end if;

      when '$ref' then
        if rule #>> '{}' !~ '^#(/|$)' then
          raise exception 'pg_jsonschema: only references into the same schema are followed, not %', rule using errcode = '0A000';
        end if;
        target := root #> array(
          select replace(replace(step, '~1', '/'), '~0', '~')
          from unnest((string_to_array(rule #>> '{}', '/'))[2:]) with ordinality steps (step, i) order by i);
        if target is null then
          raise exception 'pg_jsonschema: the reference % leads nowhere', rule using errcode = '22023';
        end if;
        return query select * from @extschema@._jsonschema_errors(target, instance, root, path, depth + 1);

      when 'unevaluatedProperties', 'unevaluatedItems', '$dynamicRef', '$recursiveRef' then
        raise exception 'pg_jsonschema: the keyword % is not supported', keyword using errcode = '0A000';
      else
        -- Annotations, definitions, and the companions of other keywords.
        null;
    end case;
  end loop;
end $$;

create function @extschema@.jsonb_matches_schema(schema json, instance jsonb) returns boolean
language sql immutable strict parallel safe as $$
  select not exists (select from @extschema@._jsonschema_errors(schema::jsonb, instance, schema::jsonb, '', 0))
$$;
create function @extschema@.json_matches_schema(schema json, instance json) returns boolean
language sql immutable strict parallel safe as $$
  select @extschema@.jsonb_matches_schema(schema, instance::jsonb)
$$;
create function @extschema@.jsonschema_validation_errors(schema json, instance json) returns text[]
language sql immutable strict parallel safe as $$
  select array(select @extschema@._jsonschema_errors(schema::jsonb, instance::jsonb, schema::jsonb, '', 0))
$$;
create function @extschema@.jsonschema_is_valid(schema json) returns boolean
language plpgsql immutable strict parallel safe as $$
begin
  if jsonb_typeof(schema::jsonb) not in ('object', 'boolean') then return false; end if;
  perform @extschema@._jsonschema_errors(schema::jsonb, example, schema::jsonb, '', 0)
  from unnest(array['null', 'true', '0', '""', '[null]', '{"a": null}']::jsonb[]) example;
  return true;
exception when others then
  return false;
end $$;
