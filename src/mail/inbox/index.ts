export { type Inbox, type InboxOptions, openInbox } from './inbox.ts'
