import type { Connections } from '#database'
import { administer } from '../support/administer.ts'

/** Takes away what a project has made in `public` and the memory of it: cheaper than a database a test. */
export async function forgetProject(connections: Connections): Promise<void> {
  await administer(
    connections,
    `do $$
    declare
      thing record;
    begin
      for thing in
        select format('table %s', oid::regclass) as what from pg_class
        where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
        union all select format('routine %s', oid::regprocedure) from pg_proc p
        where pronamespace = 'public'::regnamespace and not exists (select from pg_depend d where d.objid = p.oid and deptype = 'e')
        union all select format('type %s', oid::regtype) from pg_type where typnamespace = 'public'::regnamespace and typtype = 'e'
      loop
        execute format('drop %s cascade', thing.what);
      end loop;
    end $$`,
    `truncate supabase_migrations.schema_migrations, supabase_migrations.seed_files, portico.project, portico.unfinished, vault.secrets`,
    `alter default privileges for role postgres in schema public grant all on tables to anon, authenticated, service_role`,
  )
}
