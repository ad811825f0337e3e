import { choice, count, duration, flag, size, table } from './values.ts'

/**
 * `[realtime]`. Supabase's CLI knows the first three keys; the others are what a self-hosted Realtime keeps of a tenant, by the
 * names it has there, and Portico's own.
 */
export const realtime = table({
  enabled: flag(true).describe('Serve Realtime.'),
  ipVersion: choice(['IPv4', 'IPv6'], 'IPv4'),
  maxHeaderLength: count(4096, { unit: 'bytes' }),
  privateOnly: flag(false).describe('Let nobody into a channel without `private`.'),
  maxConcurrentUsers: count(10_000, { min: 1 }).describe('WebSockets of all clients.'),
  maxConnectionsPerAddress: count(1000, { min: 1 }).describe('WebSockets of one address.'),
  maxChannelsPerClient: count(100, { min: 1 }).describe('Channels of one connection.'),
  maxJoinsPerSecond: count(100, { min: 1 }).describe('Joins of one connection, over five seconds.'),
  maxEventsPerSecond: count(100, { min: 1 }).describe('Messages of one connection in channels, over five seconds.'),
  maxBytesPerSecond: size('10MiB').describe('Bytes of these, over five seconds.'),
  maxHttpEventsPerSecond: count(1000, { min: 1 }).describe('Broadcasts by HTTP, of all clients but the service role.'),
  maxPayloadSizeInKb: count(3000, { min: 1, max: 100_000 }).describe('A payload, of 1000 bytes each.'),
  maxPresenceEventsPerSecond: count(1000, { min: 1 }).describe('Changes of presence of one connection.'),
  maxClientPresenceEventsPerWindow: count(5, { min: 1 }).describe('Those of one channel of a connection in the next.'),
  clientPresenceWindow: duration('30s').describe('The time that they are counted in.'),
  maxPresenceSize: size('3MiB').describe('What one connection tracks on all its channels.'),
  maxPresenceSizePerChannel: size('4MiB').describe('What all clients track in one channel.'),
  maxPresenceSizeOfAll: size('64MiB').describe('What all clients track.'),
})
