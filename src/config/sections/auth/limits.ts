import { choice, count, duration, flag, optionalTable, secret, table } from '../values.ts'

/** `[auth.rate_limit]`: per hour for mails, messages and anonymous users; per five minutes and address for the rest. */
export const rateLimit = table({
  emailSent: count(2),
  smsSent: count(30),
  anonymousUsers: count(30),
  tokenRefresh: count(150),
  signInSignUps: count(30),
  tokenVerifications: count(30),
  web3: count(30),
  sso: count(30),
})

/** `[auth.captcha]` */
export const captcha = optionalTable({
  enabled: flag(false),
  provider: choice(['hcaptcha', 'turnstile'], 'hcaptcha').unwrap().optional(),
  secret: secret(),
})

/** `[auth.sessions]`; 0 sets no limit. The CLI leaves `single_per_user` to hosted projects. */
export const sessions = table({
  timebox: duration('0').describe('A session ends this long after signing in.'),
  inactivityTimeout: duration('0').describe('A session ends when unused for this long.'),
  singlePerUser: flag(false).describe('A sign-in ends the sessions the user had before.'),
})
