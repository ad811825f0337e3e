import { choice, count, flag, optionalText, secret, table, text, textList } from '../values.ts'
import { email } from './email.ts'
import { mfa, passkey, webauthn } from './factors.ts'
import { captcha, rateLimit, sessions } from './limits.ts'
import { external, hook, oauthServer, saml, thirdParty, web3 } from './providers.ts'
import { sms } from './sms.ts'

const week = 604_800

/** `[auth]`: users, sessions and tokens. */
export const auth = table({
  enabled: flag(true).describe('Serve the Auth API.'),
  siteUrl: text('http://127.0.0.1:3000').describe('Where links in mails lead, and the first allowed redirect.'),
  externalUrl: optionalText().describe('Where Auth is reached; absent: the external URL with /auth/v1.'),
  additionalRedirectUrls: textList(['https://127.0.0.1:3000']).describe('Further allowed redirects.'),
  jwtExpiry: count(3600, { max: week, unit: 'seconds' }).describe('How long an access token is valid.'),
  jwtIssuer: optionalText().describe("The tokens' issuer; absent: the external URL of Auth."),
  signingKeysPath: optionalText().describe('JSON list of JWKs; the first private one signs.'),
  enableRefreshTokenRotation: flag(true).describe('A refresh token is used once.'),
  refreshTokenReuseInterval: count(10, { unit: 'seconds' }).describe(
    'How long a used refresh token may be used again.',
  ),
  enableSignup: flag(true).describe('New users may sign up.'),
  enableAnonymousSignIns: flag(false),
  enableManualLinking: flag(false),
  minimumPasswordLength: count(6),
  passwordRequirements: choice(
    ['', 'letters_digits', 'lower_upper_letters_digits', 'lower_upper_letters_digits_symbols'],
    '',
  ),
  jwtSecret: secret().describe('Signs HS256 tokens.'),
  anonKey: secret(),
  serviceRoleKey: secret(),
  publishableKey: secret(),
  secretKey: secret(),
  rateLimit,
  captcha,
  hook,
  mfa,
  passkey,
  webauthn,
  sessions,
  email,
  sms,
  external,
  web3,
  saml,
  oauthServer,
  thirdParty,
})
