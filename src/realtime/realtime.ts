import type { IncomingMessage, ServerResponse } from 'node:http'
import { Authorizer, Channels } from './channels/index.ts'
import { createBroadcastApi } from './http/index.ts'
import { defaultLimits } from './limits.ts'
import type { RealtimeOptions } from './options.ts'
import { createEndpoint, type Upgrade } from './socket/index.ts'

/** Below `/realtime/v1`: WebSockets, and broadcasts by HTTP. */
export interface Realtime {
  /**
   * @param path what follows `/realtime/v1`, with the query
   * @param token what `Authorization` or the API key says, once it is settled which
   */
  handle(req: IncomingMessage, res: ServerResponse, path: string, token: string | undefined): Promise<void>
  upgrade(upgrade: Upgrade): Promise<void>
  close(): Promise<void>
}

/** Supabase Realtime's channels: broadcast, presence, and changes of tables where somebody watches them. */
export function createRealtime(options: RealtimeOptions): Realtime {
  const { callers, authenticator, verify, observe, tableChanges, databaseMessages, peersLogin } = options
  const limits = { ...defaultLimits, ...options.limits }
  const authorizer = new Authorizer({ callers, authenticator })
  const channels = new Channels({
    ...{ verify, authorizer, callers, limits, observe, tableChanges, databaseMessages, peersLogin },
  })
  const endpoint = createEndpoint({ channels, verify, limits, observe })
  const api = createBroadcastApi({ hub: channels.hub, others: channels.others, authorizer, verify, limits, observe })
  return {
    handle: api,
    upgrade: endpoint.upgrade,
    async close() {
      endpoint.close()
      await channels.others.close()
      await authorizer.close()
    },
  }
}
