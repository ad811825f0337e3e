import { count, flag, optionalText, size, table } from './values.ts'

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
  cacheMaxAge: count(0, { unit: 'seconds' }).describe('How long caches may keep what an anonymous GET was answered.'),
})
