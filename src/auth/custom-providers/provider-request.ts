import { AuthError } from '../auth-error.ts'
import type { JsonObject } from '../json.ts'

/** What an administrator says of a provider, under GoTrue's names; texts that were not said are empty. */
export interface ProviderRequest {
  readonly provider_type: string
  readonly identifier: string
  readonly name: string
  readonly client_id: string
  readonly client_secret: string
  readonly acceptable_client_ids: readonly string[] | undefined
  readonly scopes: readonly string[] | undefined
  readonly pkce_enabled: boolean | undefined
  readonly attribute_mapping: JsonObject | undefined
  readonly custom_claims_allowlist: readonly string[] | undefined
  readonly authorization_params: JsonObject | undefined
  readonly enabled: boolean | undefined
  readonly email_optional: boolean | undefined
  readonly issuer: string
  readonly discovery_url: string | undefined
  readonly skip_nonce_check: boolean | undefined
  readonly authorization_url: string
  readonly token_url: string
  readonly userinfo_url: string
  readonly jwks_uri: string
}

export type ProviderType = 'oauth2' | 'oidc'

/** What the server itself tells a provider. */
const reservedParameters = [
  ...['client_id', 'client_secret', 'redirect_uri', 'response_type', 'state', 'code_challenge'],
  ...['code_challenge_method', 'code_verifier', 'nonce'],
]

/** What no provider decides about a user. */
const protectedFields = [
  ...['id', 'aud', 'role', 'app_metadata', 'created_at', 'updated_at', 'confirmed_at', 'email_confirmed_at'],
  ...['phone_confirmed_at', 'email_verified', 'phone_verified', 'banned_until', 'is_super_admin'],
]

/** What a new provider needs, in GoTrue's order and words (internal/api/custom_oauth_admin.go). */
export function assertComplete(request: ProviderRequest): asserts request is ProviderRequest & {
  readonly provider_type: ProviderType
} {
  const { provider_type: type } = request
  if (type !== 'oauth2' && type !== 'oidc') throw invalid("provider_type must be either 'oauth2' or 'oidc'")
  if (request.identifier === '') throw invalid('identifier is required')
  assertPrefix(request.identifier)
  for (const field of ['name', 'client_id', 'client_secret'] as const) {
    if (request[field] === '') throw invalid(`${field} is required`)
  }
  if (type === 'oidc' && request.issuer === '') throw invalid('issuer is required for OIDC providers')
  for (const field of ['authorization_url', 'token_url', 'userinfo_url'] as const) {
    if (type === 'oauth2' && request[field] === '') throw invalid(`${field} is required for OAuth2 providers`)
  }
  if (!identifierFormat.test(request.identifier)) {
    throw invalid('identifier must be at most 50 lowercase letters, digits, hyphens and colons')
  }
}

/** The database has the same. */
const identifierFormat = /^[a-z0-9][a-z0-9:-]{0,48}[a-z0-9]$/

export function isIdentifier(identifier: string): boolean {
  return identifierFormat.test(identifier)
}

export function assertPrefix(identifier: string): void {
  if (identifier.startsWith('custom:')) return
  throw invalid(`identifier must start with 'custom:' prefix, e.g. 'custom:${identifier.slice(0, 100)}'`)
}

/** What holds for a new provider and a changed one. */
export function assertAllowed(request: ProviderRequest): void {
  for (const [name, value] of Object.entries(request.authorization_params ?? {})) {
    if (reservedParameters.includes(name)) throw invalid(`Cannot override reserved OAuth parameter: ${name}`)
    if (typeof value !== 'string') throw invalid(`Authorization parameter ${JSON.stringify(name)} must be a string`)
  }
  for (const field of Object.keys(request.attribute_mapping ?? {})) {
    if (protectedFields.includes(field)) throw invalid(`Cannot map to protected system field: ${field}`)
  }
  if (request.custom_claims_allowlist?.some((claim) => claim.trim() === '')) {
    throw invalid('custom_claims_allowlist entries must be non-empty strings')
  }
  for (const [field, maximum] of lengths) {
    const said = request[field] ?? ''
    if ([...said].length > maximum) throw invalid(`${field} must have at most ${maximum} characters`)
  }
}

/** In characters, as the table has them. */
const lengths = [
  ['name', 100],
  ['client_id', 512],
  ...(['issuer', 'discovery_url', 'authorization_url', 'token_url', 'userinfo_url', 'jwks_uri'] as const).map(
    (field) => [field, 2048] as const,
  ),
] as const

/** The addresses that a provider of a type has. */
export function addressesOf(type: ProviderType, request: ProviderRequest): readonly string[] {
  const { issuer, discovery_url: discovery = '', authorization_url, token_url, userinfo_url, jwks_uri } = request
  const said = type === 'oidc' ? [issuer, discovery] : [authorization_url, token_url, userinfo_url, jwks_uri]
  return said.filter((url) => url !== '')
}

function invalid(message: string): AuthError {
  return new AuthError(400, 'validation_failed', message)
}
