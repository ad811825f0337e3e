/**
 * Auth: the API of Supabase Auth (GoTrue), inside this process, over the tables of the schema `auth`.
 *
 * Begin at `auth-service.ts`, which makes the `AuthContext` that everything takes, and at `http/`, which has every route.
 * Below it stands a folder for each thing that a client can do: `sign-in`, `verify`, `account`, `admin`, `factors`, `passkeys`,
 * `web3`; sign-in by others in `external` (with their APIs in `providers` and `custom-providers`), `saml` and `sso`; this
 * service as a provider for others in `oauth-server`. What they share: `users`, `sessions`, `tokens` (JWTs and their keys),
 * `codes` and `pkce`, `mail`, `sms`, `hooks`, `limits`. Tests: `test/auth`.
 */
export { type AuthOptions, type AuthService, createAuth } from './auth-service.ts'
export type { Clock } from './clock.ts'
export { createInbox, type Inbox, type Mail, type Mailer } from './mail/index.ts'
export {
  createKeyRing,
  createThirdParty,
  createTokenSigner,
  createTokenVerifier,
  type KeyRing,
  publicKeysOf,
  type ThirdParty,
  type TokenVerifier,
  type TokenVerifierOptions,
} from './tokens/index.ts'
