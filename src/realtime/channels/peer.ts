import type { Allowance } from '../allowance.ts'
import type { ServerMessage, SharedMessage } from '../protocol/index.ts'
import type { Channel } from './channel.ts'

/** The client on the other end, as its channels see it. */
export interface Peer {
  /** The token of the API key that it connected with. */
  readonly token: string
  /** Where it connects from, as far as that is known. */
  readonly address: string | undefined
  /** Of the request that became the connection. */
  readonly headers: Readonly<Record<string, string>>
  /** What it may still send, whatever the channel. */
  readonly messages: Allowance
  readonly bytes: Allowance
  readonly presence: Allowance
  /** Bytes of the joins of its open channels. */
  joinBytes: number
  /** Bytes that it tracks, on all its channels. */
  presenceBytes: number
  send(message: ServerMessage): void
  deliver(message: SharedMessage): void
  /** The channel has ended, which the client is told. */
  closed(channel: Channel): void
}
