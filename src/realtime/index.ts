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
