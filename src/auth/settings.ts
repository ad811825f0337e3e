import type { Config } from '#config'
import { errorMessage, PorticoError } from '#errors'
import type { CaptchaSettings } from './captcha/index.ts'
import { compileText } from './mail/index.ts'
import { type PasswordRules, requirements } from './passwords/index.ts'
import type { ProviderSettings } from './providers/index.ts'

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

interface Allowed {
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
export type RateLimits = Omit<Auth['rateLimit'], 'emailSent' | 'web3'> & {
  /** Unlimited where undefined: no mail server of the project's own sends them. */
  readonly emailSent: number | undefined
}

type Auth = Config['auth']

/** The part of `[auth]` that this room honours. */
export interface AuthConfig
  extends Pick<Auth, 'externalUrl' | 'siteUrl' | 'additionalRedirectUrls' | 'jwtIssuer' | 'jwtExpiry' | 'signingKeys'>,
    Pick<Auth, 'rateLimit'>,
    Pick<
      Auth,
      | 'enableSignup'
      | 'enableAnonymousSignIns'
      | 'enableManualLinking'
      | 'minimumPasswordLength'
      | 'passwordRequirements'
    >,
    Pick<Auth, 'enableRefreshTokenRotation' | 'refreshTokenReuseInterval' | 'sessions'> {
  readonly captcha?: Auth['captcha'] | undefined
  readonly external?: Auth['external'] | undefined
  readonly oauthServer?: Auth['oauthServer'] | undefined
  readonly email: Pick<Auth['email'], 'smtp' | 'enableSignup' | 'enableConfirmations' | 'doubleConfirmChanges'> &
    Pick<Auth['email'], 'securePasswordChange' | 'maxFrequency' | 'otpLength' | 'otpExpiry'> &
    Pick<Auth['email'], 'template' | 'notification'>
  readonly sms: Auth['sms']
  readonly mfa: Auth['mfa']
  readonly passkey: Auth['passkey']
  readonly webauthn?: Auth['webauthn'] | undefined
}

/** GoTrue's defaults as Supabase's CLI sets them; config.toml has no keys for these. */
const smsOtp = { length: 6, expiry: 6000 }

/** Reads what concerns Auth from the configuration. */
export function readSettings(auth: AuthConfig): AuthSettings {
  const { email, sms, mfa, sessions } = auth
  return {
    externalUrl: auth.externalUrl,
    issuer: auth.jwtIssuer,
    siteUrl: auth.siteUrl,
    redirectUrls: auth.additionalRedirectUrls,
    jwtExpiry: auth.jwtExpiry,
    signUp: auth.enableSignup,
    anonymousSignIn: auth.enableAnonymousSignIns,
    manualLinking: auth.enableManualLinking,
    passwords: {
      minimumLength: auth.minimumPasswordLength,
      requiredCharacters: requirements[auth.passwordRequirements] ?? [],
    },
    email: {
      enabled: email.enableSignup,
      autoconfirm: !email.enableConfirmations,
      confirmChangeTwice: email.doubleConfirmChanges,
      secureChangeOfPassword: email.securePasswordChange,
      otpLength: digits(email.otpLength),
      otpExpiry: email.otpExpiry,
      mailInterval: email.maxFrequency,
    },
    templates: { ...wordingOf(email.template), ...wordingOf(email.notification) },
    sms: {
      enabled: sms.enableSignup,
      autoconfirm: !sms.enableConfirmations,
      otpLength: smsOtp.length,
      otpExpiry: smsOtp.expiry,
      interval: sms.maxFrequency,
      testCodes: new Map(Object.entries(sms.testOtp)),
      render: messageOf(sms.template),
    },
    factors: {
      maximum: mfa.maxEnrolledFactors,
      totp: allowed(mfa.totp),
      webauthn: allowed(mfa.webAuthn),
      phone: {
        ...allowed(mfa.phone),
        otpLength: digits(mfa.phone.otpLength),
        interval: mfa.phone.maxFrequency,
        render: messageOf(mfa.phone.template),
      },
    },
    passkeys: auth.passkey.enabled,
    relyingParty: relyingPartyOf(auth),
    refreshTokens: { rotation: auth.enableRefreshTokenRotation, reuseInterval: auth.refreshTokenReuseInterval },
    sessions,
    rateLimits: { ...auth.rateLimit, emailSent: email.smtp?.enabled ? auth.rateLimit.emailSent : undefined },
    captcha: captchaOf(auth),
    providers: providersOf(auth),
    oauthServer: {
      enabled: auth.oauthServer?.enabled ?? false,
      consentPath: auth.oauthServer?.authorizationUrlPath ?? '/oauth/consent',
      dynamicRegistration: auth.oauthServer?.allowDynamicRegistration ?? false,
    },
  }
}

type Templates = Readonly<
  Record<string, { enabled?: boolean; subject?: string | undefined; content?: string | undefined }>
>

function wordingOf(templates: Templates): Record<string, MailWording> {
  return Object.fromEntries(
    Object.entries(templates).map(([kind, { enabled = true, subject = '', content = '' }]) => {
      return [kind, { enabled, subject, content }]
    }),
  )
}

function messageOf(template: string): (code: string) => string {
  try {
    const render = compileText(template)
    return (code) => render({ Code: code })
  } catch (cause) {
    throw new PorticoError('CONFIG_INVALID', { message: `[auth.sms] template: ${errorMessage(cause)}`, cause })
  }
}

function allowed(factor: { readonly enrollEnabled: boolean; readonly verifyEnabled: boolean }): Allowed {
  return { enroll: factor.enrollEnabled, verify: factor.verifyEnabled }
}

function providersOf({ external = {}, externalUrl }: AuthConfig): ReadonlyMap<string, ProviderSettings> {
  return new Map(
    Object.entries(external).flatMap(([name, provider]) => {
      if (!provider.enabled) return []
      const { clientId, secret = '', url, redirectUri, skipNonceCheck, emailOptional } = provider
      const clientIds = clientId.split(',').flatMap((id) => id.trim() || [])
      const address = { url: url || undefined, redirectUri: redirectUri || `${externalUrl}/callback` }
      return [[name, { clientIds, secret, ...address, skipNonceCheck, emailOptional }] as const]
    }),
  )
}

/** How long a code is; as GoTrue, whose codes are never shorter, however they are configured. */
function digits(configured: number): number {
  return configured >= 6 && configured <= 10 ? configured : 6
}

function captchaOf({ captcha }: AuthConfig): CaptchaSettings | undefined {
  if (!captcha?.enabled || captcha.provider === undefined) return undefined
  return { provider: captcha.provider, secret: captcha.secret ?? '' }
}

/** The site, where `[auth.webauthn]` names no other. */
function relyingPartyOf({ webauthn, siteUrl }: AuthConfig): RelyingParty {
  const site = URL.canParse(siteUrl) ? new URL(siteUrl) : undefined
  const id = webauthn?.rpId || (site?.hostname ?? 'localhost')
  return {
    id,
    name: webauthn?.rpDisplayName || id,
    origins: webauthn && webauthn.rpOrigins.length > 0 ? webauthn.rpOrigins : [site?.origin ?? ''],
  }
}
