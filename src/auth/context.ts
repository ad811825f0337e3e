import type { Observe } from '#observe'
import type { Captcha } from './captcha/index.ts'
import type { Clock } from './clock.ts'
import type { CodeBook } from './codes/index.ts'
import type { Discovery, PublicNetwork } from './custom-providers/index.ts'
import type { AuthDatabase } from './database/index.ts'
import type { Discretion } from './discretion/index.ts'
import type { Hooks } from './hooks/index.ts'
import type { Limits } from './limits/index.ts'
import type { ComposeMail, Mailer } from './mail/index.ts'
import type { PasswordHasher } from './passwords/index.ts'
import type { IdTokenVerifier, Provider } from './providers/index.ts'
import type { ServiceProvider } from './saml/index.ts'
import type { AuthSettings } from './settings/index.ts'
import type { Messenger } from './sms/index.ts'
import type { SsoMetadata } from './sso/index.ts'
import type { KeyRing, SignToken, TokenVerifier } from './tokens/index.ts'

/** What Auth's operations work with. */
export interface AuthContext {
  readonly settings: AuthSettings
  readonly db: AuthDatabase
  readonly hasher: PasswordHasher
  readonly sign: SignToken
  readonly verifier: TokenVerifier
  readonly ring: KeyRing
  readonly codes: CodeBook
  readonly hooks: Hooks
  readonly limits: Limits
  readonly discretion: Discretion
  /** Undefined where the project wants none. */
  readonly captcha: Captcha | undefined
  readonly mailer: Mailer
  readonly compose: ComposeMail
  /** The services that people may sign in with, by name. */
  readonly providers: ReadonlyMap<string, Provider>
  readonly idTokens: IdTokenVerifier
  /** What providers that administrators add are asked through, and what they publish. */
  readonly publicNetwork: PublicNetwork
  readonly discovery: Discovery
  /** What this service is to identity providers of single sign-on. Only where that is enabled. */
  readonly serviceProvider: () => ServiceProvider
  readonly ssoMetadata: SsoMetadata
  /** Undefined where nothing carries text messages. */
  readonly messenger: Messenger | undefined
  readonly observe: Observe
  readonly clock: Clock
}

/** The device that asks, as its session remembers it. */
export interface ClientInfo {
  readonly userAgent: string | null
  readonly ip: string | null
}
