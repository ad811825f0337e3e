import { Hono } from 'hono'
import type { AuthContext } from '../context.ts'
import { publicKeysOf } from '../tokens/index.ts'

/** The GoTrue release whose answers these are; clients log it, and some look at it. */
const version = 'v2.196.0-portico'

/** Everything that may be known about the service: `/health`, `/settings` and the public keys. */
export function publicRoutes({
  settings,
  ring,
  providers,
}: Pick<AuthContext, 'settings' | 'ring' | 'providers'>): Hono {
  const routes = new Hono()

  routes.get('/health', (c) =>
    c.json({ version, name: 'GoTrue', description: 'GoTrue is a user registration and authentication API' }),
  )
  routes.get('/.well-known/jwks.json', (c) =>
    c.json(publicKeysOf(ring), 200, { 'cache-control': 'public, max-age=600' }),
  )
  routes.get('/settings', (c) =>
    c.json({
      external: {
        ...noProviders,
        ...Object.fromEntries([...providers.keys()].map((name) => [name, true])),
        anonymous_users: settings.anonymousSignIn,
        email: settings.email.enabled,
        phone: settings.sms.enabled,
      },
      disable_signup: !settings.signUp,
      mailer_autoconfirm: settings.email.autoconfirm,
      phone_autoconfirm: settings.sms.autoconfirm,
      sms_provider: settings.sms.provider,
      saml_enabled: settings.saml.enabled,
      saml_private_key_next_configured: settings.saml.enabled && settings.saml.privateKeyNext !== '',
      passkeys_enabled: settings.passkeys,
    }),
  )
  return routes
}

const noProviders = Object.fromEntries(
  [
    ...['anonymous_users', 'apple', 'azure', 'bitbucket', 'discord', 'facebook', 'snapchat', 'figma', 'fly', 'github'],
    ...['gitlab', 'google', 'keycloak', 'kakao', 'linkedin', 'linkedin_oidc', 'notion', 'spotify', 'slack'],
    ...['slack_oidc', 'workos', 'twitch', 'twitter', 'email', 'phone', 'zoom'],
  ].map((provider) => [provider, false]),
)
