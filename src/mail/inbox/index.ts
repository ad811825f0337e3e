export { type Inbox, openInbox } from './inbox.ts'
