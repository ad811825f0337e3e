-- Signed tokens in SQL (HMAC only), over pgcrypto.
create function @extschema@.url_encode(data bytea) returns text language sql immutable strict as $$
  select rtrim(translate(encode(data, 'base64'), E'+/\n', '-_'), '=')
$$;
create function @extschema@.url_decode(data text) returns bytea language sql immutable strict as $$
  select decode(rpad(translate(data, '-_', '+/'), 4 * ((length(data) + 3) / 4), '='), 'base64')
$$;
create function @extschema@.algorithm_sign(signables text, secret text, algorithm text) returns text
language plpgsql immutable as $$
declare
  hash constant text := case algorithm when 'HS256' then 'sha256' when 'HS384' then 'sha384' when 'HS512' then 'sha512' end;
begin
  if hash is null then
    raise exception 'pgjwt: the algorithm % is not known; HS256, HS384 and HS512 are', algorithm using errcode = '22023';
  end if;
  return @extschema@.url_encode(@extschema:pgcrypto@.hmac(signables, secret, hash));
end $$;
create function @extschema@.sign(payload json, secret text, algorithm text default 'HS256') returns text
language sql immutable as $$
  select signables || '.' || @extschema@.algorithm_sign(signables, secret, algorithm)
  from (select
    @extschema@.url_encode(convert_to(format('{"alg":"%s","typ":"JWT"}', algorithm), 'utf8')) || '.'
      || @extschema@.url_encode(convert_to(payload::text, 'utf8')) as signables) token
$$;
create function @extschema@.try_cast_double(inp text) returns double precision language plpgsql immutable as $$
begin
  return inp::double precision;
exception when others then
  return null;
end $$;
create function @extschema@.verify(token text, secret text, algorithm text default 'HS256')
returns table (header json, payload json, valid boolean) language sql stable as $$
  select claims.header, claims.payload,
    split_part(token, '.', 3) = @extschema@.algorithm_sign(
      split_part(token, '.', 1) || '.' || split_part(token, '.', 2), secret, algorithm)
    and tstzrange(
      to_timestamp(@extschema@.try_cast_double(claims.payload ->> 'nbf')),
      to_timestamp(@extschema@.try_cast_double(claims.payload ->> 'exp'))
    ) @> current_timestamp
  from (select
    convert_from(@extschema@.url_decode(split_part(token, '.', 1)), 'utf8')::json as header,
    convert_from(@extschema@.url_decode(split_part(token, '.', 2)), 'utf8')::json as payload) claims
$$;
grant execute on function @extschema@.url_encode, @extschema@.url_decode, @extschema@.algorithm_sign, @extschema@.sign,
  @extschema@.try_cast_double, @extschema@.verify to postgres with grant option;
