import type { Policy } from '@supabase/pg-delta'

/** Where a project may have policies and triggers of its own on tables that are not its own. */
const shared = ['auth', 'storage', 'realtime']

/**
 * What of a database is the project's own: what Supabase's policy says, with the policies on tables of the platform, which
 * most projects write, and without what is Portico's.
 *
 * @param schemas only these, if there are any
 */
export function ownedByProject(supabase: Policy, schemas: readonly string[]): Policy {
  return {
    id: 'portico',
    extends: [supabase],
    ...(supabase.defaultOwner !== undefined && { defaultOwner: supabase.defaultOwner }),
    filter: [
      ...(schemas.length > 0 ? [{ match: { not: within([...schemas]) }, action: 'exclude' as const }] : []),
      { match: within(['portico']), action: 'exclude' },
      // What stands in for pgvector gives them to columns by itself.
      {
        match: { all: [{ kind: 'constraint' }, { idField: { field: 'name', glob: 'portico_vector_*' } }] },
        action: 'exclude',
      },
      // There with the platform here; a Supabase elsewhere has it once somebody turns it on.
      { match: { all: [{ kind: 'extension' }, { name: 'pg_net' }, { verb: 'remove' }] }, action: 'exclude' },
      // Since Postgres 16 whoever makes a role is a member of it; who is one besides is the platform's affair.
      {
        match: { all: [{ kind: 'membership' }, { idField: { field: 'member', glob: 'postgres' } }] },
        action: 'exclude',
      },
      // Whose schema `public` is, and who may grant it, is not the same on every platform.
      {
        match: {
          all: [
            { kind: 'acl' },
            { target: { kind: 'schema', name: 'public' } },
            { idField: { field: 'grantee', glob: ['postgres', 'anon', 'authenticated', 'service_role'] } },
          ],
        },
        action: 'exclude',
      },
      { match: { all: [{ kind: 'policy' }, { schema: shared }] }, action: 'include' },
    ],
  }
}

function within(schemas: string[]) {
  return {
    any: [
      { schema: schemas },
      { all: [{ kind: 'schema' }, { name: schemas }] },
      { target: { schema: schemas } },
      { target: { kind: 'schema', name: schemas } },
    ],
  }
}
