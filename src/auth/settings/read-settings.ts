import { errorMessage, PorticoError } from '#errors'
import type { CaptchaSettings } from '../captcha/index.ts'
import { compileText } from '../mail/index.ts'
import { requirements } from '../passwords/index.ts'
import type { ProviderSettings } from '../providers/index.ts'
import type { SamlSettings } from '../saml/index.ts'
import type { AuthConfig } from './auth-config.ts'
import type { Allowed, AuthSettings, MailWording, RelyingParty } from './auth-settings.ts'

/** GoTrue's defaults as Supabase's CLI sets them; config.toml has no keys for these. */
const smsOtp = { length: 6, expiry: 6000 }

/** Where several are enabled, the first counts. */
const smsProviders = [
  ['twilio_verify', 'twilioVerify'],
  ['twilio', 'twilio'],
  ['messagebird', 'messagebird'],
  ['vonage', 'vonage'],
  ['textlocal', 'textlocal'],
] as const

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
      provider: smsProviders.find(([, key]) => sms[key].enabled)?.[0] ?? '',
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
    rateLimits: {
      ...auth.rateLimit,
      emailSent: email.smtp?.enabled ? auth.rateLimit.emailSent : undefined,
      samlAssertion: auth.saml?.rateLimitAssertion ?? 15,
    },
    web3: { ethereum: auth.web3?.ethereum.enabled ?? false, solana: auth.web3?.solana.enabled ?? false },
    saml: samlOf(auth),
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

function samlOf({ saml, externalUrl }: AuthConfig): SamlSettings {
  return {
    enabled: saml?.enabled ?? false,
    privateKey: saml?.privateKey ?? '',
    privateKeyNext: saml?.privateKeyNext ?? '',
    allowEncryptedAssertions: saml?.allowEncryptedAssertions ?? false,
    relayStateValidity: saml?.relayStateValidityPeriod || 120,
    externalUrl: (saml?.externalUrl || externalUrl).replace(/\/+$/, ''),
  }
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
