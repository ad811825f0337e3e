import type { IncomingMessage, ServerResponse } from 'node:http'
import { Authorizer, Channels } from './channels/index.ts'
import { type Asked, createBroadcastApi } from './http/index.ts'
import { defaultLimits } from './limits.ts'
import type { RealtimeOptions } from './options.ts'
import { createEndpoint, type Upgrade } from './socket/index.ts'
import { createTally, type Readings } from './tally.ts'

/** Below `/realtime/v1`: WebSockets, and broadcasts by HTTP. */
export interface Realtime {
  handle(req: IncomingMessage, res: ServerResponse, asked: Asked): Promise<void>
  upgrade(upgrade: Upgrade): Promise<void>
  readings(): Readings
  close(): Promise<void>
}

/** Supabase Realtime's channels: broadcast, presence, and changes of tables where somebody watches them. */
export function createRealtime(options: RealtimeOptions): Realtime {
  const { callers, authenticator, verify, observe, tableChanges, databaseMessages, peersLogin, privateOnly } = options
  const limits = { ...defaultLimits, ...options.limits }
  const tally = createTally()
  const authorizer = new Authorizer({ callers, authenticator })
  const channels = new Channels({
    ...{ verify, authorizer, callers, limits, observe, tableChanges, databaseMessages, peersLogin, privateOnly, tally },
  })
  const endpoint = createEndpoint({ channels, verify, limits, observe, tally })
  const api = createBroadcastApi({ hub: channels.hub, others: channels.others, authorizer, verify, limits, observe })
  return {
    handle: api,
    upgrade: endpoint.upgrade,
    readings: () => ({
      ...tally,
      connections: endpoint.connections,
      channels: channels.count,
      backlogBytes: endpoint.backlogBytes,
      peers: channels.others.count,
    }),
    async close() {
      endpoint.close()
      await channels.others.close()
      await authorizer.close()
    },
  }
}
