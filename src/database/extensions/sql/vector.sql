-- Vectors without code of their own in the server. A vector is kept as its text, which the server's parser of JSON reads, and
-- computed with as real[]. A search is exact and reads every row; an index keeps a hash of each vector and answers `=` alone.
create function @extschema@.vector_typmod_in(cstring[]) returns integer
language internal immutable strict parallel safe as 'varbittypmodin';
create function @extschema@.vector_typmod_out(integer) returns cstring
language internal immutable strict parallel safe as 'varbittypmodout';
create access method hnsw type index handler hashhandler;
create access method ivfflat type index handler hashhandler;

create procedure @extschema@.create_vector_kind(kind text) language plpgsql set search_path to pg_catalog, pg_temp as $procedure$
declare
  item record;
begin
  execute replace($sql$
    create type @extschema@.KIND;
    create function @extschema@.KIND_in(cstring) returns @extschema@.KIND
    language internal immutable strict parallel safe as 'json_in';
    create function @extschema@.KIND_out(@extschema@.KIND) returns cstring
    language internal immutable strict parallel safe as 'json_out';
    create type @extschema@.KIND (
      input = @extschema@.KIND_in, output = @extschema@.KIND_out, storage = external,
      typmod_in = @extschema@.vector_typmod_in, typmod_out = @extschema@.vector_typmod_out
    );

    create function @extschema@.KIND_to_float4(v @extschema@.KIND, typmod integer, explicit boolean) returns real[]
    language plpgsql immutable strict parallel safe as $$
    declare
      numbers real[];
    begin
      if v::text ~ '^\s*\[[^][{}]*\]\s*$' then
        numbers := replace(replace(v::text, '[', '{'), ']', '}')::real[];
        if array_position(numbers, null) is null then
          return numbers;
        end if;
      end if;
      raise exception using errcode = '22P02';
    exception when invalid_text_representation or numeric_value_out_of_range then
      raise exception 'invalid input syntax for type KIND: "%"', left(v::text, 100) using errcode = '22P02';
    end $$;
    create function @extschema@.array_to_KIND(numbers real[], typmod integer, explicit boolean) returns @extschema@.KIND
    language plpgsql immutable strict parallel safe as $$
    begin
      if array_ndims(numbers) > 1 then
        raise exception 'array must be 1-D' using errcode = '22000';
      elsif array_position(numbers, null) is not null then
        raise exception 'array must not contain nulls' using errcode = '22004';
      elsif array['NaN', 'Infinity', '-Infinity']::real[] && numbers then
        raise exception 'NaN and infinite values not allowed in KIND' using errcode = '22000';
      elsif cardinality(numbers) = 0 then
        raise exception 'KIND must have at least 1 dimension' using errcode = '22000';
      elsif typmod <> -1 and cardinality(numbers) <> typmod then
        raise exception 'expected % dimensions, not %', typmod, cardinality(numbers) using errcode = '22000';
      end if;
      return format('[%s]', array_to_string(numbers, ','))::@extschema@.KIND;
    end $$;
    create cast (@extschema@.KIND as real[]) with function @extschema@.KIND_to_float4(@extschema@.KIND, integer, boolean) as implicit;
    create cast (real[] as @extschema@.KIND) with function @extschema@.array_to_KIND(real[], integer, boolean) as assignment;

    create function @extschema@.KIND(v @extschema@.KIND, typmod integer, explicit boolean) returns @extschema@.KIND
    language sql immutable strict parallel safe
    return @extschema@.array_to_KIND(v::real[], typmod, explicit);
    create cast (@extschema@.KIND as @extschema@.KIND) with function @extschema@.KIND(@extschema@.KIND, integer, boolean) as implicit;

    create function @extschema@.vector_dims(@extschema@.KIND) returns integer language sql immutable strict parallel safe
    return cardinality($1::real[]);
    create function @extschema@.l2_norm(@extschema@.KIND) returns double precision language sql immutable strict parallel safe
    return (select sqrt(sum(x * x)) from unnest($1::real[]::double precision[]) x);
    create function @extschema@.l2_normalize(@extschema@.KIND) returns @extschema@.KIND language sql immutable strict parallel safe
    return (select array_agg(coalesce(x / nullif(@extschema@.l2_norm($1), 0), 0) order by n)::real[]::@extschema@.KIND
      from unnest($1::real[]::double precision[]) with ordinality as u (x, n));
    create function @extschema@.subvector(@extschema@.KIND, start integer, count integer) returns @extschema@.KIND
    language sql immutable strict parallel safe
    return ($1::real[])[greatest(start, 1):start + count - 1]::@extschema@.KIND;
    create function @extschema@.binary_quantize(@extschema@.KIND) returns bit language sql immutable strict parallel safe
    return (select string_agg(case when x > 0 then '1' else '0' end, '' order by n)::varbit::"bit"
      from unnest($1::real[]) with ordinality as u (x, n));

    create function @extschema@.KIND_cmp(@extschema@.KIND, @extschema@.KIND) returns integer language sql immutable strict parallel safe
    return btarraycmp($1::real[], $2::real[]);
    create function @extschema@.KIND_hash(@extschema@.KIND) returns integer language sql immutable strict parallel safe
    return hash_array($1::real[]);

    create function @extschema@.KIND_accum(state double precision[], v @extschema@.KIND) returns double precision[]
    language sql immutable strict parallel safe
    return (select array_agg(coalesce(x, 0) + coalesce(y, 0) order by n)
      from unnest(state, array[1::real] || v::real[]) with ordinality as u (x, y, n));
    create function @extschema@.KIND_avg(state double precision[]) returns @extschema@.KIND language sql immutable strict parallel safe
    return (select array_agg(x / state[1] order by n)::real[]::@extschema@.KIND
      from unnest(state[2:]) with ordinality as u (x, n));
    create aggregate @extschema@.avg(@extschema@.KIND) (
      sfunc = @extschema@.KIND_accum, stype = double precision[], initcond = '{}', finalfunc = @extschema@.KIND_avg
    );
  $sql$, 'KIND', kind);

  for item in select * from (values ('integer'), ('double precision'), ('numeric')) as t (source) loop
    execute format($sql$
      create function @extschema@.array_to_%1$I(%2$s[], integer, boolean) returns @extschema@.%1$I
      language sql immutable strict parallel safe
      return @extschema@.array_to_%1$I($1::real[], $2, $3);
      create cast (%2$s[] as @extschema@.%1$I)
      with function @extschema@.array_to_%1$I(%2$s[], integer, boolean) as assignment;
    $sql$, kind, item.source);
  end loop;

  for item in select * from (values
    ('l2_distance', '<->', 'sqrt(sum((x - y) * (x - y)))'),
    (kind || '_negative_inner_product', '<#>', '-sum(x * y)'),
    ('cosine_distance', '<=>', $$case when sum(x * x) * sum(y * y) = 0 then 'NaN'
      else 1 - greatest(-1, least(1, sum(x * y) / sqrt(sum(x * x) * sum(y * y)))) end$$),
    ('l1_distance', '<+>', 'sum(abs(x - y))'),
    ('inner_product', null, 'sum(x * y)')) as t (name, operator, formula)
  loop
    execute format($sql$
      create function @extschema@.%2$I(@extschema@.%1$I, @extschema@.%1$I) returns double precision
      language plpgsql immutable strict parallel safe cost 1000 as $$
      declare
        -- Without the checks of the cast, which have been made: they take half of the time.
        a constant double precision[] := replace(replace($1::text, '[', '{'), ']', '}');
        b constant double precision[] := replace(replace($2::text, '[', '{'), ']', '}');
      begin
        if cardinality(a) <> cardinality(b) then
          raise exception 'different %1$s dimensions %% and %%', cardinality(a), cardinality(b) using errcode = '22000';
        end if;
        return (select %3$s from unnest(a, b) as u (x, y));
      end $$;
    $sql$, kind, item.name, item.formula);
    if item.operator is not null then
      execute format($sql$
        create operator @extschema@.%3$s (
          leftarg = @extschema@.%1$I, rightarg = @extschema@.%1$I, procedure = @extschema@.%2$I,
          commutator = operator(@extschema@.%3$s)
        );
      $sql$, kind, item.name, item.operator);
    end if;
  end loop;

  for item in select * from (values ('add', '+'), ('sub', '-'), ('mul', '*')) as t (name, operator) loop
    execute format($sql$
      create function @extschema@.%1$s_%2$s(@extschema@.%1$I, @extschema@.%1$I) returns @extschema@.%1$I
      language plpgsql immutable strict parallel safe as $$
      declare
        a constant real[] := $1::real[];
        b constant real[] := $2::real[];
      begin
        if cardinality(a) <> cardinality(b) then
          raise exception 'different %1$s dimensions %% and %%', cardinality(a), cardinality(b) using errcode = '22000';
        end if;
        return (select array_agg(x %3$s y order by n)::@extschema@.%1$I from unnest(a, b) with ordinality as u (x, y, n));
      end $$;
      create operator @extschema@.%3$s (
        leftarg = @extschema@.%1$I, rightarg = @extschema@.%1$I, procedure = @extschema@.%1$s_%2$s
      );
    $sql$, kind, item.name, item.operator);
  end loop;
  execute format($sql$
    create function @extschema@.%1$s_concat(@extschema@.%1$I, @extschema@.%1$I) returns @extschema@.%1$I
    language sql immutable strict parallel safe
    return ($1::real[] || $2::real[])::@extschema@.%1$I;
    create operator @extschema@.|| (
      leftarg = @extschema@.%1$I, rightarg = @extschema@.%1$I, procedure = @extschema@.%1$s_concat
    );
    create aggregate @extschema@.sum(@extschema@.%1$I) (sfunc = @extschema@.%1$s_add, stype = @extschema@.%1$I);
  $sql$, kind);

  for item in select * from (values
    ('lt', '<', '>', '>='), ('le', '<=', '>=', '>'), ('eq', '=', '=', '<>'), ('ge', '>=', '<=', '<'),
    ('gt', '>', '<', '<='), ('ne', '<>', '<>', '=')) as t (name, operator, commutator, negator)
  loop
    execute format($sql$
      create function @extschema@.%1$s_%2$s(@extschema@.%1$I, @extschema@.%1$I) returns boolean
      language sql immutable strict parallel safe
      return $1::real[] %3$s $2::real[];
      create operator @extschema@.%3$s (
        leftarg = @extschema@.%1$I, rightarg = @extschema@.%1$I, procedure = @extschema@.%1$s_%2$s,
        commutator = operator(@extschema@.%4$s), negator = operator(@extschema@.%5$s)
      );
    $sql$, kind, item.name, item.operator, item.commutator, item.negator);
  end loop;
  execute format($sql$
    create operator class @extschema@.%1$s_ops default for type @extschema@.%1$I using btree as
      operator 1 @extschema@.<, operator 2 @extschema@.<=, operator 3 @extschema@.=, operator 4 @extschema@.>=,
      operator 5 @extschema@.>, function 1 @extschema@.%1$s_cmp(@extschema@.%1$I, @extschema@.%1$I)
  $sql$, kind);

  for item in select method, distance from (values ('hnsw'), ('ivfflat')) as m (method)
    cross join (values ('l2'), ('ip'), ('cosine'), ('l1')) as d (distance)
  loop
    execute format($sql$
      create operator class @extschema@.%1$s_%2$s_ops for type @extschema@.%1$I using %3$I as
        operator 1 @extschema@.=, function 1 @extschema@.%1$s_hash(@extschema@.%1$I)
    $sql$, kind, item.distance, item.method);
  end loop;
