import type { ColumnType } from 'kysely'
import type { Instant, OptionalInstant, OptionalText } from './columns.ts'

export interface OAuthClientsTable {
  id: string
  client_secret_hash: OptionalText
  registration_type: 'dynamic' | 'manual'
  /** Separated by commas, as are the grant types. */
  redirect_uris: string
  grant_types: string
  client_name: OptionalText
  client_uri: OptionalText
  logo_uri: OptionalText
  client_type: 'public' | 'confidential'
  token_endpoint_auth_method: 'client_secret_basic' | 'client_secret_post' | 'none'
  created_at: Instant
  updated_at: Instant
  deleted_at: OptionalInstant
}

export interface OAuthAuthorizationsTable {
  id: string
  authorization_id: string
  client_id: string
  user_id: OptionalText
  redirect_uri: string
  scope: string
  state: OptionalText
  resource: OptionalText
  code_challenge: OptionalText
  code_challenge_method: ColumnType<'s256' | 'plain' | null, 's256' | 'plain' | null, 's256' | 'plain'>
  response_type: ColumnType<'code', 'code', never>
  status: 'pending' | 'approved' | 'denied' | 'expired'
  authorization_code: OptionalText
  created_at: Instant
  expires_at: Instant
  approved_at: OptionalInstant
  nonce: OptionalText
}

export interface OAuthConsentsTable {
  id: string
  user_id: string
  client_id: string
  scopes: string
  granted_at: Instant
  revoked_at: OptionalInstant
}
