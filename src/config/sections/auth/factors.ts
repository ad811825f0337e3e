import { count, duration, flag, optionalTable, optionalText, table, text, textList } from '../values.ts'

const factor = { enrollEnabled: flag(false), verifyEnabled: flag(false) }

/** `[auth.mfa]` */
export const mfa = table({
  maxEnrolledFactors: count(10).describe('Factors of one user.'),
  totp: table(factor).describe('Codes of an authenticator app.'),
  phone: table({
    ...factor,
    otpLength: count(6),
    template: text('Your code is {{ .Code }}'),
    maxFrequency: duration('5s'),
  }),
  webAuthn: table(factor),
})

/** `[auth.passkey]` */
export const passkey = table({ enabled: flag(false).describe('Users may sign in with a passkey.') })

/** `[auth.webauthn]` */
export const webauthn = optionalTable({
  rpDisplayName: optionalText(),
  rpId: text('').describe("The site's domain."),
  rpOrigins: textList().describe('Origins whose pages may ask for a passkey.'),
})
