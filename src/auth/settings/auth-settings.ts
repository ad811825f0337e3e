import type { Config } from '#config'
import type { CaptchaSettings } from '../captcha/index.ts'
import type { PasswordRules } from '../passwords/index.ts'
import type { ProviderSettings } from '../providers/index.ts'
import type { SamlSettings } from '../saml/index.ts'

/** What config.toml decides about Auth, in this room's own terms. Durations are seconds. */
export interface AuthSettings {
  /** Where clients reach this service, without a trailing slash: `http://127.0.0.1:54321/auth/v1`. */
  readonly externalUrl: string
  /** The `iss` of access tokens. */
  readonly issuer: string
  /** Where links in mails lead when nothing else is asked for. */
  readonly siteUrl: string
  /** Globs of other places that links may lead to. */
  readonly redirectUrls: readonly string[]
  readonly jwtExpiry: number
  readonly signUp: boolean
  readonly anonymousSignIn: boolean
  /** Users may add and remove identities themselves. */
  readonly manualLinking: boolean
  readonly passwords: PasswordRules
  readonly email: EmailSettings
  /** The project's own words for mails, by kind; notifications are off unless one enables them. */
  readonly templates: Readonly<Record<string, MailWording>>
  readonly sms: SmsSettings
  readonly factors: FactorSettings
  /** Users may sign in with passkeys. */
  readonly passkeys: boolean
  readonly relyingParty: RelyingParty
  readonly refreshTokens: RefreshTokenSettings
  readonly sessions: SessionSettings
  readonly rateLimits: RateLimits
  /** Undefined where the project wants none. */
  readonly captcha: CaptchaSettings | undefined
  /** The services that people may sign in with, by name. */
  readonly providers: ReadonlyMap<string, ProviderSettings>
  readonly oauthServer: OAuthServerSettings
  readonly saml: SamlSettings
  /** The chains whose wallets may sign in. */
  readonly web3: { readonly ethereum: boolean; readonly solana: boolean }
}

/** Whether other applications may sign people in with this service. */
interface OAuthServerSettings {
  readonly enabled: boolean
  /** The project's own page that asks for consent, below the site's URL. */
  readonly consentPath: string
  /** Applications may register themselves. */
  readonly dynamicRegistration: boolean
}

interface EmailSettings {
  readonly enabled: boolean
  /** Addresses count as confirmed without a mail. */
  readonly autoconfirm: boolean
  /** A change must be confirmed at the old address too. */
  readonly confirmChangeTwice: boolean
  /** A password may only be changed by a session younger than a day, or with a code sent by mail. */
  readonly secureChangeOfPassword: boolean
  readonly otpLength: number
  readonly otpExpiry: number
  /** At least so long between two mails to one address. */
  readonly mailInterval: number
}

export interface MailWording {
  readonly enabled: boolean
  readonly subject: string
  readonly content: string
}

interface SmsSettings {
  readonly enabled: boolean
  /** Who carries messages, by the name of its section; empty where nobody does. */
  readonly provider: string
  /** Numbers count as confirmed without a message. */
  readonly autoconfirm: boolean
  /** Digits of a code. */
  readonly otpLength: number
  readonly otpExpiry: number
  /** At least so long between two messages to one number. */
  readonly interval: number
  /** Numbers, without plus signs, that get no message: their code is known. */
  readonly testCodes: ReadonlyMap<string, string>
  /** What a message says. */
  render(code: string): string
}

interface FactorSettings {
  /** Factors of one user. */
  readonly maximum: number
  readonly totp: Allowed
  readonly webauthn: Allowed
  readonly phone: Allowed & Pick<SmsSettings, 'otpLength' | 'interval' | 'render'>
}

export interface Allowed {
  readonly enroll: boolean
  readonly verify: boolean
}

/** Whose pages may ask an authenticator for a key: WebAuthn's relying party. */
export interface RelyingParty {
  /** A domain. */
  readonly id: string
  readonly name: string
  readonly origins: readonly string[]
}

export interface RefreshTokenSettings {
  /** Whether the reuse of a spent token ends its session. */
  readonly rotation: boolean
  /** For so long after a token was spent, it still yields its successor. */
  readonly reuseInterval: number
}

export interface SessionSettings {
  /** A session ends so long after its sign-in; 0 for never. */
  readonly timebox: number
  /** A session ends when it was not refreshed for so long; 0 for never. */
  readonly inactivityTimeout: number
  /** A session can no longer be renewed once another one of the user was started or renewed after its own last use. */
  readonly singlePerUser: boolean
}

/** Per hour for mails, messages and anonymous users, else per five minutes and address. */
export type RateLimits = Omit<Config['auth']['rateLimit'], 'emailSent'> & {
  /** Unlimited where undefined: no mail server of the project's own sends them. */
  readonly emailSent: number | undefined
  readonly samlAssertion: number
}
