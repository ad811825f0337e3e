export { type AuthOptions, type AuthService, createAuth } from './auth-service.ts'
export type { Clock } from './clock.ts'
export { createInbox, type Inbox, type Mail, type Mailer } from './mail/index.ts'
export {
  createKeyRing,
  createThirdParty,
  createTokenVerifier,
  type KeyRing,
  publicKeysOf,
  type ThirdParty,
  type TokenVerifier,
  type TokenVerifierOptions,
} from './tokens/index.ts'
