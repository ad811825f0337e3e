import { count, duration, flag, named, optionalTable, optionalText, secret, table, text } from '../values.ts'

/** `[auth.external.NAME]`: sign in with Apple, GitHub, Google … */
export const external = named(
  table({
    enabled: flag(false),
    clientId: text(''),
    secret: secret(),
    url: optionalText().describe("The provider's own address, where it is not the public one."),
    redirectUri: optionalText(),
    skipNonceCheck: flag(false),
    emailOptional: flag(false),
  }),
)

/** `[auth.web3]`: sign in with a wallet. */
export const web3 = table({ solana: table({ enabled: flag(false) }), ethereum: table({ enabled: flag(false) }) })

/** `[auth.third_party]`: tokens of another identity service are accepted as they are. */
export const thirdParty = table({
  firebase: table({ enabled: flag(false), projectId: text('') }),
  auth0: table({ enabled: flag(false), tenant: text(''), tenantRegion: optionalText() }),
  awsCognito: table({ enabled: flag(false), userPoolId: text(''), userPoolRegion: text('') }),
  clerk: table({ enabled: flag(false), domain: text('') }),
  workos: table({ enabled: flag(false), issuerUrl: text('') }),
})

/** `[auth.saml]`: single sign-on with SAML 2.0. Names and defaults are those of GoTrue's `GOTRUE_SAML_…`. */
export const saml = table({
  enabled: flag(false),
  privateKey: secret().describe('Base64 of an RSA key in PKCS #1 (DER).'),
  privateKeyNext: secret().describe('The key that takes its place soon: announced to identity providers.'),
  allowEncryptedAssertions: flag(false),
  relayStateValidityPeriod: duration('2m').describe('How long a user may stay at the identity provider.'),
  externalUrl: optionalText().describe('Where identity providers reach Auth; absent: its external URL.'),
  rateLimitAssertion: count(15).describe('Assertions of one address in five minutes.'),
})

/** `[auth.oauth_server]`: this backend as an identity provider. */
export const oauthServer = table({
  enabled: flag(false),
  authorizationUrlPath: text('/oauth/consent'),
  allowDynamicRegistration: flag(false),
})

const point = optionalTable({
  enabled: flag(false),
  uri: text('').describe('https://…, or pg-functions://postgres/SCHEMA/FUNCTION.'),
  secrets: secret().describe('v1,whsec_… of an HTTP hook; several are separated by |.'),
})

/** `[auth.hook.NAME]`: code of the project that Auth asks. */
export const hook = table({
  mfaVerificationAttempt: point,
  passwordVerificationAttempt: point,
  customAccessToken: point,
  sendSms: point,
  sendEmail: point,
  beforeUserCreated: point,
  afterUserCreated: point,
})
