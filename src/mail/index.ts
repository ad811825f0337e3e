/**
 * Sends mail by SMTP, and in development keeps it in an inbox to be read in a browser (`inbox/`) as Mailpit and Inbucket
 * show it. What Auth writes into its mails is in `src/auth/mail`. Tests: `test/mail`.
 */
export { type Inbox, openInbox } from './inbox/index.ts'
export type { Mail, MailCarrier, Sender } from './mail.ts'
export { createSmtpCarrier } from './smtp-carrier.ts'
