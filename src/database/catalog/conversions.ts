/**
 * SQL of the implicit casts between a domain and `json` or `text`: how values of the domain are shown and read, where
 * that is not the way of its base type (PostgREST's "data representations").
 */
export const casts = `
  select coalesce(json_agg(json_build_object(
    'source', c.castsource::bigint, 'target', c.casttarget::bigint,
    'fn', json_build_object('schema', n.nspname, 'name', p.proname))), '[]')
  from pg_cast c join pg_proc p on p.oid = c.castfunc join pg_namespace n on n.oid = p.pronamespace
  join pg_type s on s.oid = c.castsource join pg_type t on t.oid = c.casttarget
  where c.castcontext = 'i' and c.castmethod = 'f' and has_function_privilege(c.castfunc, 'execute')
    and (s.typtype = 'd' and c.casttarget in ('json'::regtype, 'text'::regtype)
      or t.typtype = 'd' and c.castsource in ('json'::regtype, 'text'::regtype))`

/** SQL of the aggregates over one argument that end in a domain: one named like a media type makes answers of it. */
export const aggregates = `
  select coalesce(json_agg(json_build_object(
    'schema', n.nspname, 'name', p.proname, 'argument', p.proargtypes[0]::bigint, 'returns', p.prorettype::bigint)
    order by p.oid), '[]')
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace join pg_type r on r.oid = p.prorettype
  where n.nspname = any($1::text[]) and p.prokind = 'a' and p.pronargs = 1 and r.typtype = 'd'`
