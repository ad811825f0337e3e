import { count, duration, flag, optionalText, size, table } from './values.ts'

/** `[graphql]`: a section of Portico's own; Supabase's CLI passes over it. docs/graphql.md explains each key. */
export const graphql = table({
  introspection: flag(false)
    .unwrap()
    .optional()
    .describe('Answer introspection, and suggest names. Unset: in development, on loopback.'),
  maxTokens: count(20_000, { min: 100 }).describe('Tokens of a document.'),
  maxDepth: count(60, { min: 1 }).describe('Levels of an operation.'),
  maxFields: count(5000, { min: 1 }).describe('Fields of an operation, fragments spread.'),
  maxAliases: count(500).describe('Aliases of a document.'),
  maxRootFields: count(100, { min: 1 }).describe('Root fields of an operation.'),
  maxDirectives: count(200).describe('Directives of an operation, fragments spread.'),
  maxPageSize: count(100_000, { min: 1 }).describe('Rows that one page may be asked to have.'),
  maxCost: count(2_000_000, { min: 1 }).describe(
    'Rows that an operation may ask for: the sizes of its pages, those of nested pages times those around them.',
  ),
  maxBatch: count(10, { min: 1 }).describe('Operations of one request.'),
  maxBodySize: size('10MiB').describe('Bytes of a request, files apart.'),
  maxUploadSize: size('50MiB').describe('Bytes of a file of a multipart request.'),
  maxUploads: count(10).describe('Files of a multipart request; 0 refuses such requests.'),
  persistedQueries: flag(true).describe('Automatic persisted queries: a known hash stands for its document.'),
  trustedDocuments: optionalText().describe(
    'A folder of operations, relative to the supabase folder. Where set, production answers no others.',
  ),
  federation: flag(false).describe('Serve a subgraph of Apollo Federation 2: `_service` and `_entities`.'),
  subscriptions: flag(true).describe('Have a Subscription type: live queries over what Query has of tables.'),
  subscriptionInterval: duration('250ms').describe('The least time between two runs of one live query.'),
  maxSubscriptionRuns: count(2, { min: 1 }).describe('Live queries that run at one time, on one connection each.'),
  maxSubscriptions: count(10_000).describe('Subscriptions that are open, of all clients.'),
  maxSubscriptionsPerClient: count(1000).describe('Those of one user, or of one address where nobody is signed in.'),
  maxSubscriptionsPerConnection: count(100).describe('Those of one WebSocket.'),
  maxSubscriptionSize: size('1MiB').describe('Bytes of an event.'),
  cacheMaxAge: count(0, { unit: 'seconds' }).describe('How long caches may keep what an anonymous GET was answered.'),
})
