import type { AuthContext } from '../context.ts'
import { isJsonObject, type JsonObject } from '../json.ts'
import { createProvider, type Definition, mappedProfile, type Provider } from '../providers/index.ts'
import { type CustomProvider, issuerOf } from './manage-providers.ts'

/** A provider of the table, spoken to as those of the configuration are. */
export function openProvider(
  { settings, discovery, publicNetwork }: Pick<AuthContext, 'settings' | 'discovery' | 'publicNetwork'>,
  provider: CustomProvider,
): Provider {
  const ids = [provider.client_id, ...provider.acceptable_client_ids]
  return createProvider(
    provider.identifier,
    {
      clientIds: ids.filter((id) => id !== ''),
      secret: provider.client_secret,
      url: undefined,
      redirectUri: `${settings.externalUrl}/callback`,
      skipNonceCheck: provider.skip_nonce_check,
      emailOptional: provider.email_optional,
    },
    definitionOf(provider, discovery),
    publicNetwork.fetch,
  )
}

function definitionOf(provider: CustomProvider, discovery: AuthContext['discovery']): Definition {
  const { scopes, pkce_enabled: usesPkce, authorization_params: parameters } = provider
  const at = issuerOf(provider)
  const rules = { mapping: provider.attribute_mapping, kept: provider.custom_claims_allowlist }
  const authorize = provider.authorization_url ?? ''
  const issuer = provider.provider_type === 'oidc' ? at.issuer : new URL(authorize).origin
  const own = {
    usesPkce,
    parameters: texts(parameters),
    readProfile: (claims: JsonObject) => mappedProfile(issuer, claims, rules),
  }
  if (provider.provider_type === 'oidc') {
    const published = { document: () => discovery.documentOf(at), keys: () => discovery.keysOf(at) }
    return { kind: 'oidc', issuer, scopes, published, expectsNonce: !provider.skip_nonce_check, own }
  }
  const userInfo = provider.userinfo_url ?? ''
  return {
    ...{ kind: 'oauth', issuer, authorize, token: provider.token_url ?? '', scopes, own },
    async readProfile(ask) {
      const claims = await ask(userInfo)
      return own.readProfile(isJsonObject(claims) ? claims : {})
    },
  }
}

function texts(values: JsonObject): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  )
}
