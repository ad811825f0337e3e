import type { Mail, Mailer } from './mailer.ts'

/** The mailer of development: keeps mails instead of sending them. */
export interface Inbox extends Mailer {
  /** The mails kept, the oldest first. */
  readonly mails: readonly Mail[]
}

/** @param capacity how many mails to keep; the oldest go first */
export function createInbox(capacity = 500): Inbox {
  const mails: Mail[] = []
  return {
    mails,
    send: async (mail) => {
      mails.push(mail)
      if (mails.length > capacity) mails.shift()
    },
  }
}
