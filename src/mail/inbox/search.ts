import type { Message } from './message.ts'

/**
 * Whether a message matches a query in Mailpit's language: words, `"phrases"`, `to:`, `from:`, `cc:`, `bcc:`,
 * `addressed:`, `subject:`, `message-id:`, `is:read`, `is:unread`, and `-` or `!` before what must not match.
 * See https://mailpit.axllent.org/docs/usage/search-filters/.
 */
export function matches(message: Message, query: string, isRead: boolean): boolean {
  return terms(query).every(({ negated, field, wanted }) => holds(message, field, wanted, isRead) !== negated)
}

interface Term {
  readonly negated: boolean
  readonly field: string
  readonly wanted: string
}

function terms(query: string): Term[] {
  const found = query.matchAll(/([-!]?)(?:(to|from|cc|bcc|addressed|subject|message-id|is):)?(?:"([^"]*)"|(\S+))/gi)
  return [...found].map(([, negation, field = '', phrase, word]) => ({
    negated: negation !== '',
    field: field.toLowerCase(),
    wanted: (phrase ?? word ?? '').toLowerCase(),
  }))
}

function holds(message: Message, field: string, wanted: string, isRead: boolean): boolean {
  const { from, to, cc, bcc, subject, text, messageId } = message
  const within = (...values: readonly string[]) => values.some((value) => value.toLowerCase().includes(wanted))
  const written = (people: Message['to']) => people.map(({ name, address }) => `${name} <${address}>`)
  switch (field) {
    case 'to':
      return within(...written(to))
    case 'from':
      return within(...written([from]))
    case 'cc':
      return within(...written(cc))
    case 'bcc':
      return within(...written(bcc))
    case 'addressed':
      return within(...written([from, ...to, ...cc, ...bcc]))
    case 'subject':
      return within(subject)
    case 'message-id':
      return within(messageId)
    case 'is':
      return wanted === 'read' ? isRead : wanted === 'unread' ? !isRead : false
    default:
      return within(subject, text, ...written([from, ...to, ...cc, ...bcc]))
  }
}