end $procedure$;
call @extschema@.create_vector_kind('vector'::text);
call @extschema@.create_vector_kind('halfvec'::text);
drop procedure @extschema@.create_vector_kind(text);

create function @extschema@.vector_norm(@extschema@.vector) returns double precision
language sql immutable strict parallel safe return @extschema@.l2_norm($1);
create cast (@extschema@.vector as @extschema@.halfvec) with inout as assignment;
create cast (@extschema@.halfvec as @extschema@.vector) with inout as implicit;

-- The input function takes any JSON, and the cast that checks a length is not made by every way into a column
-- (jsonb_populate_record, copy). So each column has a constraint that makes it, in words that pgvector knows: by way of
-- text, and not validated, so that it stands in the way of no other type or length that the column is given later.
create function @extschema@.check_vector_columns() returns event_trigger
language plpgsql set search_path = pg_catalog, pg_temp as $function$
declare
  item record;
begin
  for item in
    with changed as (
      select distinct r.oid from pg_event_trigger_ddl_commands() c
      join pg_class r on c.classid = 'pg_class'::regclass and r.oid = c.objid and r.relkind in ('r', 'p')
    ), present as (
      select c.conrelid as relation, c.conname as name, c.coninhcount from changed r
      join pg_constraint c on c.conrelid = r.oid and c.contype = 'c' and c.conname ~ '^portico_vector_\d+_-?\d+$'
    ), wanted as (
      select r.oid as relation, format('portico_vector_%s_%s', a.attnum, a.atttypmod) as name,
        format('%I::text::%s', a.attname, format_type(a.atttypid, a.atttypmod)) as value
      from changed r join pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped and a.attinhcount = 0
      where a.atttypid in ('@extschema@.vector'::regtype, '@extschema@.halfvec'::regtype)
    ), changes as (
      select p.relation, format('drop constraint %I', p.name) as change from present p
      where p.coninhcount = 0 and not exists (select from wanted w where (w.relation, w.name) = (p.relation, p.name))
      union all
      select w.relation, format('add constraint %I check (@extschema@.vector_dims(%s) > 0) not valid', w.name, w.value)
      from wanted w where not exists (select from present p where (w.relation, w.name) = (p.relation, p.name))
    )
    select relation::regclass, string_agg(change, ', ') as changes from changes group by 1
  loop
    execute format('alter table %s %s', item.relation, item.changes);
  end loop;
end $function$;
revoke all on function @extschema@.check_vector_columns() from public;
create event trigger portico_vector_columns on ddl_command_end
  when tag in ('CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO', 'ALTER TABLE')
  execute function @extschema@.check_vector_columns();

do $$ begin
  raise warning 'the extension vector is stood in for by SQL: searches are exact, and read every row'
    using hint = 'For many rows, start with --db-url and a Postgres server that has pgvector.';
end $$;
