/** An extension that Portico's own SQL stands in for, because the platform does its job. Its script is `sql/NAME.sql`. */
export interface StandIn {
  readonly name: string
  /** The version it answers for. */
  readonly version: string
  /** The schema it must be created in, where the real one insists on one. */
  readonly schema?: string
  readonly requires?: readonly string[]
  /** Only for the embedded server, where the real one cannot be had. */
  readonly embedded?: true
  /** It is the extension itself. It trusts the schema it is created in, and runs as whoever creates it. */
  readonly genuine?: boolean
  /** For the documentation: how far it goes. */
  readonly does: string
}

/** Extensions that the embedded Postgres does not come with, and what takes their place; docs/projects.md shows this list. */
export const standIns: readonly StandIn[] = [
  {
    name: 'http',
    version: '1.6',
    does: "Requests are made while the statement waits; of curl's options the timeouts count. With --db-url a call is an error.",
  },
  {
    name: 'hypopg',
    version: '1.4.1',
    does: 'The functions exist; imagining an index is an error.',
  },
  {
    name: 'index_advisor',
    version: '0.2.0',
    does: 'Costs of a query as it is, and no advice.',
  },
  {
    name: 'pg_cron',
    version: '1.6.4',
    does: 'Jobs are kept in cron.job and run by Portico, each as its owner; the owner must be able to log in.',
  },
  {
    name: 'pg_graphql',
    version: '1.5.11',
    schema: 'graphql',
    does: 'The functions exist and name /graphql/v1, where GraphQL is answered.',
  },
  {
    name: 'pg_jsonschema',
    version: '0.3.3',
    does: 'Validation of JSON in SQL; $dynamicRef, remote references and unevaluated… are errors.',
  },
  {
    name: 'pg_net',
    version: '0.14.0',
    does: 'Requests are queued with the transaction that makes them; Portico sends each once, and keeps the answer.',
  },
  {
    name: 'pg_tle',
    version: '1.4.0',
    schema: 'pgtle',
    does: 'The functions exist; installing an extension is an error.',
  },
  {
    name: 'pgjwt',
    version: '0.2.0',
    requires: ['pgcrypto'],
    does: 'Complete: sign and verify with HMAC.',
  },
  {
    name: 'pgmq',
    version: '1.5.1',
    schema: 'pgmq',
    does: 'Complete, but for partitioned queues.',
  },
  {
    name: 'pgsodium',
    version: '3.1.8',
    schema: 'pgsodium',
    requires: ['pgcrypto'],
    does: 'Randomness; keys and ciphers are an error that names Vault and pgcrypto.',
  },
  {
    name: 'pgtap',
    version: '1.3.5',
    genuine: true,
    does: 'It is pgTAP itself; its tests are run by `portico test db`.',
  },
  {
    name: 'plpgsql_check',
    version: '2.7',
    does: 'The functions exist; checking a function is an error.',
  },
  {
    name: 'supabase_vault',
    version: '0.3.1',
    schema: 'vault',
    requires: ['pgcrypto'],
    does: 'Complete; the key lies in a file beside the embedded database, in a table of any other.',
  },
  {
    name: 'vector',
    version: '0.8.0',
    embedded: true,
    does: 'vector and halfvec with exact searches that read every row; no index of neighbours, no sparsevec, no distances of bits.',
  },
]
