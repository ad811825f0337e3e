export { Authorizer } from './authorizer.ts'
export type { Channel } from './channel.ts'
export { Channels } from './channels.ts'
export { type Hub, roomOf } from './hub.ts'
export type { Others } from './others.ts'
export type { Peer } from './peer.ts'
export {
  type DatabaseMessage,
  type DatabaseMessages,
  NotYet,
  RefusedBindings,
  type Subscription,
  type TableBinding,
  type TableChanges,
} from './table-changes.ts'
