import { count, flag, optionalText, port, table, textList } from './values.ts'

/** `[api]`: the HTTP door, and what of the database it shows. */
export const api = table({
  enabled: flag(true).describe('Serve the REST Data API.'),
  port: port(54321).describe('Port of the HTTP door.'),
  schemas: textList(['public', 'graphql_public']).describe('Schemas whose tables, views and functions are served.'),
  extraSearchPath: textList(['public', 'extensions']).describe('Schemas added to the search path of every request.'),
  maxRows: count(1000).describe('The most rows that one list answers with; 0 sets no limit.'),
  autoExposeNewTables: flag(false)
    .unwrap()
    .optional()
    .describe('Whether what migrations create in `public` is granted to the API roles. Unset: the default of the day.'),
  rateLimit: table({
    user: count(0, { unit: 'requests a minute' }).describe(
      'Requests of one signed-in user to GraphQL and the Data API; 0: any number.',
    ),
    address: count(0, { unit: 'requests a minute' }).describe('The same of one address, where nobody is signed in.'),
  }).describe('Portico’s own; the service role is never counted.'),
  externalUrl: optionalText().describe('What clients call this backend, where that is not its host and port.'),
  tls: table({
    enabled: flag(false).describe('Answer HTTPS.'),
    certPath: optionalText().describe('Certificate, relative to the supabase folder.'),
    keyPath: optionalText().describe('Private key of the certificate.'),
  }),
})
