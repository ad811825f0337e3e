import type { ColumnType, GeneratedAlways } from 'kysely'
import type { JsonObject } from '../json.ts'

/** Columns of Supabase's `auth` schema that this room reads or writes; the database has more. */
export interface AuthTables {
  'auth.users': UsersTable
  'auth.identities': IdentitiesTable
  'auth.sessions': SessionsTable
  'auth.refresh_tokens': RefreshTokensTable
  'auth.mfa_amr_claims': AmrClaimsTable
  'auth.mfa_factors': FactorsTable
  'auth.mfa_challenges': ChallengesTable
  'auth.one_time_tokens': OneTimeTokensTable
  'auth.flow_state': FlowStateTable
  'auth.oauth_client_states': ClientStatesTable
  'auth.oauth_clients': OAuthClientsTable
  'auth.oauth_authorizations': OAuthAuthorizationsTable
  'auth.oauth_consents': OAuthConsentsTable
  'auth.audit_log_entries': AuditLogTable
  'auth.webauthn_credentials': WebauthnCredentialsTable
  'auth.webauthn_challenges': WebauthnChallengesTable
  'portico.auth_web3_messages': Web3MessagesTable
}

type Instant = ColumnType<Date, Date, Date>
type OptionalInstant = ColumnType<Date | null, Date | null | undefined, Date | null>
/** `timestamp` without a zone, kept in UTC; written as text, since node-postgres would write local time. */
type UtcText = ColumnType<Date | null, string | undefined, string>
/** Read as parsed JSON, written as JSON text. */
type Json = ColumnType<JsonObject, string, string>
type OptionalJson = ColumnType<JsonObject | null, string | null | undefined, string | null>
type OptionalText = ColumnType<string | null, string | null | undefined, string | null>

export type OneTimeTokenType =
  | 'confirmation_token'
  | 'reauthentication_token'
  | 'recovery_token'
  | 'email_change_token_new'
  | 'email_change_token_current'
  | 'phone_change_token'

export interface UsersTable {
  /** Always the nil UUID, as GoTrue writes it; the index on e-mail addresses begins with it. */
  instance_id: OptionalText
  id: string
  aud: OptionalText
  role: OptionalText
  email: OptionalText
  phone: OptionalText
  encrypted_password: OptionalText
  email_confirmed_at: OptionalInstant
  phone_confirmed_at: OptionalInstant
  confirmed_at: GeneratedAlways<Date | null>
  invited_at: OptionalInstant
  confirmation_token: OptionalText
  confirmation_sent_at: OptionalInstant
  recovery_token: OptionalText
  recovery_sent_at: OptionalInstant
  email_change: OptionalText
  email_change_token_new: OptionalText
  email_change_token_current: OptionalText
  email_change_sent_at: OptionalInstant
  email_change_confirm_status: ColumnType<number | null, number | undefined, number>
  phone_change: OptionalText
  phone_change_token: OptionalText
  phone_change_sent_at: OptionalInstant
  reauthentication_token: OptionalText
  reauthentication_sent_at: OptionalInstant
  last_sign_in_at: OptionalInstant
  raw_app_meta_data: OptionalJson
  raw_user_meta_data: OptionalJson
  created_at: OptionalInstant
  updated_at: OptionalInstant
  banned_until: OptionalInstant
  deleted_at: OptionalInstant
  is_sso_user: ColumnType<boolean, boolean | undefined, boolean>
  is_anonymous: ColumnType<boolean, boolean | undefined, boolean>
}

interface IdentitiesTable {
  id: string
  /** What the provider calls the user; for e-mail and phone the user's own id. */
  provider_id: string
  user_id: string
  provider: string
  identity_data: Json
  email: GeneratedAlways<string | null>
  last_sign_in_at: OptionalInstant
  created_at: OptionalInstant
  updated_at: OptionalInstant
}

interface SessionsTable {
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

interface RefreshTokensTable {
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

interface AmrClaimsTable {
  id: string
  session_id: string
  authentication_method: string
  created_at: Instant
  updated_at: Instant
}

interface FactorsTable {
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

interface ChallengesTable {
  id: string
  factor_id: string
  created_at: Instant
  verified_at: OptionalInstant
  ip_address: string
  otp_code: OptionalText
  web_authn_session_data: OptionalJson
}

interface FlowStateTable {
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

interface ClientStatesTable {
  id: string
  provider_type: string
  code_verifier: string | null
  created_at: Instant
}

interface OAuthClientsTable {
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

interface OAuthAuthorizationsTable {
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

interface OAuthConsentsTable {
  id: string
  user_id: string
  client_id: string
  scopes: string
  granted_at: Instant
  revoked_at: OptionalInstant
}

interface WebauthnCredentialsTable {
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

interface WebauthnChallengesTable {
  id: string
  user_id: OptionalText
  challenge_type: 'registration' | 'authentication'
  session_data: Json
  created_at: Instant
  expires_at: Instant
}

/** Messages of wallets that have signed in, while they would do so again. */
interface Web3MessagesTable {
  /** SHA-256. */
  hash: Buffer
  expires_at: Instant
}

interface AuditLogTable {
  instance_id: OptionalText
  id: string
  payload: ColumnType<JsonObject | null, string, string>
  created_at: OptionalInstant
  ip_address: string
}

interface OneTimeTokensTable {
  id: string
  user_id: string
  token_type: OneTimeTokenType
  token_hash: string
  relates_to: string
  created_at: UtcText
  updated_at: UtcText
}
