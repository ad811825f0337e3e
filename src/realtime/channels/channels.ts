import { isUnreachable } from '#database'
import type { Observe } from '#observe'
import type { Limits } from '../limits.ts'
import type { ClientMessage } from '../protocol/index.ts'
import { type Bearer, readToken, TokenRefused, type Verify } from '../token.ts'
import type { Authorizer } from './authorizer.ts'
import { Channel, Denied } from './channel.ts'
import { type Extension, Hub, roomOf } from './hub.ts'
import { type JoinRequest, readJoin } from './join-request.ts'
import type { Peer } from './peer.ts'
import { type Permissions, privatePermissions, publicPermissions } from './permissions.ts'
import { Presence } from './presence.ts'
import type { TableChanges } from './table-changes.ts'
import { createTables } from './tables.ts'

export interface ChannelsOptions {
  readonly verify: Verify
  readonly authorizer: Authorizer
  readonly limits: Limits
  readonly observe: Observe
  readonly tableChanges?: TableChanges | undefined
}

export interface Joined {
  readonly channel: Channel
  /** Of the answer. */
  readonly response: object
}

/** All channels of this process. */
export class Channels {
  readonly hub = new Hub()
  readonly #presence = new Presence(this.hub)
  readonly #options: ChannelsOptions

  constructor(options: ChannelsOptions) {
    this.#options = options
  }

  /** Lets a client in, or says why not. */
  async join(peer: Peer, message: ClientMessage): Promise<Joined | { readonly reason: string }> {
    const { topic } = message
    const name = topic.slice('realtime:'.length)
    if (name === '') return { reason: 'TopicNameRequired: You must provide a topic name' }
    const request = readJoin(message.payload)
    try {
      const bearer = await readToken(request.token ?? peer.token, this.#options.verify)
      const extensions: readonly Extension[] = request.presence.enabled ? ['broadcast', 'presence'] : ['broadcast']
      const permissions = await this.#permit(peer, name, request, bearer, extensions)
      const channel = this.#open(peer, message, name, request, permissions)
      const response = { postgres_changes: request.tables.map(({ id }, i) => ({ ...request.written[i], id })) }
      return { channel, response }
    } catch (error) {
      return { reason: this.#reasonOf(error) }
    }
  }

  #open(
    peer: Peer,
    { topic, joinRef }: ClientMessage,
    name: string,
    request: JoinRequest,
    permissions: Permissions,
  ): Channel {
    const { limits, observe, verify, tableChanges } = this.#options
    return new Channel({
      ...{ peer, topic, name, joinRef, request, permissions, limits, observe, hub: this.hub },
      presence: this.#presence,
      room: roomOf(name, request.isPrivate),
      verify: (token) => readToken(token, verify),
      permit: (bearer, extensions) => this.#permit(peer, name, request, bearer, extensions),
      tables: createTables({ bindings: request.tables, changes: tableChanges, observe }),
    })
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
    const denied = new Denied(`You do not have permissions to read from this Channel topic: ${name}`)
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
    throw denied
  }

  #reasonOf(error: unknown): string {
    if (error instanceof TokenRefused) return `${error.code}: ${error.message}`
    if (error instanceof Denied) return `Unauthorized: ${error.message}`
    this.#options.observe({ kind: 'message', level: 'error', text: 'a realtime channel could not be joined', error })
    return 'UnableToConnectToProject: Realtime was unable to connect to the project database'
  }
}
