import type { CustomProvider } from './manage-providers.ts'

/** A provider as the API shows it: never its secret. */
export function presentCustomProvider(provider: CustomProvider) {
  const { id, provider_type, identifier, name, client_id, acceptable_client_ids, scopes, pkce_enabled } = provider
  const { attribute_mapping, custom_claims_allowlist, authorization_params, enabled, email_optional } = provider
  const { issuer, discovery_url, cached_discovery: discovery_document } = provider
  const { authorization_url, token_url, userinfo_url, jwks_uri } = provider
  const optional = { issuer, discovery_url, discovery_document, authorization_url, token_url, userinfo_url, jwks_uri }
  return {
    ...{ id, provider_type, identifier, name, client_id, acceptable_client_ids, scopes, pkce_enabled },
    ...{ attribute_mapping, custom_claims_allowlist, authorization_params, enabled, email_optional },
    skip_nonce_check: provider.skip_nonce_check,
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== null)),
    created_at: provider.created_at.toISOString(),
    updated_at: provider.updated_at.toISOString(),
  }
}
