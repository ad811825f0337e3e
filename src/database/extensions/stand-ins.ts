/** An extension that Portico's own SQL stands in for, because the platform does its job. Its script is `sql/NAME.sql`. */
export interface StandIn {
  readonly name: string
  /** The version it answers for. */
  readonly version: string
  /** The schema it must be created in, where the real one insists on one. */
  readonly schema?: string
  readonly requires?: readonly string[]
  /** For the documentation: how far it goes. */
  readonly does: string
}

export const standIns: readonly StandIn[] = [
  {
    name: 'pg_net',
    version: '0.14.0',
    does: 'Requests are queued in net.http_request_queue with the transaction that makes them.',
  },
  {
    name: 'supabase_vault',
    version: '0.3.1',
    schema: 'vault',
    requires: ['pgcrypto'],
    does: 'Secrets are encrypted with a key kept in the database.',
  },
]
