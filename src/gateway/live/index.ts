import type { GraphQLSchema } from 'graphql'
import type { CatalogWatch } from '#database'
import { createEventStreams, type EventStreams, type EventStreamsOptions } from './event-stream.ts'
import { createSubscriptions, type SubscriptionReadings, type SubscriptionsOptions } from './subscriptions.ts'
import type { WebSockets, WebSocketsOptions } from './web-socket.ts'

export type { ChangeSource, TableName } from './change-source.ts'
export type { Visitor } from './connection.ts'

/** Figures of the open subscriptions, for the metrics. */
export interface LiveReadings extends SubscriptionReadings {
  /** Open WebSockets. */
  readonly webSockets: number
}

/** Subscriptions, and the two ways in: server-sent events and WebSockets. */
export interface Live {
  readonly eventStreams: EventStreams
  webSockets(): Promise<WebSockets>
  readings(): LiveReadings
  close(): Promise<void>
}

type Common = Omit<SubscriptionsOptions & EventStreamsOptions & WebSocketsOptions, 'subscriptions' | 'catalog'>

export interface LiveOptions extends Common {
  readonly catalog: CatalogWatch
  /** The schema of a role, with whatever was edited by now. */
  readonly schemaOf: (role: string) => Promise<GraphQLSchema>
}

export function createLive(options: LiveOptions): Live {
  const { catalog } = options
  const subscriptions = createSubscriptions(options)
  const eventStreams = createEventStreams({ ...options, subscriptions })
  let webSockets: Promise<WebSockets> | undefined
  let sockets: WebSockets | undefined
  // It is taken over when all have heard of it; looking again may fail then.
  catalog.onChange(() => void catalog.refresh().then(subscriptions.wake, subscriptions.wake))

  return {
    eventStreams,
    async webSockets() {
      webSockets ??= import('./web-socket.ts').then(({ createWebSockets }) =>
        createWebSockets({ ...options, subscriptions }),
      )
      sockets = await webSockets
      return sockets
    },
    readings: () => ({ ...subscriptions.readings(), webSockets: sockets?.size ?? 0 }),
    async close() {
      eventStreams.close()
      ;(await webSockets)?.close()
    },
  }
}
