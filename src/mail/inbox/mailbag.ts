import type { Message } from './message.ts'

/** The mails that the inbox keeps in memory, the latest first. */
export interface Mailbag {
  add(message: Message): void
  all(): readonly Message[]
  /** By its id, or `latest`. */
  find(id: string): Message | undefined
  remove(ids: ReadonlySet<string>): void
  isRead(id: string): boolean
  markRead(ids: Iterable<string>, read: boolean): void
}

/** @param capacity how many mails to keep; the oldest go first */
export function createMailbag(capacity = 500): Mailbag {
  let messages: readonly Message[] = []
  const read = new Set<string>()

  const keep = (kept: readonly Message[]) => {
    messages = kept
    const ids = new Set(kept.map(({ id }) => id))
    for (const id of read) if (!ids.has(id)) read.delete(id)
  }

  return {
    add: (message) => keep([message, ...messages].slice(0, capacity)),
    all: () => messages,
    find: (id) => (id === 'latest' ? messages[0] : messages.find((message) => message.id === id)),
    remove: (ids) => keep(messages.filter(({ id }) => !ids.has(id))),
    isRead: (id) => read.has(id),
    markRead(ids, isRead) {
      for (const id of ids) {
        if (!isRead) read.delete(id)
        else if (messages.some((message) => message.id === id)) read.add(id)
      }
    },
  }
}
