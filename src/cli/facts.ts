/**
 * What `supabase status` prints, in its words: the name of each value, by which `--override-name` calls it, and how
 * people read it. See https://github.com/supabase/cli, `internal/status`.
 */
export const knownFacts = [
  { name: 'API_URL', key: 'api.url', label: 'Project URL' },
  { name: 'REST_URL', key: 'api.rest_url', label: 'REST' },
  { name: 'GRAPHQL_URL', key: 'api.graphql_url', label: 'GraphQL' },
  { name: 'FUNCTIONS_URL', key: 'api.functions_url', label: 'Edge Functions' },
  { name: 'STORAGE_S3_URL', key: 'api.storage_s3_url', label: 'Storage (S3)' },
  { name: 'S3_PROTOCOL_ACCESS_KEY_ID', key: 'storage.s3_access_key_id', label: 'S3 access key' },
  { name: 'S3_PROTOCOL_ACCESS_KEY_SECRET', key: 'storage.s3_secret_access_key', label: 'S3 secret key', secret: true },
  { name: 'S3_PROTOCOL_REGION', key: 'storage.s3_region', label: 'S3 region' },
  { name: 'MAILPIT_URL', key: 'mailpit.url', label: 'Mailpit' },
  { name: 'INBUCKET_URL', key: 'inbucket.url', label: undefined },
  { name: 'DB_URL', key: 'db.url', label: 'Database', secret: true },
  { name: 'PUBLISHABLE_KEY', key: 'auth.publishable_key', label: 'Publishable' },
  { name: 'SECRET_KEY', key: 'auth.secret_key', label: 'Secret', secret: true },
  { name: 'OPERATOR_KEY', key: 'portico.operator_key', label: 'Operator', secret: true },
  { name: 'JWT_SECRET', key: 'auth.jwt_secret', label: undefined, secret: true },
  { name: 'ANON_KEY', key: 'auth.anon_key', label: undefined },
  { name: 'SERVICE_ROLE_KEY', key: 'auth.service_role_key', label: undefined, secret: true },
] as const satisfies readonly KnownFact[]

interface KnownFact {
  readonly name: string
  readonly key: string
  /** Undefined: an older name for what another one says, left out where people read. */
  readonly label: string | undefined
  readonly secret?: boolean
}

/** The facts under a label, one a line. */
export function labelled(facts: Readonly<Record<string, string>>): readonly string[] {
  const rows = knownFacts.flatMap(({ name, label }) => {
    const value = facts[name]
    return label !== undefined && value !== undefined ? [[label, value] as const] : []
  })
  const width = Math.max(...rows.map(([label]) => label.length))
  return rows.map(([label, value]) => `${label.padEnd(width)}  ${value}`)
}
