import type { ColumnType } from 'kysely'
import type { Instant, Json, OptionalText } from './columns.ts'

/** Organisations whose people sign in with the organisation's own service. */
export interface SsoProvidersTable {
  id: string
  /** A name that the administrator chose, in any case. */
  resource_id: OptionalText
  disabled: ColumnType<boolean | null, boolean | null | undefined, boolean>
  created_at: Instant
  updated_at: Instant
}

/** Domains of mail addresses, each of one provider. */
export interface SsoDomainsTable {
  id: string
  sso_provider_id: string
  domain: string
  created_at: Instant
  updated_at: Instant
}

export interface SamlProvidersTable {
  id: string
  sso_provider_id: string
  entity_id: string
  metadata_xml: string
  metadata_url: OptionalText
  attribute_mapping: Json
  name_id_format: OptionalText
  created_at: Instant
  updated_at: Instant
}

/** Sign-ins under way at an identity provider. */
export interface SamlRelayStatesTable {
  id: string
  sso_provider_id: string
  request_id: string
  redirect_to: OptionalText
  flow_state_id: OptionalText
  created_at: Instant
  updated_at: Instant
}

/** Assertions that have signed in, while they would do so again. */
export interface SamlAssertionsTable {
  /** SHA-256. */
  hash: Buffer
  expires_at: Instant
  /** The flow whose code is worth the session. */
  flow_state_id: OptionalText
  session_not_after: ColumnType<Date | null, Date | null, never>
}
