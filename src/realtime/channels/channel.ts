import type { Observe } from '#observe'
import type { Limits } from '../limits.ts'
import type { ClientMessage, SharedMessage } from '../protocol/index.ts'
import type { Tally } from '../tally.ts'
import { type Bearer, clientOf } from '../token.ts'
import { type DatabaseRelay, messageOf } from './database-relay.ts'
import type { Extension, Hub, Member } from './hub.ts'
import type { JoinRequest } from './join-request.ts'
import type { Others } from './others.ts'
import type { Peer } from './peer.ts'
import type { Permissions } from './permissions.ts'
import type { Presence } from './presence.ts'
import { createPresenceCalls, type PresenceCalls } from './presence-calls.ts'
import { createRenewal, type Renewal } from './renewal.ts'
import { speak } from './speak.ts'
import type { DatabaseMessage } from './table-changes.ts'
import type { Tables } from './tables.ts'

export interface ChannelOptions {
  readonly peer: Peer
  /** `realtime:NAME` */
  readonly topic: string
  readonly name: string
  readonly room: string
  readonly joinRef: string | null
  readonly request: JoinRequest
  readonly permissions: Permissions
  readonly hub: Hub
  readonly presence: Presence
  readonly limits: Limits
  readonly observe: Observe
  readonly tally: Tally
  /** @throws TokenRefused */
  readonly verify: (token: string) => Promise<Bearer>
  /** What the bearer of another token may do here. @throws Denied */
  readonly permit: (bearer: Bearer, extensions: readonly Extension[]) => Promise<Permissions>
  readonly tables: Tables
  readonly relay: DatabaseRelay
  readonly others: Others
  /** Called once the channel is closed. */
  readonly left: () => void
  /** What was said before the join and is told after it, in order. */
  readonly replayed: readonly DatabaseMessage[]
}

/** One client's place in one channel, from join to leave: what RealtimeWeb.RealtimeChannel is. */
export class Channel implements Member {
  readonly topic: string
  readonly joinRef: string | null
  readonly options: ChannelOptions
  readonly #renewal: Renewal
  readonly #presenceCalls: PresenceCalls
  #isClosed = false
  readonly #replayed: ReadonlySet<string>

  constructor(options: ChannelOptions) {
    this.options = options
    this.topic = options.topic
    this.joinRef = options.joinRef
    this.#replayed = new Set(options.replayed.map(({ id }) => id))
    this.#presenceCalls = createPresenceCalls(this)
    options.relay.enter()
    options.others.enter()
    this.#renewal = createRenewal(this)
  }

  get permissions(): Permissions {
    return this.#renewal.permissions
  }

  /** Who counts as one: a user, or the address of whoever is not signed in. */
  get client(): string {
    return clientOf(this.permissions.bearer.caller, this.options.peer.address)
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** What the answer to the join waits for. Resolves with why there is no channel after all. */
  async settle(): Promise<string | undefined> {
    const { tables, request } = this.options
    if (request.waitForTables === undefined) {
      await tables.soon(this)
      return undefined
    }
    const reason = await tables.settle(this, request.waitForTables)
    if (reason !== undefined) this.close()
    return reason
  }

  /** What follows the answer to the join. */
  begin(): void {
    const { replayed, request, relay, hub, room } = this.options
    hub.enter(room, this)
    for (const message of replayed) this.options.peer.send(messageOf(message, { replayed: true, id: message.id }))
    if (request.broadcast.replicationReady) void this.#sayWhenReady(relay.ready())
    this.#presenceCalls.begin()
    this.options.tables.begin(this)
  }

  mayHear(extension: Extension): boolean {
    return this.permissions.mayHear(extension)
  }

  deliver(message: SharedMessage): void {
    if (message.id === undefined || !this.#replayed.has(message.id)) this.options.peer.deliver(message)
  }

  take(message: ClientMessage): Promise<void> | undefined {
    const { messages, bytes } = this.options.peer
    if (!messages.take()) return void this.shutDown('Too many messages per second')
    if (!bytes.take()) return void this.shutDown('Too many bytes per second')
    bytes.charge(message.size - 1)
    switch (message.event) {
      case 'broadcast':
        return speak(this, message)
      case 'presence':
        return this.#presenceCalls.take(message)
      case 'access_token':
        return this.#renewal.take(message)
      default:
        // supabase/realtime answers nothing either.
        return undefined
    }
  }

  push(event: string, payload: object): void {
    const { topic, joinRef } = this
    this.options.peer.send({ kind: 'push', joinRef, ref: null, topic, event, payload })
  }

  pushWritten(event: string, payload: string): void {
    this.options.peer.send({ kind: 'written', topic: this.topic, event, payload })
  }

  reply({ ref }: ClientMessage, status: 'ok' | 'error', response: object = {}): void {
    const { topic, joinRef } = this
    this.options.peer.send({ kind: 'reply', joinRef, ref, topic, status, response })
  }

  system(extension: string, status: 'ok' | 'error', message: string): void {
    this.push('system', { extension, status, message, channel: this.options.name })
  }

  /** Ends the channel, with a word to its client. */
  shutDown(reason: string): void {
    if (this.#isClosed) return
    this.options.tally.ended++
    this.system('system', 'error', reason)
    this.close()
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#renewal.end()
    const { hub, room, tables, peer, relay, others, left } = this.options
    hub.leave(room, this)
    relay.leave()
    others.leave()
    left()
    this.#presenceCalls.end()
    tables.end()
    peer.closed(this)
  }

  async #sayWhenReady(ready: Promise<void>): Promise<void> {
    try {
      await ready
      if (!this.#isClosed) this.system('system', 'ok', 'Replication connection established')
    } catch {
      this.shutDown('Replication connection was not established in time')
    }
  }
}
