/** A reference that a client chooses, for its join or for one message. */
export type Ref = string | null

/** A broadcast whose payload nobody here looks into. */
export interface UserBroadcast {
  readonly event: string
  readonly encoding: 'json' | 'binary'
  readonly payload: Buffer
}

/** What a client says, whichever version of the protocol it speaks. */
export interface ClientMessage {
  readonly joinRef: Ref
  readonly ref: Ref
  /** `realtime:NAME`, or `phoenix` for the connection itself. */
  readonly topic: string
  /** `phx_join`, `phx_leave`, `heartbeat`, `broadcast`, `presence`, `access_token`. */
  readonly event: string
  readonly payload: unknown
  /** Bytes of the whole message. */
  readonly size: number
  /** The payload of a broadcast that came in a binary frame. */
  readonly broadcast?: UserBroadcast
}

/** What a client is told. */
export type ServerMessage =
  | {
      readonly kind: 'reply'
      readonly joinRef: Ref
      readonly ref: Ref
      readonly topic: string
      readonly status: 'ok' | 'error'
      readonly response: object
    }
  | {
      readonly kind: 'push'
      readonly joinRef: Ref
      readonly ref: Ref
      readonly topic: string
      readonly event: string
      readonly payload: object
    }
  /** A push whose payload was written already, as JSON. */
  | {
      readonly kind: 'written'
      readonly topic: string
      readonly event: string
      readonly payload: string
    }
  | {
      readonly kind: 'broadcast'
      readonly topic: string
      readonly broadcast: UserBroadcast
      readonly meta?: object | undefined
    }

/** A frame's content: text, or bytes of a binary one. */
export type Frame = string | Buffer

/** One version of the protocol (`vsn`). */
export interface Codec {
  /** @throws MalformedMessage */
  decode(data: Buffer, isBinary: boolean): ClientMessage
  /** Undefined where this version has no words for it. */
  encode(message: ServerMessage): Frame | undefined
}

export class MalformedMessage extends Error {
  override readonly name = 'MalformedMessage'
}

/** A frame for many clients: the same bytes wait for all of them. */
export interface SharedFrame {
  readonly bytes: Buffer
  readonly isBinary: boolean
  /** For how many clients it waits to be sent. */
  waiting: number
}

/** A message for many, written once for each version of the protocol. */
export class SharedMessage {
  /** By which it is known to whom it was told before. */
  readonly id: string | undefined
  readonly message: ServerMessage
  readonly #frames = new Map<Codec, SharedFrame | undefined>()

  constructor(message: ServerMessage, id?: string) {
    this.message = message
    this.id = id
  }

  frame(codec: Codec): SharedFrame | undefined {
    if (!this.#frames.has(codec)) this.#frames.set(codec, shared(codec.encode(this.message)))
    return this.#frames.get(codec)
  }
}

function shared(frame: Frame | undefined): SharedFrame | undefined {
  if (frame === undefined) return undefined
  const isBinary = typeof frame !== 'string'
  return { bytes: isBinary ? frame : Buffer.from(frame), isBinary, waiting: 0 }
}
