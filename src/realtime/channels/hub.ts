import type { SharedMessage } from '../protocol/index.ts'

/** What there is to hear in a channel, each by a permission of its own: the `extension` of `realtime.messages`. */
export type Extension = 'broadcast' | 'presence'

/** A joined channel, as those who tell it something see it. */
export interface Member {
  mayHear(extension: Extension): boolean
  deliver(message: SharedMessage): void
  /** Ends its channel, with a word to its client. */
  shutDown(reason: string): void
}

/**
 * The name that members of one channel meet under. Whoever joined without `private` is in another room than those whom the
 * policies let in, whatever the topic is called, and hears nothing that is said there.
 */
export function roomOf(name: string, isPrivate: boolean): string {
  return `${isPrivate ? 'private' : 'public'}:${name}`
}

/** What clients call the channel whose members meet in a room. */
export function topicOf(room: string): string {
  return `realtime:${room.slice(room.indexOf(':') + 1)}`
}

/** What a message has cost, in messages, beyond itself. */
export interface Told {
  readonly cost: number
}

/** As much work as one message more: to tell so many of one. */
const heardForOne = 100

/** Who is in which room. */
export class Hub {
  readonly #rooms = new Map<string, Set<Member>>()

  get isEmpty(): boolean {
    return this.#rooms.size === 0
  }

  enter(room: string, member: Member): void {
    const members = this.#rooms.get(room)
    if (members) members.add(member)
    else this.#rooms.set(room, new Set([member]))
  }

  leave(room: string, member: Member): void {
    const members = this.#rooms.get(room)
    members?.delete(member)
    if (members?.size === 0) this.#rooms.delete(room)
  }

  /** Tells everybody in the room, except for whoever says it, if they do not want to hear themselves. */
  tell(room: string, extension: Extension, message: SharedMessage, except?: Member): Told {
    let heard = 0
    for (const member of this.#rooms.get(room) ?? []) {
      if (member === except || !member.mayHear(extension)) continue
      member.deliver(message)
      heard++
    }
    return { cost: heard / heardForOne }
  }
}
