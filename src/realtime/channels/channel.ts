import type { Observe } from '#observe'
import type { Limits } from '../limits.ts'
import { type ClientMessage, isRecord, type SharedMessage } from '../protocol/index.ts'
import { type Bearer, expired, TokenRefused } from '../token.ts'
import { type DatabaseRelay, messageOf } from './database-relay.ts'
import type { Extension, Hub, Member } from './hub.ts'
import type { JoinRequest } from './join-request.ts'
import type { Peer } from './peer.ts'
import type { Permissions } from './permissions.ts'
import type { Presence } from './presence.ts'
import { createPresenceCalls, type PresenceCalls } from './presence-calls.ts'
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
  /** @throws TokenRefused */
  readonly verify: (token: string) => Promise<Bearer>
  /** What the bearer of another token may do here. @throws Denied */
  readonly permit: (bearer: Bearer, extensions: readonly Extension[]) => Promise<Permissions>
  readonly tables: Tables
  readonly relay: DatabaseRelay
  /** Called once the channel is closed. */
  readonly left: () => void
  /** What was said before the join and is told after it, in order. */
  readonly replayed: readonly DatabaseMessage[]
}

/** Whoever hears must not keep a token for ever that has been withdrawn meanwhile: so often, in milliseconds, it is looked at. */
const confirmEvery = 5 * 60_000

/** The channel ends, and its client is told why. */
export class Denied extends Error {
  override readonly name = 'Denied'
}

/** One client's place in one channel, from join to leave: what RealtimeWeb.RealtimeChannel is. */
export class Channel implements Member {
  readonly topic: string
  readonly joinRef: string | null
  readonly options: ChannelOptions
  #permissions: Permissions
  readonly #presenceCalls: PresenceCalls
  #confirm: NodeJS.Timeout | undefined
  #isClosed = false
  readonly #replayed: ReadonlySet<string>

  constructor(options: ChannelOptions) {
    this.options = options
    this.topic = options.topic
    this.joinRef = options.joinRef
    this.#permissions = options.permissions
    this.#replayed = new Set(options.replayed.map(({ id }) => id))
    this.#presenceCalls = createPresenceCalls(this)
    options.relay.enter()
    this.#confirmInTime()
  }

  get permissions(): Permissions {
    return this.#permissions
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
    return this.#permissions.mayHear(extension)
  }

  deliver(message: SharedMessage): void {
    if (message.id === undefined || !this.#replayed.has(message.id)) this.options.peer.deliver(message)
  }

  take(message: ClientMessage): Promise<void> | undefined {
    if (!this.options.peer.messages.take()) return void this.shutDown('Too many messages per second')
    switch (message.event) {
      case 'broadcast':
        return speak(this, message)
      case 'presence':
        return this.#presenceCalls.take(message)
      case 'access_token':
        return this.#renew(message.payload)
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
    this.system('system', 'error', reason)
    this.close()
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    clearTimeout(this.#confirm)
    const { hub, room, tables, peer, relay, left } = this.options
    hub.leave(room, this)
    relay.leave()
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

  /** The client has another token. What was allowed with the last one may not be any more. */
  async #renew(payload: unknown): Promise<void> {
    const token = isRecord(payload) ? payload.access_token : undefined
    const { bearer } = this.#permissions
    if (typeof token !== 'string' || token.startsWith('sb_') || token === bearer.caller.token) return
    await this.#settle(token)
  }

  async #settle(token: string): Promise<void> {
    const { verify, permit, name, tables, observe } = this.options
    const before = this.#permissions
    try {
      const next = await permit(await verify(token), before.asked)
      if (this.#isClosed) return
      for (const extension of ['broadcast', 'presence'] as const) {
        if (!before.mayHear(extension) || next.mayHear(extension)) continue
        return this.shutDown(`You no longer have permission to read from this Channel topic: ${name}`)
      }
      this.#permissions = next
      this.#confirmInTime()
      void tables.renew(this)
    } catch (error) {
      if (error instanceof TokenRefused || error instanceof Denied) return this.shutDown(error.message)
      observe({ kind: 'message', level: 'error', text: 'a realtime channel could not be renewed', error })
      this.shutDown('Realtime was unable to connect to the project database')
    }
  }

  #confirmInTime(): void {
    clearTimeout(this.#confirm)
    const { expiresAt, caller } = this.#permissions.bearer
    const left = expiresAt - Date.now()
    this.#confirm = setTimeout(
      () => void this.#confirmNow(caller.token ?? ''),
      Math.min(confirmEvery, Math.max(left, 0)),
    )
    this.#confirm.unref()
  }

  /** The same token still has to be good: its key may have been withdrawn, and it ends some time. */
  async #confirmNow(token: string): Promise<void> {
    const { expiresAt } = this.#permissions.bearer
    if (expiresAt <= Date.now()) return this.shutDown(expired(expiresAt / 1000).message)
    try {
      await this.options.verify(token)
      if (!this.#isClosed) this.#confirmInTime()
    } catch (error) {
      if (error instanceof TokenRefused) return this.shutDown(error.message)
      // Nothing can be said of it now: it is asked again in time.
      if (!this.#isClosed) this.#confirmInTime()
    }
  }
}
