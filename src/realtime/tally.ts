/** What has happened since the start. */
export interface Tally {
  /** Messages of clients, and to them. */
  received: number
  sent: number
  /** Connections that were cut off: their client read too slowly, or did what nobody may. */
  cutOff: number
  /** Channels that were ended: by a limit, a token, or a policy. */
  ended: number
}

export function createTally(): Tally {
  return { received: 0, sent: 0, cutOff: 0, ended: 0 }
}

/** How Realtime does now. */
export interface Readings extends Tally {
  readonly connections: number
  readonly channels: number
  /** Bytes that wait for clients to read them. */
  readonly backlogBytes: number
  /** Other processes whose clients are heard. */
  readonly peers: number
}
