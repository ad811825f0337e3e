import type { LiveReadings } from '#gateway'
import type { Measure } from '#observe'
import type { RealtimeReadings } from './lazy-realtime.ts'

/** Channels, and changes of tables; docs/realtime.md lists them. */
export const realtimeMeasures: Readonly<Record<string, Measure<RealtimeReadings>>> = {
  portico_realtime_connections: {
    kind: 'gauge',
    help: 'WebSockets of Realtime that are open.',
    read: ({ connections }) => connections,
  },
  portico_realtime_channels: {
    kind: 'gauge',
    help: 'Channels that are joined.',
    read: ({ channels }) => channels,
  },
  portico_realtime_table_subscriptions: {
    kind: 'gauge',
    help: 'Channels that listen to changes of tables.',
    read: ({ subscriptions }) => subscriptions,
  },
  portico_realtime_peers: {
    kind: 'gauge',
    help: 'Other processes whose clients are heard.',
    read: ({ peers }) => peers,
  },
  portico_realtime_backlog_bytes: {
    kind: 'gauge',
    help: 'Bytes that wait for clients to read them.',
    read: ({ backlogBytes }) => backlogBytes,
  },
  portico_realtime_changes_lag_seconds: {
    kind: 'gauge',
    help: 'How long the committed change has waited that has waited the longest to be told.',
    read: ({ lagMs }) => lagMs / 1000,
  },
  portico_realtime_messages_received_total: {
    kind: 'counter',
    help: 'Messages of clients.',
    read: ({ received }) => received,
  },
  portico_realtime_messages_sent_total: {
    kind: 'counter',
    help: 'Messages to clients.',
    read: ({ sent }) => sent,
  },
  portico_realtime_connections_cut_off_total: {
    kind: 'counter',
    help: 'Connections that were cut off: their client read too slowly, or did what nobody may.',
    read: ({ cutOff }) => cutOff,
  },
  portico_realtime_channels_ended_total: {
    kind: 'counter',
    help: 'Channels that were ended by a limit, a token, or a policy.',
    read: ({ ended }) => ended,
  },
}

/** Live queries; docs/live-queries.md lists them. */
export const liveMeasures: Readonly<Record<string, Measure<LiveReadings>>> = {
  portico_live_subscriptions: {
    kind: 'gauge',
    help: 'GraphQL subscriptions that are open.',
    read: ({ subscriptions }) => subscriptions,
  },
  portico_live_queries: {
    kind: 'gauge',
    help: 'Live queries that are run for them: equal ones are one.',
    read: ({ queries }) => queries,
  },
  portico_live_websockets: {
    kind: 'gauge',
    help: 'WebSockets of GraphQL that are open.',
    read: ({ webSockets }) => webSockets,
  },
  portico_live_waiting: {
    kind: 'gauge',
    help: 'Live queries that wait for a statement.',
    read: ({ waiting }) => waiting,
  },
  portico_live_runs_total: {
    kind: 'counter',
    help: 'Statements that live queries have run.',
    read: ({ runs }) => runs,
  },
}
