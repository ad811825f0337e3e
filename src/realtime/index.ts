/**
 * Realtime: the channels of Supabase, with broadcast, presence and changes of tables; and the feed of changes that live
 * queries listen to.
 *
 * Begin at `realtime.ts`. `feed/` reads Postgres' write-ahead log; `changes/` decides who may see which change; `channels/`
 * knows who is where; `protocol/` reads and writes both versions of the messages; `socket/` has one connection, `http/` the
 * broadcasts by HTTP; `peers/` lets processes on one database hear each other. Tests: `test/realtime`.
 */
export { createDatabaseMessages, createTableChanges } from './changes/index.ts'
export {
  type DatabaseMessage,
  type DatabaseMessages,
  RefusedBindings,
  type Subscription,
  type TableBinding,
  type TableChanges,
} from './channels/index.ts'
export { limitsOf, type RealtimeSettings } from './configured.ts'
export {
  type ChangeFeed,
  type ChangeSource,
  createChangeFeed,
  createChangeSource,
  FeedUnavailable,
} from './feed/index.ts'
export { forgetMessages } from './forget-messages.ts'
export { defaultLimits, type Limits } from './limits.ts'
export type { RealtimeOptions } from './options.ts'
export { createRealtime, type Realtime } from './realtime.ts'
export type { Readings } from './tally.ts'
