/**
 * Realtime: the channels of Supabase, with broadcast, presence and changes of tables; and the feed of changes that live
 * queries listen to.
 *
 * Words: a *binding* is what a channel asks of tables (event, schema, table, filters); a *room* is where the members of one channel
 * meet, another one for its private namesake; the *feed* is the one reader of Postgres' log, and a *commit* one transaction of it; a
 * *lane* has the changes of one table on their way to their subscribers; a *peer* is another process on the same database, and a
 * *stranger* one that is not known yet.
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
