import type { Caller } from '#database'

/** One entry of `config.postgres_changes` of a join, as the client wrote it, under the number that it is answered with. */
export interface TableBinding {
  readonly id: number
  /** `INSERT`, `UPDATE`, `DELETE` or `*`. */
  readonly event: string
  readonly schema: string
  /** Every table of the schema where absent or `*`. */
  readonly table?: string
  readonly filter?: string
  /** The columns that the client wants; all where absent. */
  readonly select?: readonly string[]
}

/** What a channel hears of tables. */
export interface Subscription {
  /** The client's token was renewed: what it may see from now on is what this caller may. */
  renew(caller: Caller): Promise<void>
  /** Nothing is delivered any more once this returns. */
  stop(): void
}

/** Whom a subscription tells. */
export interface Hearing {
  /** Called with the numbers of the bindings that a change fits, and what the client is told of it: JSON text. */
  deliver(ids: readonly number[], data: string): void
  /** Called with what the client should know: that changes were missed, or that the subscription has ended. */
  warn?(reason: string): void
  /** Where the client connects from, as far as that is known. */
  readonly address?: string | undefined
}

/** Where changes of tables come from: what the `postgres_changes` of a channel listen to. */
export interface TableChanges {
  /** @throws RefusedBindings with a message for the client */
  subscribe(bindings: readonly TableBinding[], caller: Caller, hearing: Hearing): Promise<Subscription>
}

/** A binding that cannot be had; its message is the client's. Whatever else a subscription fails with is tried again. */
export class RefusedBindings extends Error {
  override readonly name = 'RefusedBindings'
}

/** It cannot be had yet; its message is the client's, and it is tried again. */
export class NotYet extends Error {
  override readonly name = 'NotYet'
}

/** A row of `realtime.messages`, which `realtime.send()` has written. */
export interface DatabaseMessage {
  readonly id: string
  /** Of the channel, without `realtime:`. */
  readonly topic: string
  readonly event: string
  /** JSON text, or bytes of `realtime.send_binary()`. */
  readonly payload: string | Buffer
  readonly private: boolean
}

/** Messages that SQL sends: `realtime.send()` and `realtime.broadcast_changes()`. */
export interface DatabaseMessages {
  /** Resolves once every message of a later transaction will be delivered. */
  listen(deliver: (message: DatabaseMessage) => void): Promise<() => void>
}
