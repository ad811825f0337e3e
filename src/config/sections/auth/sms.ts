import { duration, flag, named, secret, secretEntry, table, text } from '../values.ts'

const twilio = table({ enabled: flag(false), accountSid: text(''), messageServiceSid: text(''), authToken: secret() })

/** `[auth.sms]` */
export const sms = table({
  enableSignup: flag(false).describe('New users may sign up by phone.'),
  enableConfirmations: flag(false).describe('Users confirm their number before they sign in.'),
  template: text('Your code is {{ .Code }}'),
  maxFrequency: duration('5s').describe('Between two messages to one number.'),
  twilio,
  twilioVerify: twilio,
  messagebird: table({ enabled: flag(false), originator: text(''), accessKey: secret() }),
  textlocal: table({ enabled: flag(false), sender: text(''), apiKey: secret() }),
  vonage: table({ enabled: flag(false), from: text(''), apiKey: text(''), apiSecret: secret() }),
  testOtp: named(secretEntry()).describe('Fixed codes of phone numbers, for tests.'),
})
