import type { ColumnType } from 'kysely'
import type { Instant, OptionalInstant, OptionalText, UtcText } from './columns.ts'

export type OneTimeTokenType =
  | 'confirmation_token'
  | 'reauthentication_token'
  | 'recovery_token'
  | 'email_change_token_new'
  | 'email_change_token_current'
  | 'phone_change_token'

export interface OneTimeTokensTable {
  id: string
  user_id: string
  token_type: OneTimeTokenType
  token_hash: string
  relates_to: string
  created_at: UtcText
  updated_at: UtcText
}

export interface FlowStateTable {
  id: string
  user_id: OptionalText
  auth_code: OptionalText
  code_challenge: OptionalText
  code_challenge_method: ColumnType<'s256' | 'plain' | null, 's256' | 'plain' | undefined, 's256' | 'plain'>
  provider_type: string
  provider_access_token: OptionalText
  provider_refresh_token: OptionalText
  authentication_method: string
  auth_code_issued_at: OptionalInstant
  referrer: OptionalText
  invite_token: OptionalText
  linking_target_id: OptionalText
  oauth_client_state_id: OptionalText
  email_optional: ColumnType<boolean, boolean | undefined, boolean>
  created_at: OptionalInstant
  updated_at: OptionalInstant
}

export interface ClientStatesTable {
  id: string
  provider_type: string
  code_verifier: string | null
  created_at: Instant
}

/** Messages of wallets that have signed in, while they would do so again. */
export interface Web3MessagesTable {
  /** SHA-256. */
  hash: Buffer
  expires_at: Instant
}
