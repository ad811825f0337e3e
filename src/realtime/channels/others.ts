import type { ClientConfig } from 'pg'
import type { Observe } from '#observe'
import { createPeers, noPeers, type PeerMessage, type Peers } from '../peers/index.ts'
import { SharedMessage } from '../protocol/index.ts'
import type { Hub } from './hub.ts'
import type { Presence } from './presence.ts'

/** Bytes that cost as much as one message more, to be told to other processes. */
const bytesForOne = 100_000

/** The members of the same rooms in other processes. */
export class Others {
  readonly #peers: Peers

  constructor(
    hub: Hub,
    presence: Presence,
    { peersLogin, observe }: { readonly peersLogin?: ClientConfig | undefined; readonly observe: Observe },
  ) {
    const hears = {
      present: () => presence.own(),
      introduced: presence.replaceOf.bind(presence),
      there: presence.keepOf.bind(presence),
      told(process: string, message: PeerMessage) {
        if (message.kind === 'presence') presence.applyOf(process, message)
        else if (message.kind === 'broadcast') hub.tell(message.room, 'broadcast', new SharedMessage(message.message))
      },
    }
    this.#peers = peersLogin ? createPeers({ login: peersLogin, observe, hears }) : noPeers
  }

  get count(): number {
    return this.#peers.size
  }

  enter(): void {
    this.#peers.enter()
  }

  leave(): void {
    this.#peers.leave()
  }

  soon(): Promise<void> {
    return this.#peers.soon()
  }

  awake(): Promise<void> {
    return this.#peers.awake()
  }

  tell(message: PeerMessage): void {
    if (this.#peers.size > 0) this.#peers.tell(message)
  }

  /** @returns what it has cost, in messages, beyond itself */
  broadcast(room: string, { message }: SharedMessage): number {
    if (this.#peers.size === 0) return 0
    this.#peers.tell({ kind: 'broadcast', room, message })
    return message.kind === 'broadcast' ? message.broadcast.payload.length / bytesForOne : 1
  }

  close(): Promise<void> {
    return this.#peers.close()
  }
}
