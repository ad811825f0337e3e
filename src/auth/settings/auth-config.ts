import type { Config } from '#config'

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
  readonly web3?: Auth['web3'] | undefined
  readonly external?: Auth['external'] | undefined
  readonly oauthServer?: Auth['oauthServer'] | undefined
  readonly saml?: Auth['saml'] | undefined
  readonly email: Pick<Auth['email'], 'smtp' | 'enableSignup' | 'enableConfirmations' | 'doubleConfirmChanges'> &
    Pick<Auth['email'], 'securePasswordChange' | 'maxFrequency' | 'otpLength' | 'otpExpiry'> &
    Pick<Auth['email'], 'template' | 'notification'>
  readonly sms: Auth['sms']
  readonly mfa: Auth['mfa']
  readonly passkey: Auth['passkey']
  readonly webauthn?: Auth['webauthn'] | undefined
}
