/** What one client may have and do. Names and numbers are supabase/realtime's where it has such a limit. */
export interface Limits {
  /** WebSockets of all clients together. */
  readonly connections: number
  /** Of one address. */
  readonly connectionsPerAddress: number
  readonly channelsPerConnection: number
  /** Of one connection, over some seconds. */
  readonly joinsPerSecond: number
  /** Broadcasts and whatever else one connection sends, over some seconds. */
  readonly messagesPerSecond: number
  /** Bytes of these, over some seconds. */
  readonly bytesPerSecond: number
  /** Broadcasts by HTTP of everybody but the service role, over some seconds; one client may have half of them. */
  readonly httpMessagesPerSecond: number
  /** Messages of any kind on one connection, over some seconds; beyond, it is closed. */
  readonly framesPerSecond: number
  /** Changes of presence on one connection's channels together, over some seconds. */
  readonly presencePerSecond: number
  /** `track` and `untrack` of one channel within `presenceWindowMs`. */
  readonly presenceCalls: number
  readonly presenceWindowMs: number
  /** Bytes of one payload, broadcast or tracked. */
  readonly payloadBytes: number
  /** Bytes of one message. */
  readonly frameBytes: number
  /** Bytes of a channel's name, and of the key that a client is present under. */
  readonly nameBytes: number
  /** Bytes of the joins of one connection's open channels. */
  readonly joinBytesPerConnection: number
  /** Bytes of the joins of all open channels of one address. */
  readonly joinBytesPerAddress: number
  /** Bytes of the joins of all open channels. */
  readonly joinBytes: number
  /** Bytes that one connection tracks on all its channels. */
  readonly presenceBytesPerConnection: number
  /** Bytes that are tracked in one channel by all who are there: each who comes is sent them. Beyond, whoever tracks the most goes. */
  readonly presenceBytesPerRoom: number
  /** Bytes that all connections track; likewise. */
  readonly presenceBytes: number
  /** Bytes that wait for one client to read them; one that is further behind is cut off. */
  readonly backlogBytesPerConnection: number
  /** Bytes that wait for all clients; beyond, the one that is furthest behind is cut off. */
  readonly backlogBytes: number
  /** Milliseconds without a word after which a client is taken for gone. */
  readonly silenceMs: number
}

const megabyte = 1_000_000

/** What holds where config.toml says nothing. */
export const defaultLimits: Limits = {
  connections: 10_000,
  connectionsPerAddress: 1000,
  channelsPerConnection: 100,
  joinsPerSecond: 100,
  messagesPerSecond: 100,
  bytesPerSecond: 10 * 1024 * 1024,
  httpMessagesPerSecond: 1000,
  framesPerSecond: 1000,
  presencePerSecond: 1000,
  presenceCalls: 5,
  presenceWindowMs: 30_000,
  payloadBytes: 3000 * 1000 + 500,
  frameBytes: 5 * megabyte,
  nameBytes: 1000,
  joinBytesPerConnection: megabyte,
  joinBytesPerAddress: 32 * megabyte,
  joinBytes: 256 * megabyte,
  presenceBytesPerConnection: 3 * megabyte,
  presenceBytesPerRoom: 4 * megabyte,
  presenceBytes: 64 * megabyte,
  backlogBytesPerConnection: 8 * megabyte,
  backlogBytes: 128 * megabyte,
  silenceMs: 60_000,
}
