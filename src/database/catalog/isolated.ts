/**
 * Whether rows are inserted into the relation called `c` without a look at anything but themselves and others of their table: by
 * policies, triggers, rules, defaults, checks and indexes. A function that the catalogue does not count as Postgres' own may look
 * anywhere, but for those that say who asks and those of C that take no argument (`uuid_generate_v4`); of Postgres' own, some run a
 * query that they are given as a text, and some tell of what was inserted last. A domain may be anywhere within a type but an enum.
 */
export const isolated = `
    'isolated', c.relkind = 'r' and not c.relhassubclass and not c.relhasrules
      and not exists (select from pg_inherits where inhrelid = c.oid)
      and not exists (select from pg_trigger where tgrelid = c.oid and not tgisinternal and tgtype & 4 <> 0)
      and not exists (
        select from pg_attribute a join pg_type t on t.oid = a.atttypid left join pg_type e on e.oid = t.typelem and t.typcategory = 'A'
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
          and not (coalesce(e.typtype, t.typtype) = 'e'
            or coalesce(e.typtype, t.typtype) in ('b', 'r', 'm') and coalesce(e.typnamespace, t.typnamespace) = 'pg_catalog'::regnamespace))
      and not exists (
        select from (
          select 'pg_policy'::regclass as kind, oid, concat(polqual, polwithcheck) as tree
          from pg_policy where polrelid = c.oid and polcmd in ('a', 'r', '*')
          union all
          select 'pg_attrdef'::regclass, oid, adbin::text from pg_attrdef where adrelid = c.oid
          union all
          select 'pg_constraint'::regclass, oid, conbin::text from pg_constraint where conrelid = c.oid and contype in ('c', 'x')
          union all
          select 'pg_class'::regclass, indexrelid, concat(indexprs, indpred) from pg_index where indrelid = c.oid
        ) part
        where part.tree ~ (
          select ':funcid (' || string_agg(oid::text, '|') || ') ' from pg_proc
          where pronamespace = 'pg_catalog'::regnamespace and proname ~ '_to_xml|ts_stat|ts_rewrite|lastval|currval|sequence_last_value|pg_input_'
        ) or exists (
          select from pg_depend d
          left join pg_class r on d.refclassid = 'pg_class'::regclass and r.oid = d.refobjid
          left join pg_proc p on d.refclassid = 'pg_proc'::regclass and p.oid = d.refobjid
          left join pg_language l on l.oid = p.prolang
          left join pg_type t on d.refclassid = 'pg_type'::regclass and t.oid = d.refobjid
          left join pg_type e on e.oid = t.typelem and t.typcategory = 'A'
          where d.classid = part.kind and d.objid = part.oid and not coalesce(
            d.refclassid in ('pg_constraint'::regclass, 'pg_collation'::regclass, 'pg_extension'::regclass)
            or r.oid = c.oid or r.relkind = 'S' or coalesce(e.typtype, t.typtype) = 'e' or l.lanname = 'c' and p.pronargs = 0
            or p.pronargs = 0 and p.pronamespace::regnamespace::text = 'auth' and p.proname in ('uid', 'role', 'email', 'jwt'), false)))`
