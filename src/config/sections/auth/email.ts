import {
  count,
  duration,
  flag,
  named,
  optionalPort,
  optionalTable,
  optionalText,
  secret,
  table,
  text,
} from '../values.ts'

/** `[auth.email]` */
export const email = table({
  enableSignup: flag(true).describe('New users may sign up by e-mail.'),
  doubleConfirmChanges: flag(true).describe('A change of address is confirmed at the old and the new one.'),
  enableConfirmations: flag(false).describe('Users confirm their address before they sign in.'),
  securePasswordChange: flag(false).describe('A password is changed only shortly after signing in.'),
  maxFrequency: duration('1s').describe('Between two mails to one address.'),
  otpLength: count(6).describe('Digits of a one-time code.'),
  otpExpiry: count(3600, { unit: 'seconds' }).describe('How long a one-time code is valid.'),
  smtp: optionalTable({
    enabled: flag(true),
    host: text(''),
    port: optionalPort(),
    user: text(''),
    pass: secret(),
    adminEmail: text(''),
    senderName: text(''),
  }).describe('The server that sends mails; absent: the development inbox keeps them.'),
  template: named(
    table({
      subject: optionalText(),
      content: optionalText().describe('Refused, as by the CLI: use content_path.'),
      contentPath: optionalText().describe('HTML file, relative to the project folder.'),
    }),
  ).describe('invite, confirmation, recovery, magic_link, email_change, reauthentication.'),
  notification: named(
    table({
      enabled: flag(false),
      subject: optionalText(),
      content: optionalText(),
      contentPath: optionalText().describe('HTML file, relative to the supabase folder.'),
    }),
  ).describe('password_changed, email_changed and the like.'),
})
