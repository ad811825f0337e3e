/** What one row of a table holds, by column; a missing column is NULL. */
type Row = Readonly<Record<string, string | number | boolean | object>>

const nil = '00000000-0000-0000-0000-000000000000'

/** Every table of Auth that `supabase db dump --data-only --use-copy` writes, with its columns in its order. */
const columns = {
  audit_log_entries: 'instance_id id payload created_at ip_address',
  custom_oauth_providers:
    'id provider_type identifier name client_id client_secret acceptable_client_ids scopes pkce_enabled attribute_mapping authorization_params enabled email_optional issuer discovery_url skip_nonce_check cached_discovery discovery_cached_at authorization_url token_url userinfo_url jwks_uri created_at updated_at custom_claims_allowlist',
  flow_state:
    'id user_id auth_code code_challenge_method code_challenge provider_type provider_access_token provider_refresh_token created_at updated_at authentication_method auth_code_issued_at invite_token referrer oauth_client_state_id linking_target_id email_optional',
  users:
    'instance_id id aud role email encrypted_password email_confirmed_at invited_at confirmation_token confirmation_sent_at recovery_token recovery_sent_at email_change_token_new email_change email_change_sent_at last_sign_in_at raw_app_meta_data raw_user_meta_data is_super_admin created_at updated_at phone phone_confirmed_at phone_change phone_change_token phone_change_sent_at email_change_token_current email_change_confirm_status banned_until reauthentication_token reauthentication_sent_at is_sso_user deleted_at is_anonymous',
  identities: 'provider_id user_id identity_data provider last_sign_in_at created_at updated_at id',
  instances: 'id uuid raw_base_config created_at updated_at',
  oauth_clients:
    'id client_secret_hash registration_type redirect_uris grant_types client_name client_uri logo_uri created_at updated_at deleted_at client_type token_endpoint_auth_method',
  sessions:
    'id user_id created_at updated_at factor_id aal not_after refreshed_at user_agent ip tag oauth_client_id refresh_token_hmac_key refresh_token_counter scopes',
  mfa_amr_claims: 'session_id created_at updated_at authentication_method id',
  mfa_factors:
    'id user_id friendly_name factor_type status created_at updated_at secret phone last_challenged_at web_authn_credential web_authn_aaguid last_webauthn_challenge_data',
  mfa_challenges: 'id factor_id created_at verified_at ip_address otp_code web_authn_session_data',
  oauth_authorizations:
    'id authorization_id client_id user_id redirect_uri scope state resource code_challenge code_challenge_method response_type status authorization_code created_at expires_at approved_at nonce',
  oauth_client_states: 'id provider_type code_verifier created_at',
  oauth_consents: 'id user_id client_id scopes granted_at revoked_at',
  one_time_tokens: 'id user_id token_type token_hash relates_to created_at updated_at',
  refresh_tokens: 'instance_id id token user_id revoked created_at updated_at parent session_id',
  sso_providers: 'id resource_id created_at updated_at disabled',
  saml_providers:
    'id sso_provider_id entity_id metadata_xml metadata_url attribute_mapping created_at updated_at name_id_format',
  saml_relay_states: 'id sso_provider_id request_id for_email redirect_to created_at updated_at flow_state_id',
  sso_domains: 'id sso_provider_id domain created_at updated_at',
  webauthn_challenges: 'id user_id challenge_type session_data created_at expires_at',
  webauthn_credentials:
    'id user_id credential_id public_key attestation_type aaguid sign_count transports backup_eligible backed_up friendly_name created_at updated_at last_used_at',
} as const

export type DumpedTable = keyof typeof columns

/** A dump of hosted data, as Supabase's CLI writes it; tables without rows are in it too. */
export function dumpOf(rows: Partial<Record<DumpedTable, readonly Row[]>>): string {
  const tables = (Object.keys(columns) as DumpedTable[]).map((table) => copyOf(table, rows[table] ?? []))
  return `SET session_replication_role = replica;

\\restrict kG3sVb1xqQe0TtP9

-- Dumped from database version 17.4
SET statement_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET row_security = off;

${tables.join('\n\n')}

SELECT pg_catalog.setval('"auth"."refresh_tokens_id_seq"', 4711, true);

\\unrestrict kG3sVb1xqQe0TtP9

RESET ALL;
`
}

function copyOf(table: DumpedTable, rows: readonly Row[]): string {
  const names = columns[table].split(' ')
  const lines = rows.map((row) => names.map((name) => written(row[name])).join('\t'))
  const list = names.map((name) => `"${name}"`).join(', ')
  return [`COPY "auth"."${table}" (${list}) FROM stdin;`, ...lines, '\\.'].join('\n')
}

function written(value: Row[string] | undefined): string {
  if (value === undefined) return '\\N'
  if (typeof value === 'boolean') return value ? 't' : 'f'
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
  return text.replaceAll('\\', '\\\\').replaceAll('\t', '\\t').replaceAll('\n', '\\n')
}

/** A row of `auth.users`, with what GoTrue writes into every one. */
export function dumpedUser(id: string, at: string, own: Row): Row {
  return {
    ...{ instance_id: nil, id, aud: 'authenticated', role: 'authenticated', created_at: at, updated_at: at },
    ...{ confirmation_token: '', recovery_token: '', email_change_token_new: '', email_change: '' },
    ...{ phone_change: '', phone_change_token: '', email_change_token_current: '', reauthentication_token: '' },
    ...{ email_change_confirm_status: 0, is_sso_user: false, is_anonymous: false },
    ...{ raw_app_meta_data: { provider: 'email', providers: ['email'] }, raw_user_meta_data: {} },
    ...own,
  }
}

/** The identity of a user who signs in with an address. */
export function dumpedIdentity(userId: string, at: string, email: string, id = crypto.randomUUID()): Row {
  const identity_data = { sub: userId, email, email_verified: true, phone_verified: false }
  const times = { last_sign_in_at: at, created_at: at, updated_at: at }
  return { id, provider_id: userId, user_id: userId, provider: 'email', identity_data, ...times }
}

/** A session and its refresh tokens, the last of which is in use. */
export function dumpedSession(
  { id, userId, at, aal = 'aal1' }: { id: string; userId: string; at: string; aal?: string },
  tokens: readonly string[],
) {
  const common = { instance_id: nil, user_id: userId, session_id: id, created_at: at, updated_at: at }
  return {
    session: { id, user_id: userId, created_at: at, updated_at: at, aal, user_agent: 'Dart/3.9', ip: '203.0.113.9' },
    claim: {
      session_id: id,
      created_at: at,
      updated_at: at,
      authentication_method: 'password',
      id: crypto.randomUUID(),
    },
    tokens: tokens.map((token, index) => ({
      ...{ ...common, token, id: 4000 + index, revoked: index < tokens.length - 1 },
      ...(index > 0 && { parent: String(tokens[index - 1]) }),
    })),
  }
}
