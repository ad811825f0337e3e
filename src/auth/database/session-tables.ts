import type { ColumnType, GeneratedAlways } from 'kysely'
import type { Instant, OptionalInstant, OptionalText, UtcText } from './columns.ts'

export interface SessionsTable {
  id: string
  user_id: string
  factor_id: OptionalText
  aal: ColumnType<'aal1' | 'aal2' | 'aal3' | null, 'aal1' | 'aal2', 'aal1' | 'aal2'>
  not_after: OptionalInstant
  oauth_client_id: OptionalText
  scopes: OptionalText
  refreshed_at: UtcText
  user_agent: OptionalText
  ip: OptionalText
  created_at: Instant
  updated_at: OptionalInstant
  /** Of a session that came here with GoTrue's longer tokens, as is the counter, a bigint. */
  refresh_token_hmac_key: OptionalText
  refresh_token_counter: ColumnType<string | null, undefined, null>
}

export interface RefreshTokensTable {
  instance_id: OptionalText
  id: GeneratedAlways<string>
  token: string
  user_id: string
  session_id: string
  parent: OptionalText
  revoked: ColumnType<boolean | null, boolean, boolean>
  created_at: Instant
  /** For a revoked token: when it was revoked. */
  updated_at: Instant
}

export interface AmrClaimsTable {
  id: string
  session_id: string
  authentication_method: string
  created_at: Instant
  updated_at: Instant
}
