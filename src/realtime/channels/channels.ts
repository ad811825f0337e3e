import type { ClientConfig } from 'pg'
import { type CallerPool, isUnreachable } from '#database'
import type { Observe } from '#observe'
import type { Limits } from '../limits.ts'
import type { ClientMessage } from '../protocol/index.ts'
import type { Tally } from '../tally.ts'
import { type Bearer, readToken, TokenRefused, type Verify } from '../token.ts'
import type { Authorizer } from './authorizer.ts'
import { Channel } from './channel.ts'
import { DatabaseRelay } from './database-relay.ts'
import { type Extension, Hub, roomOf } from './hub.ts'
import { largestJoin, refusalOf } from './join-limits.ts'
import { type JoinRequest, readJoin } from './join-request.ts'
import { Joins } from './joins.ts'
import { Others } from './others.ts'
import type { Peer } from './peer.ts'
import { Denied, type Permissions, privatePermissions, publicPermissions } from './permissions.ts'
import { Presence } from './presence.ts'
import { ReplayRefused, readReplay } from './replay.ts'
import type { DatabaseMessage, DatabaseMessages, TableChanges } from './table-changes.ts'
import { Tables } from './tables.ts'

export interface ChannelsOptions {
  readonly verify: Verify
  readonly authorizer: Authorizer
  readonly limits: Limits
  readonly observe: Observe
  readonly tally: Tally
  readonly callers: CallerPool
  readonly tableChanges?: TableChanges | undefined
  readonly databaseMessages?: DatabaseMessages | undefined
  /** Nobody joins a channel without `private`. */
  readonly privateOnly?: boolean | undefined
  /** By which other processes on the database are found; undefined where there can be none. */
  readonly peersLogin?: ClientConfig | undefined
}

export interface Joined {
  readonly channel: Channel
  /** Of the answer. */
  readonly response: object
}

/** All channels of this process. */
export class Channels {
  readonly hub = new Hub()
  readonly others: Others
  readonly #presence: Presence
  readonly #options: ChannelsOptions
  readonly #relay: DatabaseRelay
  readonly #joins: Joins
  #count = 0

  constructor(options: ChannelsOptions) {
    this.#options = options
    this.#presence = new Presence(this.hub, (message) => this.others.tell(message))
    this.others = new Others(this.hub, this.#presence, options)
    this.#joins = new Joins(options.limits)
    this.#relay = new DatabaseRelay(this.hub, options.databaseMessages, options.observe)
  }

  /** How many there are. */
  get count(): number {
    return this.#count
  }

  /** Lets a client in, or says why not. */
  async join(peer: Peer, message: ClientMessage): Promise<Joined | { readonly reason: string }> {
    const name = message.topic.slice('realtime:'.length)
    const { request, token, written } = readJoin(message.size > largestJoin ? undefined : message.payload)
    const wrong = refusalOf(name, message.size, request, this.#options)
    if (wrong !== undefined) return { reason: wrong }
    const left = this.#joins.enter(peer, message.size)
    if (!left) return { reason: 'ChannelRateLimitReached: The channels are too large together' }
    try {
      const bearer = await readToken(token ?? peer.token, this.#options.verify)
      const extensions: readonly Extension[] = request.presence.enabled ? ['broadcast', 'presence'] : ['broadcast']
      const permissions = await this.#permit(peer, name, request, bearer, extensions)
      const replayed = await this.#replay(peer, name, request, permissions)
      const channel = this.#open(peer, message, name, request, permissions, replayed, left)
      await this.others.soon()
      // Who joins a private channel waits for what the database says in it.
      if (request.isPrivate) await this.#relay.soon()
      const refused = await channel.settle()
      if (refused !== undefined) return { reason: refused }
      const response = { postgres_changes: request.tables.map(({ id }, i) => ({ ...written[i], id })) }
      return { channel, response }
    } catch (error) {
      left()
      return { reason: this.#reasonOf(error) }
    }
  }

  #open(
    peer: Peer,
    { topic, joinRef }: ClientMessage,
    name: string,
    request: JoinRequest,
    permissions: Permissions,
    replayed: readonly DatabaseMessage[],
    left: () => void,
  ): Channel {
    const { limits, observe, tally, verify, tableChanges: changes } = this.#options
    this.#count++
    return new Channel({
      ...{ peer, topic, name, joinRef, request, permissions, replayed, limits, observe, tally },
      ...{ hub: this.hub, relay: this.#relay, others: this.others },
      left: () => {
        this.#count--
        left()
      },
      presence: this.#presence,
      room: roomOf(name, request.isPrivate),
      verify: (token) => readToken(token, verify),
      permit: (bearer, extensions) => this.#permit(peer, name, request, bearer, extensions),
      tables: new Tables({ bindings: request.tables, changes, observe }),
    })
  }

  /** @throws ReplayRefused, Denied */
  async #replay(peer: Peer, name: string, request: JoinRequest, { bearer, mayHear }: Permissions) {
    if (request.broadcast.replay && !mayHear('broadcast')) throw deniedTo(name)
    const asking = { topic: name, caller: bearer.caller, headers: peer.headers }
    return await readReplay(this.#options.callers, asking, request)
  }

  /** @throws Denied where the policies let the bearer hear nothing */
  async #permit(
    peer: Peer,
    name: string,
    request: JoinRequest,
    bearer: Bearer,
    extensions: readonly Extension[],
  ): Promise<Permissions> {
    if (!request.isPrivate) return publicPermissions(bearer)
    try {
      const asking = { topic: name, headers: peer.headers }
      const permissions = await privatePermissions(this.#options.authorizer, bearer, asking, extensions)
      if (extensions.some((extension) => permissions.mayHear(extension))) return permissions
    } catch (error) {
      // A policy that fails lets nobody in; what a database that is away says is another matter.
      if (isUnreachable(error)) throw error
      this.#options.observe({
        kind: 'message',
        level: 'error',
        text: 'the policies of realtime.messages failed',
        error,
      })
    }
    throw deniedTo(name)
  }

  #reasonOf(error: unknown): string {
    if (error instanceof TokenRefused) return `${error.code}: ${error.message}`
    if (error instanceof ReplayRefused) return `UnableToReplayMessages: ${error.message}`
    if (error instanceof Denied) return `Unauthorized: ${error.message}`
    this.#options.observe({ kind: 'message', level: 'error', text: 'a realtime channel could not be joined', error })
    return 'UnableToConnectToProject: Realtime was unable to connect to the project database'
  }
}

function deniedTo(name: string): Denied {
  return new Denied(`You do not have permissions to read from this Channel topic: ${name}`)
}
