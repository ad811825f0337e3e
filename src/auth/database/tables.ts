import type { ColumnType } from 'kysely'
import type { JsonObject } from '../json.ts'
import type { OptionalInstant, OptionalText } from './columns.ts'
import type {
  ChallengesTable,
  FactorsTable,
  WebauthnChallengesTable,
  WebauthnCredentialsTable,
} from './factor-tables.ts'
import type { ClientStatesTable, FlowStateTable, OneTimeTokensTable, Web3MessagesTable } from './flow-tables.ts'
import type { OAuthAuthorizationsTable, OAuthClientsTable, OAuthConsentsTable } from './oauth-tables.ts'
import type { CustomProvidersTable } from './provider-tables.ts'
import type { AmrClaimsTable, RefreshTokensTable, SessionsTable } from './session-tables.ts'
import type {
  SamlAssertionsTable,
  SamlProvidersTable,
  SamlRelayStatesTable,
  SsoDomainsTable,
  SsoProvidersTable,
} from './sso-tables.ts'
import type { IdentitiesTable, UsersTable } from './user-tables.ts'

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
  'auth.custom_oauth_providers': CustomProvidersTable
  'auth.sso_providers': SsoProvidersTable
  'auth.sso_domains': SsoDomainsTable
  'auth.saml_providers': SamlProvidersTable
  'auth.saml_relay_states': SamlRelayStatesTable
  'auth.audit_log_entries': AuditLogTable
  'auth.webauthn_credentials': WebauthnCredentialsTable
  'auth.webauthn_challenges': WebauthnChallengesTable
  'portico.auth_web3_messages': Web3MessagesTable
  'portico.auth_saml_assertions': SamlAssertionsTable
}

interface AuditLogTable {
  instance_id: OptionalText
  id: string
  payload: ColumnType<JsonObject | null, string, string>
  created_at: OptionalInstant
  ip_address: string
}
