import type { ColumnType } from 'kysely'
import type { Instant, Json, OptionalInstant, OptionalJson, OptionalText } from './columns.ts'

export interface FactorsTable {
  id: string
  user_id: string
  friendly_name: OptionalText
  factor_type: 'totp' | 'webauthn' | 'phone'
  status: 'unverified' | 'verified'
  secret: OptionalText
  phone: OptionalText
  last_challenged_at: OptionalInstant
  web_authn_credential: OptionalJson
  web_authn_aaguid: OptionalText
  created_at: Instant
  updated_at: Instant
}

export interface ChallengesTable {
  id: string
  factor_id: string
  created_at: Instant
  verified_at: OptionalInstant
  ip_address: string
  otp_code: OptionalText
  web_authn_session_data: OptionalJson
}

export interface WebauthnCredentialsTable {
  id: string
  user_id: string
  credential_id: Buffer
  public_key: Buffer
  attestation_type: string
  aaguid: OptionalText
  /** A bigint. */
  sign_count: ColumnType<string, number, number>
  transports: ColumnType<string[], string, string>
  backup_eligible: boolean
  backed_up: boolean
  friendly_name: string
  created_at: Instant
  updated_at: Instant
  last_used_at: OptionalInstant
}

export interface WebauthnChallengesTable {
  id: string
  user_id: OptionalText
  challenge_type: 'registration' | 'authentication'
  session_data: Json
  created_at: Instant
  expires_at: Instant
}
