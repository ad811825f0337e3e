import type { AuthContext } from '../context.ts'
import { supportedScopes } from '../oauth-server/index.ts'

/** What this service publishes of itself as an OAuth server: RFC 8414 and OpenID Connect Discovery. */
export function oauthMetadata({ settings, ring }: AuthContext) {
  const base = settings.externalUrl
  const algorithms = ring.keys.flatMap(({ alg, publicJwk }) => (publicJwk ? alg : []))
  return {
    issuer: settings.issuer,
    authorization_endpoint: `${base}/oauth/authorize`,
    token_endpoint: `${base}/oauth/token`,
    jwks_uri: `${base}/.well-known/jwks.json`,
    userinfo_endpoint: `${base}/oauth/userinfo`,
    ...(settings.oauthServer.enabled &&
      settings.oauthServer.dynamicRegistration && { registration_endpoint: `${base}/oauth/clients/register` }),
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    grant_types_supported: ['authorization_code', 'refresh_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [...new Set(algorithms)],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'none'],
    code_challenge_methods_supported: ['S256', 'plain'],
    scopes_supported: supportedScopes,
    claims_supported: [
      ...['sub', 'aud', 'iss', 'exp', 'iat', 'auth_time', 'nonce', 'email', 'email_verified', 'phone_number'],
      ...['phone_number_verified', 'name', 'picture', 'preferred_username', 'updated_at'],
    ],
  }
}
