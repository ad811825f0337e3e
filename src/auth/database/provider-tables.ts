import type { ColumnType } from 'kysely'
import type { JsonObject } from '../json.ts'
import type { Instant, Json, OptionalInstant, OptionalText } from './columns.ts'

/** Providers that an administrator of the project added. */
export interface CustomProvidersTable {
  id: string
  provider_type: ColumnType<'oauth2' | 'oidc', 'oauth2' | 'oidc', never>
  /** `custom:` and a name. */
  identifier: ColumnType<string, string, never>
  name: string
  client_id: string
  /** As it was given; a hosted project may have encrypted it. */
  client_secret: string
  acceptable_client_ids: string[]
  scopes: string[]
  pkce_enabled: boolean
  attribute_mapping: Json
  custom_claims_allowlist: string[]
  authorization_params: Json
  enabled: boolean
  email_optional: boolean
  issuer: OptionalText
  discovery_url: OptionalText
  skip_nonce_check: boolean
  cached_discovery: ColumnType<JsonObject | null, string | null | undefined, string | null>
  discovery_cached_at: OptionalInstant
  authorization_url: OptionalText
  token_url: OptionalText
  userinfo_url: OptionalText
  jwks_uri: OptionalText
  created_at: Instant
  updated_at: Instant
}
