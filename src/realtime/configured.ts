import type { Limits } from './limits.ts'

/** The limits that `[realtime]` of config.toml sets, in its own units. */
export interface RealtimeSettings {
  readonly maxConcurrentUsers: number
  readonly maxConnectionsPerAddress: number
  readonly maxChannelsPerClient: number
  readonly maxJoinsPerSecond: number
  readonly maxEventsPerSecond: number
  readonly maxBytesPerSecond: number
  readonly maxHttpEventsPerSecond: number
  readonly maxPayloadSizeInKb: number
  readonly maxPresenceEventsPerSecond: number
  readonly maxClientPresenceEventsPerWindow: number
  /** Seconds. */
  readonly clientPresenceWindow: number
  readonly maxPresenceSize: number
  readonly maxPresenceSizePerChannel: number
  readonly maxPresenceSizeOfAll: number
}

/** Upstream allows for what stands around a payload. */
const aroundPayload = 500

/** Bytes that a message may have besides its payload. */
const aroundMessage = 2_000_000

/** So many messages of any kind for one in a channel. */
const framesForOne = 10

/** The limits that `[realtime]` of config.toml sets. */
export function limitsOf(settings: RealtimeSettings): Partial<Limits> {
  const payloadBytes = settings.maxPayloadSizeInKb * 1000 + aroundPayload
  return {
    connections: settings.maxConcurrentUsers,
    connectionsPerAddress: settings.maxConnectionsPerAddress,
    channelsPerConnection: settings.maxChannelsPerClient,
    joinsPerSecond: settings.maxJoinsPerSecond,
    messagesPerSecond: settings.maxEventsPerSecond,
    bytesPerSecond: settings.maxBytesPerSecond,
    httpMessagesPerSecond: settings.maxHttpEventsPerSecond,
    framesPerSecond: framesForOne * Math.max(settings.maxEventsPerSecond, settings.maxJoinsPerSecond),
    payloadBytes,
    frameBytes: payloadBytes + aroundMessage,
    presencePerSecond: settings.maxPresenceEventsPerSecond,
    presenceCalls: settings.maxClientPresenceEventsPerWindow,
    presenceWindowMs: settings.clientPresenceWindow * 1000,
    presenceBytesPerConnection: settings.maxPresenceSize,
    presenceBytesPerRoom: settings.maxPresenceSizePerChannel,
    presenceBytes: settings.maxPresenceSizeOfAll,
  }
}
