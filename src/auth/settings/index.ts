export type { AuthConfig } from './auth-config.ts'
export type {
  AuthSettings,
  MailWording,
  RateLimits,
  RefreshTokenSettings,
  RelyingParty,
  SessionSettings,
} from './auth-settings.ts'
export { readSettings } from './read-settings.ts'
