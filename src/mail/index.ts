export { type Inbox, openInbox } from './inbox/index.ts'
export type { Mail, MailCarrier, Sender } from './mail.ts'
export { createSmtpCarrier } from './smtp-carrier.ts'
