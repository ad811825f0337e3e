import type { SupabaseClient } from '@supabase/supabase-js'
import type { RxCollection, RxJsonSchema, RxReplicationWriteToMasterRow, WithDeleted } from 'rxdb'
import { type RxGraphQLReplicationState, replicateGraphQL } from 'rxdb/plugins/replication-graphql'
import { replicateSupabase } from 'rxdb/plugins/replication-supabase'
import type { TestApp } from '../support/app.ts'

/** What docs/offline.md has a project do, and its two ways of evening out. */
export const offlineProject = {
  'supabase/config.toml':
    'project_id = "offline"\n[auth]\nenable_anonymous_sign_ins = true\n[auth.rate_limit]\nanonymous_users = 1000\n',
  'supabase/migrations/1_notes.sql': `
    create table notes (
      id text primary key,
      owner uuid not null default auth.uid() references auth.users,
      body text not null,
      _deleted boolean not null default false,
      _modified timestamptz not null
    );
    alter table notes enable row level security;
    create policy own on notes to authenticated using (owner = auth.uid()) with check (owner = auth.uid());
    create index on notes (owner, _modified, id);
    alter publication supabase_realtime add table notes;

    create function touch() returns trigger language plpgsql as $$
    begin
      perform pg_advisory_xact_lock(hashtextextended(new.owner::text, 0));
      new._modified = clock_timestamp();
      return new;
    end $$;
    create trigger touch before insert or update on notes for each row execute function touch();`,
}

export interface Note {
  id: string
  body: string
}

export const noteSchema: RxJsonSchema<Note> = {
  version: 0,
  primaryKey: 'id',
  type: 'object',
  properties: { id: { type: 'string', maxLength: 100 }, body: { type: 'string' } },
  required: ['id', 'body'],
}

interface Checkpoint {
  readonly id: string
  readonly _modified: string
}

interface Page {
  readonly edges: readonly { readonly node: WithDeleted<Note> & Checkpoint }[]
}

const page = 'edges { node { id body _deleted _modified } }'
const order = 'orderBy: [{_modified: AscNullsLast}, {id: AscNullsLast}]'
const withoutOwner = ({ owner, ...document }: WithDeleted<Note> & { owner?: string }) => document

export const replications = {
  'data-api': async (_app: TestApp, client: SupabaseClient, collection: RxCollection<Note>) =>
    replicateSupabase<Note>({
      replicationIdentifier: `notes-${collection.database.name}`,
      collection,
      client: client as never,
      tableName: 'notes',
      waitForLeadership: false,
      pull: { modifier: withoutOwner },
      push: {},
    }),

  graphql: async ({ app }: TestApp, client: SupabaseClient, collection: RxCollection<Note>) => {
    const { data } = await client.auth.getSession()
    const http = `${app.url}/graphql/v1`
    const headers = {
      apikey: app.config.keys.publishableKey,
      authorization: `Bearer ${data.session?.access_token}`,
    }
    let pushed: string
    const replication: RxGraphQLReplicationState<Note, Checkpoint> = replicateGraphQL<Note, Checkpoint>({
      replicationIdentifier: `notes-${collection.database.name}`,
      collection,
      url: { http, ws: `${http.replace('http', 'ws')}?device=${collection.database.name}` },
      headers,
      waitForLeadership: false,
      pull: {
        includeWsHeaders: true,
        queryBuilder: (checkpoint, limit) => ({
          query: `query ($filter: notesFilter, $limit: Int!) {
            notesCollection(first: $limit, filter: $filter, ${order}) { ${page} }
          }`,
          variables: { limit, filter: checkpoint ? after(checkpoint) : {} },
        }),
        streamQueryBuilder: () => ({
          query: `subscription { notesCollection(last: 20, ${order}) { ${page} } }`,
          variables: {},
        }),
        responseModifier: ({ edges }: Page, _source: unknown, before?: Checkpoint) => ({
          documents: edges.map(({ node: { _modified, ...document } }) => document),
          checkpoint: edges.at(-1)?.node ?? before,
        }),
      },
      push: {
        batchSize: 1,
        queryBuilder: ([row]) => {
          const { newDocumentState, assumedMasterState } = row as RxReplicationWriteToMasterRow<Note>
          pushed = newDocumentState.id
          return assumedMasterState ? update(newDocumentState, assumedMasterState) : insert(newDocumentState)
        },
        responseModifier: async ({ affectedCount }: { affectedCount: number }) => {
          if (affectedCount === 1) return []
          const { data } = await replication.graphQLRequest(byId(pushed))
          return data.notesCollection.edges.map(
            ({ node: { _modified, ...document } }: Page['edges'][number]) => document,
          )
        },
      },
    })
    return replication
  },
}

const after = ({ id, _modified }: Checkpoint) => ({
  or: [{ _modified: { gt: _modified } }, { _modified: { eq: _modified }, id: { gt: id } }],
})

const byId = (id: string) => ({
  query: `query ($id: String!) { notesCollection(filter: {id: {eq: $id}}) { ${page} } }`,
  variables: { id },
})

const insert = (document: WithDeleted<Note>) => ({
  query: `mutation ($note: notesInsertInput!) {
    insertIntonotesCollection(objects: [$note], onConflict: {constraint: notes_pkey}) { affectedCount }
  }`,
  variables: { note: document },
})

/** Changes nothing where another device has meanwhile. */
const update = (document: WithDeleted<Note>, { id, body, _deleted }: WithDeleted<Note>) => ({
  query: `mutation ($assumed: notesFilter!, $note: notesUpdateInput!) {
    updatenotesCollection(filter: $assumed, set: $note) { affectedCount }
  }`,
  variables: { assumed: { id: { eq: id }, body: { eq: body }, _deleted: { eq: _deleted } }, note: document },
})
